//! Lookups of keys that are awaited.

use std::io;
use std::sync::Arc;

use massmap::dynamic::Key;
use massmap::remote::AsyncUntypedMap;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyList};

use super::answer::{done, spawn};
use crate::batch;
use crate::map::opened::Opened;
use crate::remote::reader::RemoteReader;

/// `Map.aget`: a future for the value of `key`, or for `default`.
///
/// Files of this machine answer at once.
pub(crate) fn get<'py>(
    py: Python<'py>,
    opened: Arc<Opened>,
    key: &Bound<'py, PyAny>,
    default: Py<PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let Some(map) = asynchronous(&opened)? else {
        let found = opened.look_up(key, |value| opened.value(py, value));
        return done(py, found.map(|found| found.unwrap_or(default)));
    };
    let key = match opened.encoded_key(key) {
        Ok(Some(key)) => key,
        Ok(None) => return done(py, Ok(default)),
        Err(error) => return done(py, Err(error)),
    };
    let reads = async move { map.get_bytes(Key::encoded(&key)).await };
    spawn(py, reads, move |py, found| match found {
        Ok(Some(value)) => opened.value(py, &value),
        Ok(None) => Ok(default),
        Err(error) => Err(opened.exception(error.into())),
    })
}

/// `Map.acontains`: a future for whether the map has `key`.
pub(crate) fn contains<'py>(
    py: Python<'py>,
    opened: Arc<Opened>,
    key: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let Some(map) = asynchronous(&opened)? else {
        return done(py, opened.has(key).map(|found| truth(py, found)));
    };
    let key = match opened.encoded_key(key) {
        Ok(Some(key)) => key,
        Ok(None) => return done(py, Ok(truth(py, false))),
        Err(error) => return done(py, Err(error)),
    };
    let reads = async move { map.contains_key(Key::encoded(&key)).await };
    spawn(py, reads, move |py, found| match found {
        Ok(found) => Ok(truth(py, found)),
        Err(error) => Err(opened.exception(error.into())),
    })
}

/// `Map.aget_many`: a future for the values of `keys` in their order, with `default` for those that are missing.
pub(crate) fn get_many<'py>(
    py: Python<'py>,
    opened: Arc<Opened>,
    keys: &Bound<'py, PyAny>,
    default: Py<PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let Some(map) = asynchronous(&opened)? else {
        let found = batch::get_many(py, &opened, keys, Some(default.into_bound(py)));
        return done(py, found.map(|values| values.into_any().unbind()));
    };
    let keys = match batch::encoded_keys(&opened, keys) {
        Ok(keys) => keys,
        Err(error) => return done(py, Err(error)),
    };
    spawn(py, found(map, keys), move |py, values| {
        let values = values.map_err(|error| opened.exception(error.into()))?;
        let objects = values.into_iter().map(|value| match value {
            Some(value) => opened.value(py, &value),
            None => Ok(default.clone_ref(py)),
        });
        Ok(PyList::new(py, objects.collect::<PyResult<Vec<_>>>()?)?
            .into_any()
            .unbind())
    })
}

fn truth(py: Python<'_>, found: bool) -> Py<PyAny> {
    PyBool::new(py, found).to_owned().into_any().unbind()
}

/// Looks encoded keys up; those that are `None` are in no map.
async fn found(
    map: Arc<AsyncUntypedMap<RemoteReader>>,
    keys: Vec<Option<Vec<u8>>>,
) -> io::Result<Vec<Option<massmap::Bytes>>> {
    let encoded = keys.iter().flatten().map(|key| Key::encoded(key));
    let found = map.batch_get_bytes(encoded.collect::<Vec<_>>()).await?;
    let mut found = found.into_iter();
    let values = keys.iter().map(|key| key.as_ref().and_then(|_| found.next()?));
    Ok(values.collect())
}

/// The map at a URL in its asynchronous form; `None` for files of this machine.
fn asynchronous(opened: &Opened) -> PyResult<Option<Arc<AsyncUntypedMap<RemoteReader>>>> {
    let map = opened.map.as_inner();
    let Some(source) = map.reader.remote() else {
        return Ok(None);
    };
    let map = source.asynchronous(map, &opened.settings.remote);
    map.map(Some).map_err(|error| opened.exception(error.into()))
}
