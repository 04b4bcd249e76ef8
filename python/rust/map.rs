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

use std::io;
use std::sync::{Arc, PoisonError, RwLock};

use massmap_data::Location;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use opened::Opened;

/// An opened map: a ``collections.abc.Mapping`` of what is in a file, made by :func:`open`.
///
/// >>> _ = massmap.build("fruits.massmap", {"apple": 1, "banana": 2})
/// >>> fruits = massmap.open("fruits.massmap")
/// >>> fruits["apple"]
/// 1
/// >>> "cherry" in fruits, fruits.get("cherry", 0), len(fruits)
/// (False, 0, 2)
/// >>> sorted(fruits.items())
/// [('apple', 1), ('banana', 2)]
/// >>> fruits[5]
/// Traceback (most recent call last):
/// massmap.KeyTypeError: the key is of the type int, and the keys of the map are strings
///
/// **Keys** are of the type that the file says, which is ``key_type``: ``int`` for integers, ``str`` for strings and characters,
/// ``bytes``, ``bytearray`` or ``memoryview`` for byte arrays, ``bool`` for booleans, ``None`` for optional values that are missing,
/// ``tuple`` or ``list`` for tuples, structs and sequences; or scalars of NumPy in place of any of these. A key of another type is a
/// :class:`KeyTypeError`. An integer that the type does not have, and what has another length, is just missing. Keys that only the
/// program can hash that wrote the file, such as enums, are a :class:`HashError`; iterating over them works.
///
/// **Values** come out as ``int``, ``float``, ``str`` (also characters), ``bytes`` (also sequences of ``u8``), ``bool``, ``None``,
/// ``list`` for sequences, ``tuple`` for tuples, and ``dict`` for maps and for structs. A variant of an enum is its name, or, if it has
/// content, a dict from its name to that. What Python has no type for is an :class:`Extension`. Lists and dicts that are in keys come
/// out as tuples.
///
/// **Several entries with one key** are in files that were built with ``duplicate_keys="keep_all"``, and in those of format 1. Lookups
/// answer the first one that was inserted; iteration gives all of them, and ``len`` counts them.
///
/// A map never changes, so any number of threads can use it. A lookup in a mapped file keeps the GIL, since it takes less time than
/// releasing that and waiting for it again; all that calls the system releases it. Pickling and copying a map carries where the file
/// is, how it was opened and its ``file_id``, and opens it again.
#[pyclass(frozen, mapping, weakref, module = "massmap")]
#[derive(Debug)]
pub(crate) struct Map {
    /// `None` once it is closed. The lock is held for no longer than it takes to clone what is in it.
    opened: RwLock<Option<Arc<Opened>>>,
    location: Location,
    /// The same wherever the current directory is.
    absolute: Location,
}

impl Map {
    /// # Errors
    ///
    /// If there is no current directory to which a path is relative.
    pub(crate) fn new(opened: Opened) -> io::Result<Self> {
        let location = opened.location.clone();
        Ok(Self {
            absolute: match &location {
                Location::Path(path) => Location::Path(std::path::absolute(path)?),
                Location::Url(_) => location.clone(),
            },
            location,
            opened: RwLock::new(Some(Arc::new(opened))),
        })
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
