//! What to read, and how.

pub(in crate::input) mod column_rules;
mod column_types;
pub(in crate::input) mod lost_names;

use std::path::PathBuf;

use super::format::{Format, InputFormat};
use super::record::{Fields, Reading};
use super::source::origin::Origin;
use super::table::dialect::DialectOptions;
use super::table::header::Header;
use crate::schemas::EntrySchemas;
use crate::types::key::KeyType;
use crate::types::value::ValueType;
use column_rules::ColumnRules;

/// Default size limit of records, in bytes.
pub(crate) const DEFAULT_MAX_RECORD: u64 = 64 << 20;

/// An input and its format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Where it comes from.
    pub origin: Origin,
    /// Its format.
    pub format: Format,
}

impl Source {
    /// An input of this format, or of the one that its name suggests; JSON if it suggests none.
    #[must_use]
    pub fn new(origin: Origin, format: Option<InputFormat>) -> Self {
        let name = format.or_else(|| InputFormat::of_name(&origin.name()?));
        let name = name.unwrap_or(InputFormat::Json);
        let format = Format {
            name,
            is_given: format.is_some(),
        };
        Self { origin, format }
    }

    /// The file at a path, with the format that its name suggests; standard input for `-`.
    #[must_use]
    pub fn of_path(path: impl Into<PathBuf>) -> Self {
        Self::new(Origin::from(path.into()), None)
    }
}

/// What to read, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InputSettings {
    /// The inputs, in order.
    pub sources: Vec<Source>,
    /// Where key and value are in a record.
    pub fields: Fields,
    /// Which tables begin with the names of their columns.
    pub header: Header,
    /// The special characters of tables.
    pub dialect: DialectOptions,
    /// Size limit of a record, in bytes: 64 MiB unless set.
    pub max_record: u64,
    /// Whether inputs without records are allowed, in every format.
    pub allow_empty: bool,
    /// Binary logarithm of the largest zstd window, in bytes; 27 unless set.
    pub zstd_window_log: Option<u32>,
    /// Types of the columns of the keys, or one for all: [`KeyType::Text`] if empty, or those of the columns of a Parquet or Arrow table.
    pub key_types: Vec<KeyType>,
    /// Types of the columns of the values, or one for all: [`ValueType::Json`] if empty, or [`ValueType::String`] for columns of tables. If
    /// JSON is given, the cells of tables are parsed as JSON. Of a Parquet or Arrow table, they are those of the columns if empty.
    pub value_types: Vec<ValueType>,
    /// What keys and values are, in place of these types: entries like those of a map.
    pub schemas: Option<EntrySchemas>,
    /// What becomes of the columns of Parquet and Arrow tables.
    pub column_rules: ColumnRules,
}

impl InputSettings {
    /// The default settings: string keys and any values, in the fields and columns that each format has for them.
    #[must_use]
    pub fn new(sources: impl IntoIterator<Item = Source>) -> Self {
        Self {
            sources: sources.into_iter().collect(),
            fields: Fields::default(),
            header: Header::Each,
            dialect: DialectOptions::default(),
            max_record: DEFAULT_MAX_RECORD,
            allow_empty: false,
            zstd_window_log: None,
            key_types: Vec::new(),
            value_types: Vec::new(),
            schemas: None,
            column_rules: ColumnRules::default(),
        }
    }

    /// How records are read.
    pub(super) fn reading(&self) -> Reading<'_> {
        Reading {
            fields: &self.fields,
            schemas: self.schemas.as_ref(),
        }
    }

    /// Type of the keys of text that are one column.
    pub(super) fn text_key_type(&self) -> KeyType {
        self.key_types.first().copied().unwrap_or(KeyType::Text)
    }

    /// Whether cells of values are JSON. Otherwise they are strings.
    pub(super) fn has_json_cells(&self) -> bool {
        self.value_types.first() == Some(&ValueType::Json)
    }
}
