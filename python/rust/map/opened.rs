//! What an opened map consists of.

use std::borrow::Cow;
use std::fmt;

use massmap::dynamic::Type;
use massmap::{EntryTypes, Schema, UntypedMap};
use massmap_data::Location;
use pyo3::prelude::*;

use super::identity::file_id;
use super::lookups::Lookups;
use super::open::Settings;
use super::reader::Reader;
use crate::convert::decode::{Decoder, Undecodable};
use crate::convert::shape::Shape;
use crate::error::{ValueTypeError, exception_at};

/// A map that is open, with all that lookups need. Iterators and buffers share it with the `Map`, and keep it alive.
pub(crate) struct Opened {
    /// The map, whose types are those of the file.
    pub(crate) map: UntypedMap<Reader>,
    /// The same with the type of its keys.
    pub(crate) lookups: Lookups,
    keys: Decoder,
    values: Decoder,
    pub(crate) location: Location,
    pub(crate) settings: Settings,
    /// What tells the file from others.
    pub(crate) file_id: String,
    keeps_gil: bool,
}

impl Opened {
    pub(crate) fn new(
        py: Python<'_>,
        map: UntypedMap<Reader>,
        location: Location,
        settings: Settings,
    ) -> Self {
        let types = map.as_inner().entry_types();
        let is_lenient = types.is_none();
        let shape = |schema: Option<&Schema>| Shape::new(py, schema.unwrap_or(&Schema::Any));
        let (keys, values) = match types {
            Some(types) => (shape(Some(&types.key)), shape(Some(&types.value))),
            // Format 1 has names, some of which tell.
            None => (
                shape(map.key_type().schema().as_ref()),
                shape(map.value_type().schema().as_ref()),
            ),
        };
        Self {
            lookups: Lookups::new(&map),
            keys: Decoder::of_keys(keys, is_lenient),
            values: Decoder::of_values(values, is_lenient),
            file_id: file_id(&map, &location),
            keeps_gil: map.as_inner().reader.is_in_memory() && map.as_inner().compression().is_none(),
            map,
            location,
            settings,
        }
    }

    /// Whether lookups are so fast that the GIL is kept: releasing it costs about as much as the lookup.
    pub(crate) fn keeps_gil(&self) -> bool {
        self.keeps_gil
    }

    /// The type of the keys, as the file names it.
    pub(crate) fn key_type(&self) -> String {
        self.type_name(|types| &types.key, self.map.key_type())
    }

    /// The type of the values, as the file names it.
    pub(crate) fn value_type(&self) -> String {
        self.type_name(|types| &types.value, self.map.value_type())
    }

    fn type_name(&self, schema: impl Fn(&EntryTypes) -> &Schema, named: &Type) -> String {
        match self.map.as_inner().entry_types() {
            Some(types) => schema(types).to_string(),
            None => named.to_string(),
        }
    }

    /// The object for an encoded value.
    pub(crate) fn value(&self, py: Python<'_>, encoded: &[u8]) -> PyResult<Py<PyAny>> {
        let decoded = self.values.decode(py, encoded, self.settings.value_limit);
        decoded.map_err(|error| self.undecodable(error))
    }

    /// The bytes of an encoded value, which is a string, a byte array or a sequence of `u8`.
    pub(crate) fn content<'e>(&self, encoded: &'e [u8]) -> PyResult<Cow<'e, [u8]>> {
        let content = self
            .values
            .content(encoded)
            .map_err(|error| self.undecodable(error))?;
        content.map_err(|kind| {
            ValueTypeError::new_err(format!(
                "{}: the value is {kind}, and only strings and byte arrays have bytes: use get_encoded to get it as it is encoded",
                self.location
            ))
        })
    }

    /// The object for an encoded key.
    pub(crate) fn key(&self, py: Python<'_>, encoded: &[u8]) -> PyResult<Py<PyAny>> {
        let decoded = self.keys.decode(py, encoded, self.settings.value_limit);
        decoded.map_err(|error| self.undecodable(error))
    }

    #[cold]
    fn undecodable(&self, error: Undecodable) -> PyErr {
        error.exception(&self.location)
    }

    /// The exception for an error that came up with this map.
    #[cold]
    pub(crate) fn exception(&self, error: massmap::Error) -> PyErr {
        exception_at(error, &self.location)
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opened({})", self.location)
    }
}
