//! Taking keys apart by their type, whether they are encoded or not.

mod encoded;
mod plain;

use crate::codec::dynamic::types::{IntegerType, Kind};
use crate::codec::dynamic::{Integer, KeyError};

pub(super) use encoded::visit_encoded;
pub(super) use plain::visit_value;

/// A visitor of the parts of a key, which come in their order.
pub(super) trait Parts {
    fn boolean(&mut self, value: bool);
    fn character(&mut self, value: char);
    fn text(&mut self, value: &str);
    fn bytes(&mut self, value: &[u8]);
    /// `value` is one of `integer_type`.
    fn integer(&mut self, integer_type: IntegerType, value: Integer);
    /// An optional value that is missing.
    fn none(&mut self);
    /// An optional value that follows.
    fn some(&mut self);
    /// A sequence of `length` elements, which follow.
    fn begin_sequence(&mut self, element: &Kind, length: u32);
    /// The elements have been visited.
    fn end_sequence(&mut self);
    /// A tuple of `length` fields, which follow.
    fn begin_tuple(&mut self, length: u32);
}

/// Does nothing: visiting a key checks it.
pub(super) struct Ignore;

impl Parts for Ignore {
    fn boolean(&mut self, _: bool) {}
    fn character(&mut self, _: char) {}
    fn text(&mut self, _: &str) {}
    fn bytes(&mut self, _: &[u8]) {}
    fn integer(&mut self, _: IntegerType, _: Integer) {}
    fn none(&mut self) {}
    fn some(&mut self) {}
    fn begin_sequence(&mut self, _: &Kind, _: u32) {}
    fn end_sequence(&mut self) {}
    fn begin_tuple(&mut self, _: u32) {}
}

/// Visits an integer, if it is one of `integer_type`.
fn integer(parts: &mut impl Parts, integer_type: IntegerType, value: Integer) -> Result<(), KeyError> {
    let is_zero_where_none_is = integer_type.is_nonzero && value == Integer::ZERO;
    if !integer_type.contains(value) || is_zero_where_none_is {
        return Err(KeyError::OutOfRange {
            integer: value,
            type_name: integer_type.name(),
        });
    }
    parts.integer(integer_type, value);
    Ok(())
}

/// Visits a character, if `text` is a single one.
fn character(parts: &mut impl Parts, text: &str) -> Result<(), KeyError> {
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(character), None) => {
            parts.character(character);
            Ok(())
        }
        _ => Err(wrong(&Kind::Char, "a string")),
    }
}

#[cold]
fn wrong(expected: &Kind, found: &'static str) -> KeyError {
    KeyError::WrongType {
        expected: expected.to_string(),
        found,
    }
}

/// Checks how many elements there are.
fn check_length(found: usize, expected: Option<u64>) -> Result<u32, KeyError> {
    let found = found as u64;
    match (expected, u32::try_from(found)) {
        (Some(expected), _) if expected != found => Err(KeyError::WrongLength { found, expected }),
        (_, Ok(length)) => Ok(length),
        // MessagePack has no place for more.
        (_, Err(_)) => Err(KeyError::WrongLength {
            found,
            expected: u32::MAX.into(),
        }),
    }
}
