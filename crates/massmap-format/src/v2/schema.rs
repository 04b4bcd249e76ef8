//! What keys and values are, `FORMAT.md` section 2.6.1.
//!
//! A schema describes the values of a file as serde sees them, the same from every language. That of a file is the
//! [join](Schema::join) of those of its entries, so that it depends neither on their order nor on how they were distributed.

mod bounds;
mod decode;
mod display;
mod encode;
mod join;
mod width;

use std::borrow::Cow;

pub use bounds::MAX_SCHEMA_LENGTH;

/// What all values of a kind, the keys or the values of a file, have in common.
///
/// ```
/// use massmap_format::{IntegerType, Schema};
///
/// let pair = Schema::Tuple(vec![Schema::Integer(IntegerType::U32), Schema::Char]);
/// assert_eq!(pair.fixed_width(), Some(8));
/// assert_eq!(pair.to_string(), "(u32, char)");
/// assert_eq!(Schema::decode(&pair.encode())?, pair);
/// assert_eq!(pair.join(&Schema::Never), pair);
/// assert_eq!(pair.join(&Schema::String), Schema::Any);
/// # Ok::<(), massmap_format::FormatError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub enum Schema {
    /// No value at all: that of a file without entries, or of the elements of empty sequences. Neutral in a join.
    #[default]
    Never,
    /// Nil.
    Unit,
    /// `true` or `false`.
    Bool,
    /// One character, stored as a string.
    Char,
    /// An integer. Those of 128 bits are stored as 16 bytes, the highest first.
    Integer(IntegerType),
    /// A floating-point number of 32 bits.
    F32,
    /// A floating-point number of 64 bits.
    F64,
    /// A string of any length.
    String,
    /// A byte string, of any length or of this one.
    Bytes(Option<u32>),
    /// Nil or a value.
    Option(Box<Schema>),
    /// An array of any number of elements, or of this one, all of which have the schema.
    Sequence(Box<Schema>, Option<u32>),
    /// A map of any number of keys and values.
    Map(Box<Schema>, Box<Schema>),
    /// An array with one element for each of these.
    Tuple(Vec<Schema>),
    /// Named fields in their order.
    Struct {
        /// Names and schemas of the fields.
        fields: Vec<(Cow<'static, str>, Schema)>,
        /// Whether it is stored as a map from names to fields. Otherwise it is an array of the fields.
        is_map: bool,
    },
    /// One of these variants, by ascending indexes. Those that no entry has are missing.
    Enum(Vec<Variant>),
    /// Any value. Absorbing in a join.
    Any,
}

/// A variant of an enum.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Variant {
    /// Its number, from 0, in the order in which the program lists the variants.
    pub index: u32,
    /// Its name.
    pub name: Cow<'static, str>,
    /// Its content. Without content it is stored as its name, otherwise as a map from its name to its content.
    pub content: Option<Schema>,
}

/// An integer type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IntegerType {
    /// Unsigned, 8 bits.
    U8,
    /// Unsigned, 16 bits.
    U16,
    /// Unsigned, 32 bits.
    U32,
    /// Unsigned, 64 bits, or as many as addresses have.
    U64,
    /// Unsigned, 128 bits.
    U128,
    /// Signed, 8 bits.
    I8,
    /// Signed, 16 bits.
    I16,
    /// Signed, 32 bits.
    I32,
    /// Signed, 64 bits, or as many as addresses have.
    I64,
    /// Signed, 128 bits.
    I128,
}

impl IntegerType {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::U8,
        Self::U16,
        Self::U32,
        Self::U64,
        Self::U128,
        Self::I8,
        Self::I16,
        Self::I32,
        Self::I64,
        Self::I128,
    ];

    /// Its name in files, which is Rust's.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::U8 => "u8",
            Self::U16 => "u16",
            Self::U32 => "u32",
            Self::U64 => "u64",
            Self::U128 => "u128",
            Self::I8 => "i8",
            Self::I16 => "i16",
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::I128 => "i128",
        }
    }

    /// Number of its bytes.
    #[must_use]
    pub const fn width(self) -> u32 {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 => 4,
            Self::U64 | Self::I64 => 8,
            Self::U128 | Self::I128 => 16,
        }
    }

    /// Whether it has negative numbers.
    #[must_use]
    pub const fn is_signed(self) -> bool {
        matches!(self, Self::I8 | Self::I16 | Self::I32 | Self::I64 | Self::I128)
    }
}

#[cfg(test)]
mod tests;
