//! Maps that others are to be like.

use std::path::{Path, PathBuf};

use massmap::{AnyReader, KnownHashLoader, MassMapBuilder, MassMapHashLoader, OpenOptions, UntypedMap};
use massmap_data::{EntrySchemas, Location};
use pyo3::prelude::*;

use crate::error::{SettingError, exception_at};

/// An opened map that another one is to be like.
#[derive(Debug)]
pub(super) struct Like {
    map: UntypedMap<AnyReader>,
    pub(super) schemas: EntrySchemas,
}

impl Like {
    /// Opens the map at `path`.
    ///
    /// # Errors
    ///
    /// Those of opening, and `SettingError` if no map like it can be built.
    pub(super) fn open(py: Python<'_>, path: &Path) -> PyResult<Self> {
        let location = Location::Path(PathBuf::from(path));
        let opened = py.detach(|| -> massmap::Result<_> {
            let map = OpenOptions::new().open_untyped_reader(AnyReader::open(path)?)?;
            KnownHashLoader::load(&map.as_inner().meta.hash_config)?;
            Ok(map)
        });
        let map = opened.map_err(|error| exception_at(error, &location))?;
        let schemas = EntrySchemas::of(map.as_inner())
            .map_err(|error| SettingError::new_err(format!("like: {location}: {error}")))?;
        Ok(Self { map, schemas })
    }

    /// A builder with the settings of the map.
    pub(super) fn builder(&self) -> MassMapBuilder<KnownHashLoader> {
        let inner = self.map.as_inner();
        let builder = MassMapBuilder::<KnownHashLoader>::like(inner);
        match inner.entry_types() {
            Some(types) => builder.with_entry_types(types.clone()),
            None => builder,
        }
    }

    /// Whether the map is empty and says nothing of the types of its entries.
    pub(super) fn tells_no_types(&self) -> bool {
        self.map.is_empty() && self.map.as_inner().entry_types().is_some()
    }

    /// Whether the map has no entries.
    pub(super) fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// What the map calls the types of keys and values.
    pub(super) fn names(&self) -> [String; 2] {
        let meta = &self.map.as_inner().meta;
        [meta.key_type.clone(), meta.value_type.clone()]
    }
}
