//! Building from tables: files, or batches of Arrow.

mod reading;
mod source;

use std::error::Error;
use std::hash::Hash;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use massmap::{KnownHashLoader, MassMapBuilder, MassMapInfo};
use massmap_data::{EntryNames, EntryTask, Input, InputError, InputSettings, duplicate_key_message};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde::Serialize;

use super::failure;
use super::items::Interrupted;
use super::job::{Job, State};
use super::progress::Reporter;
use super::settings::{DUPLICATES_ADVICE, Like, Settings};
use crate::error::{InputError as InputException, input_exception};

/// Builds a map of a table and puts it at a path.
#[pyfunction]
#[pyo3(name = "_build_table")]
pub(crate) fn build_table(
    py: Python<'_>,
    path: PathBuf,
    table: &Bound<'_, PyAny>,
    reading: &Bound<'_, PyDict>,
    progress: Option<Bound<'_, PyAny>>,
    settings: &Bound<'_, PyDict>,
) -> PyResult<()> {
    let settings = Settings::new(settings)?;
    let like = settings.open_like(py)?;
    let state = Arc::new(State::default());
    let builder = settings
        .builder(like.as_ref())?
        .with_progress(state.observer())
        .with_cancellation(Arc::clone(&state.cancelled));
    let (input, rows) = open(py, table, reading, like.as_ref())?;
    let settings = input.settings().clone();
    let build = Build {
        builder,
        path: path.clone(),
        cancelled: Arc::clone(&state.cancelled),
    };
    let job = Job::start(&state, move || input.run(build))?;
    let mut reporter = Reporter::new(progress, rows);
    let built = job.wait(py, &mut reporter)?;
    match built {
        Ok(info) => reporter.finish(info.meta.entry_count),
        Err(error) => Err(exception(py, error, &path, &settings, like.as_ref())),
    }
}

/// What would be built of a table, as JSON.
#[pyfunction]
#[pyo3(name = "_table_schema")]
pub(crate) fn table_schema(
    py: Python<'_>,
    table: &Bound<'_, PyAny>,
    reading: &Bound<'_, PyDict>,
    like: Option<PathBuf>,
) -> PyResult<String> {
    let like = like.map(|like| Like::open(py, &like)).transpose()?;
    let (input, _) = open(py, table, reading, like.as_ref())?;
    serde_json::to_string(&input.schema()).map_err(|error| InputException::new_err(error.to_string()))
}

/// Opens the table, and tells how many rows it has, if that is known.
fn open(
    py: Python<'_>,
    table: &Bound<'_, PyAny>,
    reading: &Bound<'_, PyDict>,
    like: Option<&Like>,
) -> PyResult<(Input, Option<u64>)> {
    let found = source::Found::new(table, reading::format(reading)?)?;
    let mut settings = reading::settings(found.sources(), reading)?;
    if let Some(like) = like {
        reading::check_like(reading)?;
        settings.schemas = Some(like.schemas.clone());
        // Nothing is all that may be in the input.
        settings.allow_empty |= like.is_empty();
    }
    let rows = found.rows();
    let input = py
        .detach(|| found.open(&settings))
        .map_err(|error| input_exception(&error))?;
    let counts = input.schema().inputs.into_iter().map(|input| input.rows);
    let rows = rows.or_else(|| counts.sum());
    Ok((input, rows))
}

struct Build {
    builder: MassMapBuilder<KnownHashLoader>,
    path: PathBuf,
    cancelled: Arc<AtomicBool>,
}

impl EntryTask for Build {
    type Output = io::Result<MassMapInfo>;

    fn run<K: Serialize + Hash + Eq, V: Serialize>(
        self,
        names: &EntryNames,
        entries: impl Iterator<Item = Result<(K, V), InputError>>,
    ) -> io::Result<MassMapInfo> {
        // The builder itself looks at the flag once for many entries, which may come slowly.
        let entries = entries.map(|entry| -> Result<(K, V), Box<dyn Error + Send + Sync>> {
            match self.cancelled.load(Ordering::Relaxed) {
                true => Err(Interrupted::NoMore.into()),
                false => Ok(entry?),
            }
        });
        self.builder
            .with_key_type_name(&names.key)
            .with_value_type_name(&names.value)
            .try_build_to_path(self.path, entries)
    }
}

fn exception(
    py: Python<'_>,
    error: io::Error,
    path: &std::path::Path,
    settings: &InputSettings,
    like: Option<&Like>,
) -> PyErr {
    let key = settings
        .schemas
        .as_ref()
        .map(|schemas| schemas.key().schema().as_schema());
    if let Some(encoded) = failure::duplicate_key(&error) {
        // Reads the files again.
        let message = py.detach(|| duplicate_key_message(settings, encoded, DUPLICATES_ADVICE));
        return failure::duplicate(py, message, encoded, key);
    }
    let exception = failure::exception(py, error, path, key);
    match like {
        Some(like) if like.tells_no_types() && exception.is_instance_of::<InputException>(py) => {
            InputException::new_err(format!(
                "{}; the map given as like has no entries, and so it does not tell what others would be",
                exception.value(py)
            ))
        }
        _ => exception,
    }
}
