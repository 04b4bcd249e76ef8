//! What becomes of nulls, dates and times.

/// What to do with nulls of columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum Nulls {
    /// They are errors, so that no key or value is optional
    #[default]
    Error,
    /// Rows with a null in the key or the value are left out
    Skip,
    /// Columns that may have nulls become optional values; a null as the key is an error
    Keep,
}

/// What dates, times and timestamps become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum Times {
    /// Text as in ISO 8601, such as 2024-02-29 or 2024-02-29T12:30:00.250Z
    #[default]
    Text,
    /// The numbers of days, or of the unit of the column, that they are stored as
    Integer,
}

/// What several columns of a value become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum ValueShape {
    /// Fields with the names of the columns
    #[default]
    Struct,
    /// A tuple, in the order of --value
    Tuple,
}

/// How columns become keys and values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ColumnRules {
    /// What to do with nulls.
    pub nulls: Nulls,
    /// What dates and times become.
    pub times: Times,
    /// What several columns of a value become.
    pub value_shape: ValueShape,
}
