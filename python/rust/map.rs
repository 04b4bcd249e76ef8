//! Opened maps.

mod buffer;
mod identity;
mod info;
pub(crate) mod iterate;
pub(crate) mod lookups;
pub(crate) mod open;
pub(crate) mod opened;
mod python;
pub(crate) mod reader;

use std::sync::{Arc, PoisonError, RwLock};

use massmap_data::Location;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use opened::Opened;

/// An opened map: a ``collections.abc.Mapping`` of what is in a file, made by :func:`open`.
///
/// Lookups take keys of the type that the map has, as its `key_type` says: ``int`` for integers, ``str`` for strings and characters,
/// ``bytes``, ``bytearray`` and ``memoryview`` for byte arrays, ``bool``, ``None`` for optional values that are missing, ``tuple`` or
/// ``list`` for tuples, structs and sequences; and scalars of NumPy for any of these. A key of another type is a
/// :class:`KeyTypeError`. An integer that the type does not have, or a sequence of another length, is just missing.
///
/// Values are integers, floats, strings, ``bytes`` (also for sequences of ``u8``), booleans, ``None``, lists for sequences, tuples for
/// tuples, and dicts for maps and structs. A variant of an enum is its name, or a dict from its name to its content. What Python has no
/// type for is an :class:`Extension`. As keys of a dict, and among the keys of the map, lists and dicts are tuples.
///
/// If the map was built with ``duplicate_keys="keep_all"``, or has format 1, it may have several entries with a key. Lookups answer the
/// first one that was inserted; iteration and ``len`` count all of them.
///
/// A map never changes, and any number of threads can use it. Lookups in mapped files keep the GIL, since they take less time than it
/// takes to get it back; whatever else reads releases it.
#[pyclass(frozen, mapping, weakref, module = "massmap")]
#[derive(Debug)]
pub(crate) struct Map {
    /// `None` once it is closed. The lock is held for no longer than it takes to clone what is in it.
    opened: RwLock<Option<Arc<Opened>>>,
    location: Location,
}

impl Map {
    pub(crate) fn new(opened: Opened) -> Self {
        Self {
            location: opened.location.clone(),
            opened: RwLock::new(Some(Arc::new(opened))),
        }
    }

    /// What is open: to be called first by whatever reads.
    ///
    /// # Errors
    ///
    /// `ValueError` once the map is closed, as for files.
    pub(crate) fn opened(&self) -> PyResult<Arc<Opened>> {
        let opened = self.opened.read().unwrap_or_else(PoisonError::into_inner);
        match &*opened {
            Some(opened) => Ok(Arc::clone(opened)),
            None => Err(PyValueError::new_err(format!(
                "the map {} is closed",
                self.location
            ))),
        }
    }
}
