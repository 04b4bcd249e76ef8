//! Value types.

use massmap::{IntegerType, Schema};

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
    /// What values of this type are.
    pub(crate) fn schema(self) -> Schema {
        match self {
            Self::Json => Schema::Any,
            Self::String => Schema::String,
            Self::Bool => Schema::Bool,
            Self::U64 => Schema::Integer(IntegerType::U64),
            Self::U128 => Schema::Integer(IntegerType::U128),
            Self::I64 => Schema::Integer(IntegerType::I64),
            Self::I128 => Schema::Integer(IntegerType::I128),
            Self::F64 => Schema::F64,
        }
    }

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
