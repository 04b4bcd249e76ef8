//! What entries are.

use serde::Serialize;

/// What files of format 1 call the types of keys and values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryNames {
    /// The type of the keys.
    pub key: String,
    /// The type of the values.
    pub value: String,
}

/// What would be built of inputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InputSchema {
    /// The keys.
    pub key: PartSchema,
    /// The values.
    pub value: PartSchema,
    /// Number of bytes of each key and of each value in files of format 2, if all entries have the same. `None` if they differ.
    pub entry_widths: Option<[u32; 2]>,
    /// The inputs in order.
    pub inputs: Vec<InputDescription>,
}

/// What keys or values are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartSchema {
    /// Their type, as files of format 2 have it.
    #[serde(rename = "type")]
    pub part_type: String,
    /// The columns or fields that they consist of. For a value of JSON that is all that is not the key, empty.
    pub columns: Vec<ColumnSchema>,
}

/// A column or field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ColumnSchema {
    /// Its name, with those of the columns that it is in before it.
    pub name: String,
    /// What its values are in the map.
    #[serde(rename = "type")]
    pub column_type: String,
}

/// An input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InputDescription {
    /// Where it comes from.
    pub input: String,
    /// Its format.
    pub format: &'static str,
    /// Number of its rows, if that is known without reading them.
    pub rows: Option<u64>,
}
