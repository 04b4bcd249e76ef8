//! The scalars of records, `FORMAT.md` section 2.4.

use rmp_serde::decode::Error as DecodeError;
use serde::de::Visitor;

use super::error::{Failure, RecordError};
use super::input::Input;
use super::place::Place;
use crate::codec::encode::{Append, scalar};

/// A value that is stored in a fixed number of bytes and has no parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scalar {
    Bool,
    Char,
    U8,
    U16,
    U32,
    U64,
    U128,
    I8,
    I16,
    I32,
    I64,
    I128,
    F32,
    F64,
}

/// The number at the beginning of `$bytes`, of the type `$number`.
macro_rules! number {
    ($number:ty, $bytes:expr) => {
        match $bytes.first_chunk() {
            Some(bytes) => <$number>::from_le_bytes(*bytes),
            None => return Err(too_short($bytes.len(), size_of::<$number>()).into()),
        }
    };
}

impl Scalar {
    /// Number of bytes that it takes.
    pub(super) const fn width(self) -> u32 {
        match self {
            Self::Bool | Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::Char | Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
            Self::U128 | Self::I128 => 16,
        }
    }

    /// Whether some bytes of this width are no such value.
    pub(super) const fn can_be_damaged(self) -> bool {
        matches!(self, Self::Bool | Self::Char)
    }

    /// What errors call it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Bool => "a boolean",
            Self::Char => "a character",
            Self::U8 => "an unsigned integer of 8 bits",
            Self::U16 => "an unsigned integer of 16 bits",
            Self::U32 => "an unsigned integer of 32 bits",
            Self::U64 => "an unsigned integer of 64 bits",
            Self::U128 => "an unsigned integer of 128 bits",
            Self::I8 => "an integer of 8 bits",
            Self::I16 => "an integer of 16 bits",
            Self::I32 => "an integer of 32 bits",
            Self::I64 => "an integer of 64 bits",
            Self::I128 => "an integer of 128 bits",
            Self::F32 => "a number of 32 bits with a fraction",
            Self::F64 => "a number of 64 bits with a fraction",
        }
    }

    /// Calls `visitor` with the scalar that `bytes` hold.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn visit<'de, V: Visitor<'de>>(
        self,
        bytes: &[u8],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match self {
            Self::U64 => visitor.visit_u64(number!(u64, bytes)),
            Self::U32 => visitor.visit_u32(number!(u32, bytes)),
            Self::U16 => visitor.visit_u16(number!(u16, bytes)),
            Self::U8 => visitor.visit_u8(number!(u8, bytes)),
            Self::I64 => visitor.visit_i64(number!(i64, bytes)),
            Self::I32 => visitor.visit_i32(number!(i32, bytes)),
            Self::I16 => visitor.visit_i16(number!(i16, bytes)),
            Self::I8 => visitor.visit_i8(number!(i8, bytes)),
            Self::F64 => visitor.visit_f64(number!(f64, bytes)),
            Self::F32 => visitor.visit_f32(number!(f32, bytes)),
            Self::U128 => visitor.visit_u128(number!(u128, bytes)),
            Self::I128 => visitor.visit_i128(number!(i128, bytes)),
            Self::Bool => visitor.visit_bool(boolean(bytes)?),
            Self::Char => visitor.visit_char(character(bytes)?),
        }
    }

    /// Appends the scalar that `bytes` hold to `out`, as MessagePack.
    pub(super) fn to_messagepack(self, bytes: &[u8], out: &mut impl Append) -> Result<(), Failure> {
        Ok(match self {
            Self::U8 => scalar::unsigned(out, number!(u8, bytes).into()),
            Self::U16 => scalar::unsigned(out, number!(u16, bytes).into()),
            Self::U32 => scalar::unsigned(out, number!(u32, bytes).into()),
            Self::U64 => scalar::unsigned(out, number!(u64, bytes)),
            Self::I8 => scalar::signed(out, number!(i8, bytes).into()),
            Self::I16 => scalar::signed(out, number!(i16, bytes).into()),
            Self::I32 => scalar::signed(out, number!(i32, bytes).into()),
            Self::I64 => scalar::signed(out, number!(i64, bytes)),
            Self::F32 => scalar::float_32(out, number!(f32, bytes)),
            Self::F64 => scalar::float_64(out, number!(f64, bytes)),
            // MessagePack has no such integers: readers expect their bytes, the most significant ones first.
            Self::U128 | Self::I128 => scalar::bytes(out, &number!(u128, bytes).to_be_bytes()),
            Self::Bool => scalar::boolean(out, boolean(bytes)?),
            Self::Char => scalar::text(out, character(bytes)?.encode_utf8(&mut [0; 4])),
        }?)
    }

    /// Writes the record of `encoded`, a number in its longest form, to `place`. `None` if it is anything else, or `place` has another
    /// length.
    #[inline]
    pub(super) fn write_large(self, encoded: &[u8], place: &mut [u8]) -> Option<()> {
        match self {
            Self::U64 => large::<8>(0xcf, encoded, place),
            Self::F64 => large::<8>(0xcb, encoded, place),
            Self::U32 => large::<4>(0xce, encoded, place),
            Self::F32 => large::<4>(0xca, encoded, place),
            _ => None,
        }
    }

    /// Writes the record of the next MessagePack value of `input` to `place`. `None` if it is no such scalar.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn read(self, input: &mut Input<'_>, place: &mut Place<'_>) -> Option<()> {
        macro_rules! integer {
            ($integer:ty) => {
                place.put(<$integer>::try_from(input.integer()?).ok()?.to_le_bytes())
            };
        }
        match self {
            // Most of them are large.
            Self::U64 => match input.large(0xcf) {
                Some(bytes) => place.put::<8>(bytes),
                None => integer!(u64),
            },
            Self::U32 => match input.large(0xce) {
                Some(bytes) => place.put::<4>(bytes),
                None => integer!(u32),
            },
            Self::U16 => integer!(u16),
            Self::U8 => integer!(u8),
            Self::I64 => integer!(i64),
            Self::I32 => integer!(i32),
            Self::I16 => integer!(i16),
            Self::I8 => integer!(i8),
            Self::F64 => place.put::<8>(input.large(0xcb)?),
            Self::F32 => place.put::<4>(input.large(0xca)?),
            Self::U128 | Self::I128 => {
                let bytes = input.bytes()?.try_into().ok()?;
                place.put(u128::from_be_bytes(bytes).to_le_bytes())
            }
            Self::Bool => place.put([input.boolean()?.into()]),
            Self::Char => {
                let text = std::str::from_utf8(input.text()?).ok()?;
                let mut characters = text.chars();
                let code = u32::from(characters.next()?);
                if characters.next().is_some() {
                    return None;
                }
                place.put(code.to_le_bytes())
            }
        }
    }

    /// Checks that `bytes` are such a value.
    pub(super) fn check(self, bytes: &[u8]) -> Result<(), RecordError> {
        match self {
            Self::Bool => boolean(bytes).map(drop),
            Self::Char => character(bytes).map(drop),
            _ => Ok(()),
        }
    }
}

