//! What the entries of a map are, so that entries like them can be read and written.

pub(crate) mod cells;
pub(crate) mod columns;

use std::sync::Arc;

use massmap::dynamic::{KeyError, KeySchema, StaticSchema, has_structs};
use massmap::{MassMapHashLoader, MassMapInner, Schema};
use massmap_format::EntryTypes;

use crate::types::encoded_json::EncodedJson;
use columns::ChosenColumns;

/// What keys and values are, for reading entries like those of a map, or entries of several columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntrySchemas {
    key: KeySchema,
    value: StaticSchema,
    /// The names of both types.
    names: [String; 2],
    /// What they are made of. `None` for entries like those of a map, whose columns follow from what they are.
    columns: Option<Arc<ChosenColumns>>,
}

/// A part of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryPart {
    Key,
    Value,
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
                columns: None,
            }),
        }
    }

    /// Those of entries that are made of columns. Keys are hashed as by programs that have their types.
    ///
    /// # Errors
    ///
    /// Fails if such keys cannot be hashed.
    pub(crate) fn of_columns(columns: ChosenColumns, key: Schema, value: Schema) -> Result<Self, KeyError> {
        let names = [&key, &value].map(|schema| match schema {
            Schema::Any => EncodedJson::type_name().to_owned(),
            other => other.to_string(),
        });
        let types = EntryTypes {
            key,
            value: value.clone(),
            canonical_keys: true,
        };
        Ok(Self {
            key: KeySchema::of_file(Some(&types), "")?,
            value: StaticSchema::new(value),
            names,
            columns: Some(Arc::new(columns)),
        })
    }

    /// The columns that were chosen for such entries.
    pub(crate) fn columns(&self) -> Option<&ChosenColumns> {
        self.columns.as_deref()
    }

    /// What to say of a `part` that is not what it should be.
    #[cold]
    pub(crate) fn differs(&self, part: EntryPart) -> &'static str {
        match (part, &self.columns) {
            (EntryPart::Key, None) => "the key is not like those of the map",
            (EntryPart::Value, None) => "the value is not like those of the map",
            (EntryPart::Key, Some(_)) => "the key is of another type, which --key-type chooses",
            (EntryPart::Value, Some(_)) => "the value is of another type, which --value-type chooses",
        }
    }

    /// What the keys are, and how they are hashed.
    #[must_use]
    pub fn key(&self) -> &KeySchema {
        &self.key
    }

    /// What files of format 1 call the types of keys and values.
    pub(crate) fn names(&self) -> [&str; 2] {
        self.names.each_ref().map(String::as_str)
    }

    /// What the values are.
    #[must_use]
    pub fn value(&self) -> &StaticSchema {
        &self.value
    }
}
