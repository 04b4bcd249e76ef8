//! Keys and values that are made of columns.

/// The columns of tables, or fields of JSON, that keys and values are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChosenColumns {
    /// Those of a key: one, or the elements of a tuple.
    pub(crate) key: Vec<String>,
    /// Those of a value: one, or the fields of a struct or elements of a tuple. `None` for an object of all that is not the key.
    pub(crate) value: Option<Vec<String>>,
    /// Whether cells of type json are JSON. Otherwise they are strings.
    pub(crate) has_json_cells: bool,
}