/// Writes the `N` bytes behind `marker` to `place`, reversed: in MessagePack numbers are big-endian.
#[inline]
fn large<const N: usize>(marker: u8, encoded: &[u8], place: &mut [u8]) -> Option<()> {
    let (found, bytes) = encoded.split_first()?;
    let mut bytes: [u8; N] = bytes.try_into().ok()?;
    if *found != marker {
        return None;
    }
    bytes.reverse();
    *<&mut [u8; N]>::try_from(place).ok()? = bytes;
    Some(())
}

/// The boolean that `bytes` hold.
#[inline]
fn boolean(bytes: &[u8]) -> Result<bool, RecordError> {
    match *bytes {
        [0] => Ok(false),
        [1] => Ok(true),
        [byte] => Err(RecordError::NoBoolean { byte }),
        _ => Err(too_short(bytes.len(), 1)),
    }
}

/// The character that `bytes` hold.
#[inline]
pub(super) fn character(bytes: &[u8]) -> Result<char, RecordError> {
    let bytes = bytes.try_into().map_err(|_| too_short(bytes.len(), 4))?;
    let code = u32::from_le_bytes(bytes);
    char::from_u32(code).ok_or(RecordError::NoCharacter { code })
}

#[cold]
fn too_short(found: usize, expected: usize) -> RecordError {
    RecordError::Length { found, expected }
}
