//! Value types.

use clap::ValueEnum;

/// A value type that `build` can write.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueType {
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
    pub(crate) fn name(self) -> &'static str {
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
