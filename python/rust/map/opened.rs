//! What an opened map consists of.

use massmap::UntypedMap;
use massmap_data::Location;
use pyo3::prelude::*;

use super::open::Settings;
use super::reader::Reader;

/// A map that is open, with all that lookups need. Iterators and buffers share it with the `Map`, and keep it alive.
#[derive(Debug)]
pub(crate) struct Opened {
    /// The map, whose types are those of the file.
    pub(crate) map: UntypedMap<Reader>,
    pub(crate) location: Location,
    pub(crate) settings: Settings,
}

impl Opened {
    pub(crate) fn new(
        _py: Python<'_>,
        map: UntypedMap<Reader>,
        location: Location,
        settings: Settings,
    ) -> PyResult<Self> {
        Ok(Self {
            map,
            location,
            settings,
        })
    }

    /// Whether lookups are so fast that the GIL is kept: releasing it costs about as much as the lookup.
    pub(crate) fn is_in_memory(&self) -> bool {
        self.map.as_inner().reader.is_in_memory()
    }
}
