//! Names of columns in the first line of a table.

/// Which tables begin with a line that names the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum Header {
    /// Each table; columns are matched by name, in any order
    Each,
    /// The first table; the others have its columns in the same order
    First,
    /// No table; columns are numbered from 1
    None,
}
