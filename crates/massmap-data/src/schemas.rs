//! What the entries of a map are, so that entries like them can be read and written.

pub(crate) mod cells;

use massmap::dynamic::{KeyError, KeySchema, StaticSchema, has_structs};
use massmap::{MassMapHashLoader, MassMapInner};

/// What the keys and values of a map are, for reading entries like them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntrySchemas {
    key: KeySchema,
    value: StaticSchema,
    /// The names of both types.
    names: [String; 2],
}

/// Entries like those of a map cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// The map does not tell how its keys are hashed.
    #[error("no entries like those of this map can be built")]
    Keys(#[from] KeyError),
    /// The map has structs with the names of their fields, and others without, which no builder writes.
    #[error(
        "no entries like those of this map can be built: some of its structs have the names of their fields, and others do not"
    )]
    MixedStructs,
}

impl EntrySchemas {
    /// Those of `map`.
    ///
    /// # Errors
    ///
    /// A [`SchemaError`] if no entries like those of the map can be built.
    pub fn of<R, H: MassMapHashLoader>(map: &MassMapInner<R, H>) -> Result<Self, SchemaError> {
        let key = map.key_schema()?;
        let [_, value] = map.schemas();
        let has = |is_map| {
            let schemas = [key.schema(), &value];
            schemas
                .iter()
                .any(|schema| has_structs(schema.as_schema(), is_map))
        };
        match has(true) && has(false) {
            true => Err(SchemaError::MixedStructs),
            false => Ok(Self {
                key,
                value,
                names: [map.meta.key_type.clone(), map.meta.value_type.clone()],
            }),
        }
    }

    /// What the keys are, and how they are hashed.
    #[must_use]
    pub fn key(&self) -> &KeySchema {
        &self.key
    }

    /// What the map calls the types of keys and values.
    pub(crate) fn names(&self) -> [&str; 2] {
        self.names.each_ref().map(String::as_str)
    }

    /// What the values are.
    #[must_use]
    pub fn value(&self) -> &StaticSchema {
        &self.value
    }
}
