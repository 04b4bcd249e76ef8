//! What is known of types.

use std::fmt;

use crate::codec::dynamic::Integer;

/// What values of a type are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::codec::dynamic) enum Kind {
    Bool,
    Char,
    Text,
    /// A byte array, of any length or of `length`.
    Bytes {
        length: Option<u64>,
    },
    Integer(IntegerType),
    /// Of 32 bits.
    Float,
    /// Of 64 bits.
    Double,
    /// Any number of elements, or `length` of them.
    Sequence {
        element: Box<Kind>,
        length: Option<u64>,
    },
    Tuple(Vec<Kind>),
    Optional(Box<Kind>),
    /// A type that the name does not tell more of.
    Other(Box<str>),
}

/// An integer type.
#[derive(Debug, Clone, Copy)]
pub(in crate::codec::dynamic) struct IntegerType {
    pub(in crate::codec::dynamic) width: Width,
    pub(in crate::codec::dynamic) is_signed: bool,
    pub(in crate::codec::dynamic) is_nonzero: bool,
    /// Whether sequences of them are hashed element by element rather than as a piece of memory: so are wrapped ones.
    pub(in crate::codec::dynamic) is_wrapped: bool,
}

/// How wide an integer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::codec::dynamic) enum Width {
    Bits8,
    Bits16,
    Bits32,
    Bits64,
    Bits128,
    /// As wide as an address.
    Size,
}

impl PartialEq for IntegerType {
    fn eq(&self, other: &Self) -> bool {
        (self.width, self.is_signed, self.is_nonzero) == (other.width, other.is_signed, other.is_nonzero)
    }
}

impl Eq for IntegerType {}

impl IntegerType {
    /// What Rust calls it.
    pub(in crate::codec::dynamic) fn name(self) -> &'static str {
        match (self.width, self.is_signed) {
            (Width::Bits8, false) => "u8",
            (Width::Bits16, false) => "u16",
            (Width::Bits32, false) => "u32",
            (Width::Bits64, false) => "u64",
            (Width::Bits128, false) => "u128",
            (Width::Size, false) => "usize",
            (Width::Bits8, true) => "i8",
            (Width::Bits16, true) => "i16",
            (Width::Bits32, true) => "i32",
            (Width::Bits64, true) => "i64",
            (Width::Bits128, true) => "i128",
            (Width::Size, true) => "isize",
        }
    }

    /// Whether it has `value`, apart from a 0 that it may lack. Addresses are taken to have 64 bits: files are read on other
    /// machines than they were written on.
    pub(in crate::codec::dynamic) fn contains(self, value: Integer) -> bool {
        match (self.width, self.is_signed) {
            (Width::Bits8, false) => u8::try_from(value).is_ok(),
            (Width::Bits16, false) => u16::try_from(value).is_ok(),
            (Width::Bits32, false) => u32::try_from(value).is_ok(),
            (Width::Bits64 | Width::Size, false) => u64::try_from(value).is_ok(),
            (Width::Bits128, false) => u128::try_from(value).is_ok(),
            (Width::Bits8, true) => i8::try_from(value).is_ok(),
            (Width::Bits16, true) => i16::try_from(value).is_ok(),
            (Width::Bits32, true) => i32::try_from(value).is_ok(),
            (Width::Bits64 | Width::Size, true) => i64::try_from(value).is_ok(),
            (Width::Bits128, true) => i128::try_from(value).is_ok(),
        }
    }

    /// The integer of 128 bits that is stored as the byte array `bytes`, if it is one.
    pub(in crate::codec::dynamic) fn decode_wide(self, bytes: &[u8]) -> Option<Integer> {
        let bytes = bytes.try_into().ok().filter(|_| self.width == Width::Bits128)?;
        Some(match self.is_signed {
            true => i128::from_be_bytes(bytes).into(),
            false => u128::from_be_bytes(bytes).into(),
        })
    }

    /// Whether it is `u8`.
    pub(in crate::codec::dynamic) fn is_byte(self) -> bool {
        self.width == Width::Bits8 && !self.is_signed && !self.is_nonzero
    }
}

impl Kind {
    /// Whether keys of the type can be hashed and compared.
    pub(super) fn can_be_key(&self) -> bool {
        match self {
            Self::Bool | Self::Char | Self::Text | Self::Bytes { .. } | Self::Integer(_) => true,
            Self::Float | Self::Double | Self::Other(_) => false,
            Self::Sequence { element, .. } => element.can_be_key(),
            Self::Tuple(fields) => fields.iter().all(Self::can_be_key),
            // An optional value in another is stored like the other.
            Self::Optional(inner) => !matches!(**inner, Self::Optional(_)) && inner.can_be_key(),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Char => f.write_str("char"),
            Self::Text => f.write_str("string"),
            Self::Bytes { length: None } => f.write_str("bytes"),
            Self::Bytes { length: Some(length) } => write!(f, "{length} bytes"),
            Self::Float => f.write_str("f32"),
            Self::Double => f.write_str("f64"),
            Self::Integer(integer) if integer.is_nonzero => write!(f, "nonzero {}", integer.name()),
            Self::Integer(integer) => f.write_str(integer.name()),
            Self::Sequence {
                element,
                length: None,
            } => write!(f, "[{element}]"),
            Self::Sequence {
                element,
                length: Some(length),
            } => write!(f, "[{element}; {length}]"),
            Self::Tuple(fields) => {
                f.write_str("(")?;
                for (number, field) in fields.iter().enumerate() {
                    write!(f, "{}{field}", if number == 0 { "" } else { ", " })?;
                }
                f.write_str(")")
            }
            Self::Optional(inner) => write!(f, "optional {inner}"),
            Self::Other(name) => f.write_str(name),
        }
    }
}
