//! Value types.

/// A value type that `build` can write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[expect(
    missing_docs,
    reason = "the names are those of Rust's types, and comments would be texts of a command line"
)]
pub enum ValueType {
    /// Any JSON value
    Json,
    String,
    Bool,
    U64,
    U128,
    I64,
    I128,
    F64,
}

impl ValueType {
    /// The name in options and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::String => "string",
            Self::Bool => "bool",
            Self::U64 => "u64",
            Self::U128 => "u128",
            Self::I64 => "i64",
            Self::I128 => "i128",
            Self::F64 => "f64",
        }
    }
}
