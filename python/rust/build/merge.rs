//! Merging maps.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use massmap::{
    FilePool, FormatVersion, KnownHashLoader, MassMapHashLoader, MassMapInfo, MassMapInner, MassMapMerger,
    PooledFile, TolerantHashLoader, WriteError,
};
use massmap_data::{Key, KeyTask, KeyType, Location, UnknownKeyType};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::failure;
use super::job::{Job, State};
use super::progress::Reporter;
use super::settings::Settings;
use crate::error::{HashError, exception_at};

/// An opened input.
type Input = MassMapInner<PooledFile, TolerantHashLoader>;

/// Why maps are not merged.
enum Failure {
    /// An input, by its number, cannot be opened, or its keys cannot be hashed.
    Input(usize, massmap::Error),
    /// The same for keys of another type than integers and strings.
    Keys(usize, UnknownKeyType),
    Merge(io::Error),
}

/// Merges maps and puts the result at a path.
#[pyfunction]
#[pyo3(name = "_merge")]
pub(crate) fn merge(
    py: Python<'_>,
    path: PathBuf,
    inputs: &Bound<'_, PyAny>,
    progress: Option<Bound<'_, PyAny>>,
    settings: &Bound<'_, PyDict>,
) -> PyResult<()> {
    if inputs.is_instance_of::<PyString>() {
        return Err(PyTypeError::new_err(
            "inputs is a string, and must be a list of paths",
        ));
    }
    let inputs = inputs.try_iter()?.map(|input| input?.extract::<PathBuf>());
    let inputs = inputs.collect::<PyResult<Vec<_>>>()?;
    let settings = Settings::new(settings)?;
    let state = Arc::new(State::default());
    let merger = settings
        .merger()?
        .with_progress(state.observer())
        .with_cancellation(Arc::clone(&state.cancelled));
    let (paths, target) = (inputs.clone(), path.clone());
    let job = Job::start(&state, move || run(merger, &settings, &paths, &target))?;
    let mut reporter = Reporter::new(progress, None);
    let merged = job.wait(py, &mut reporter)?;
    match merged {
        Ok(info) => reporter.finish(info.meta.entry_count),
        Err(failure) => Err(exception(py, failure, &path, &inputs)),
    }
}

/// Runs on a thread of its own.
fn run(
    merger: MassMapMerger,
    settings: &Settings,
    paths: &[PathBuf],
    target: &Path,
) -> Result<MassMapInfo, Failure> {
    // There may be more maps than files that a program may have open.
    let pool = FilePool::default();
    let opened = paths.iter().enumerate().map(|(number, path)| {
        let opened = pool.open(path).and_then(MassMapInner::load);
        opened.map_err(|error| Failure::Input(number, error.into()))
    });
    let maps = opened.collect::<Result<Vec<Input>, _>>()?;
    let are_v1 = maps.iter().all(|map| map.format() == FormatVersion::V1);
    let stays_v1 = settings.format.is_none_or(|format| format == FormatVersion::V1);
    let keeps_buckets = settings.duplicate_keys.is_none() && settings.bucket_count.is_none();
    if are_v1 && stays_v1 && keeps_buckets {
        // Copies buckets, whatever is in them.
        return merger.merge_inner_to_path(target, maps).map_err(Failure::Merge);
    }
    let merged = key_type(&maps)?.run(Merge { merger, target, maps });
    merged.map_err(Failure::Merge)
}

/// The type of the keys of all maps: merging checks that they are alike.
fn key_type(maps: &[Input]) -> Result<KeyType, Failure> {
    let mut types = Vec::with_capacity(maps.len());
    for (number, map) in maps.iter().enumerate() {
        let loaded = KnownHashLoader::load(&map.meta.hash_config);
        loaded.map_err(|error| Failure::Input(number, error.into()))?;
        types.push(KeyType::of(&map.meta).map_err(|error| Failure::Keys(number, error))?);
    }
    // Files without entries may not say what their keys would be.
    let with_entries = maps.iter().position(|map| !map.is_empty()).unwrap_or(0);
    let key_type = types.get(with_entries).copied();
    key_type.ok_or_else(|| Failure::Merge(WriteError::NoMaps.into()))
}

struct Merge<'a> {
    merger: MassMapMerger,
    target: &'a Path,
    maps: Vec<Input>,
}

impl KeyTask for Merge<'_> {
    type Output = io::Result<MassMapInfo>;

    fn run<K: Key>(self) -> Self::Output {
        self.merger.merge_keyed_to_path::<K, _, _>(self.target, self.maps)
    }
}

fn exception(py: Python<'_>, failure: Failure, path: &Path, inputs: &[PathBuf]) -> PyErr {
    let location = |number: usize| inputs.get(number).cloned().map(Location::Path);
    match failure {
        Failure::Input(number, error) => match location(number) {
            Some(location) => exception_at(error, &location),
            None => crate::error::exception(error),
        },
        Failure::Keys(number, error) => HashError::new_err(match location(number) {
            Some(location) => format!("{location}: its keys must be hashed to merge it: {error}"),
            None => error.to_string(),
        }),
        Failure::Merge(error) => match faulty(&error).and_then(location) {
            Some(location) => exception_at(error.into(), &location),
            None => failure::exception(py, error, path, None),
        },
    }
}

/// The number of the map that an error is about, if it says which.
fn faulty(error: &io::Error) -> Option<usize> {
    match error.get_ref()?.downcast_ref::<WriteError>()? {
        WriteError::Key { map, .. }
        | WriteError::OutOfOrder { map, .. }
        | WriteError::Read { map, .. }
        | WriteError::Copy { map, .. } => Some(*map),
        _ => None,
    }
}
