//! Building and merging maps.

mod encode;
mod failure;
mod items;
mod job;
pub(crate) mod merge;
mod progress;
mod settings;
pub(crate) mod table;
mod types;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::sync_channel;

use massmap::dynamic::{KeySchema, StaticSchema};
use massmap::format::EntryTypes as StoredTypes;
use massmap::{MassMapInfo, Schema};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::error::{KeyTypeError, SettingError};
use items::{EntryTypes, Items, Received};
use job::{Job, State};
use progress::Reporter;
use settings::Settings;

/// Chunks of entries that wait to be taken.
const WAITING: usize = 2;

/// Builds a map of a mapping or of an iterable of pairs, and puts it at a path.
#[pyfunction]
#[pyo3(name = "_build")]
pub(crate) fn build(
    py: Python<'_>,
    path: PathBuf,
    items: &Bound<'_, PyAny>,
    key_type: Option<Bound<'_, PyAny>>,
    value_type: Option<Bound<'_, PyAny>>,
    progress: Option<Bound<'_, PyAny>>,
    settings: &Bound<'_, PyDict>,
) -> PyResult<()> {
    let settings = Settings::new(settings)?;
    let like = settings.open_like(py)?;
    let mut builder = settings.builder(like.as_ref())?;
    // A column of a table is an iterable, too.
    let is_table = items.hasattr("columns")? || items.hasattr("schema")?;
    let is_path = items.is_instance_of::<PyString>() || items.hasattr("__fspath__")?;
    if is_path || is_table && items.hasattr("__arrow_c_stream__")? {
        let what = if is_path { "path" } else { "table" };
        return Err(PyTypeError::new_err(format!(
            "items is a {what}: build_table builds of it"
        )));
    }
    let total = items.len().ok().and_then(|length| u64::try_from(length).ok());
    let given = [("key_type", key_type), ("value_type", value_type)];
    let taken = Items::new(items)?;
    let (types, names) = match &like {
        Some(like) => {
            if let Some((name, _)) = given.iter().find(|(_, given)| given.is_some()) {
                return Err(SettingError::new_err(format!(
                    "like and {name} exclude each other: leave one of them out"
                )));
            }
            if like.tells_no_types() && taken.inferred()?.is_some() {
                return Err(SettingError::new_err(
                    "the map given as like has no entries, and so it does not tell what others would be",
                ));
            }
            let types = EntryTypes {
                key: like.schemas.key().clone(),
                value: like.schemas.value().clone(),
            };
            (types, like.names())
        }
        None => entry_types(&taken, given)?,
    };
    let [key_name, value_name] = names;
    builder = builder
        .with_key_type_name(key_name)
        .with_value_type_name(value_name);

    let state = Arc::new(State::default());
    let builder = builder
        .with_progress(state.observer())
        .with_cancellation(Arc::clone(&state.cancelled));
    let (sender, messages) = sync_channel(WAITING);
    let received = Received::new(messages, types.clone());
    let target = path.clone();
    let job = Job::start(&state, move || builder.try_build_to_path(target, received))?;
    let mut reporter = Reporter::new(progress, total);
    if let Err(error) = taken.send(py, &types, &sender, &mut reporter) {
        state.cancelled.store(true, Ordering::Relaxed);
        drop(sender);
        job.cancel(py);
        return Err(error);
    }
    drop(sender);
    let built = job.wait(py, &mut reporter)?;
    let info = written(py, built, &path, &types)?;
    reporter.finish(info.meta.entry_count)
}

fn written(
    py: Python<'_>,
    built: std::io::Result<MassMapInfo>,
    path: &Path,
    types: &EntryTypes,
) -> PyResult<MassMapInfo> {
    let key = types.key.schema().as_schema();
    built.map_err(|error| failure::exception(py, error, path, Some(key)))
}

/// The types that are given, or else those of the first item, and the names that files have for them.
fn entry_types(
    items: &Items<'_>,
    given: [(&str, Option<Bound<'_, PyAny>>); 2],
) -> PyResult<(EntryTypes, [String; 2])> {
    let inferred = items.inferred()?;
    // Of a map without entries, nothing is said.
    let [mut key, mut value] = inferred.unwrap_or([Schema::String, Schema::Any]);
    let is_key_given = given[0].1.is_some();
    for ((name, given), schema) in given.iter().zip([&mut key, &mut value]) {
        if let Some(given) = given {
            *schema = types::of_object(name, given)?;
        }
    }
    let stored = StoredTypes {
        key: key.clone(),
        value: value.clone(),
        canonical_keys: true,
    };
    let names = [types::rust_name(&key), types::rust_name(&value)];
    let key_schema = KeySchema::of_file(Some(&stored), "").map_err(|_| {
        let message = match is_key_given {
            true => format!("key_type is {key}, and keys of this type cannot be hashed"),
            false => format!(
                "item 0: the key is {key}, of which no keys can be: they are int, str, bytes, bool, or tuples of these, and key_type \
                 chooses other types"
            ),
        };
        KeyTypeError::new_err(message)
    })?;
    let types = EntryTypes {
        key: key_schema,
        value: StaticSchema::new(value),
    };
    Ok((types, names))
}
