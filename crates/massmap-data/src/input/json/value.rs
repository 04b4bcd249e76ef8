//! Transcodes JSON text to MessagePack without a tree in between.
//!
//! A value is appended to a buffer as it is read. MessagePack puts the length of a container or string in front; it is inserted
//! once it is known.

mod encode;
mod members;

pub(super) use encode::{LONGEST_SCALAR, NIL, boolean, encode_number};
pub(crate) use encode::{Open, encode_text};
pub(in crate::input) use members::Members;

use std::io::BufRead;

use super::error::{JsonError, Problem};
use super::number::Number;
use super::parser::{Kind, Parser};
use crate::input::memory::reserve;
use crate::types::encoded_json::EncodedJson;
use encode::LONGEST_HEADER;

/// First capacity for a container, in bytes. Most are not longer.
const USUAL_LENGTH: usize = 256;

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum JsonValue {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    /// An array or an object.
    Compound(EncodedJson),
}

impl JsonValue {
    /// The value as MessagePack.
    ///
    /// # Errors
    ///
    /// Fails for integers beyond 64 bits, which MessagePack does not have.
    pub(crate) fn encode(self) -> Result<EncodedJson, Problem> {
        let mut out = Vec::with_capacity(LONGEST_SCALAR);
        match self {
            Self::Null => out.push(NIL),
            Self::Bool(value) => out.push(boolean(value)),
            Self::Number(number) => encode_number(&number, &mut out)?,
            Self::Text(text) => {
                encode_text(&text, &mut out)?;
            }
            Self::Compound(encoded) => return Ok(encoded),
        }
        Ok(EncodedJson::new(out.into()))
    }
}

impl<R: BufRead> Parser<R> {
    /// Reads a value.
    pub(crate) fn value(&mut self) -> Result<JsonValue, JsonError> {
        Ok(match self.kind()? {
            Kind::Null => {
                self.null()?;
                JsonValue::Null
            }
            Kind::Bool => JsonValue::Bool(self.boolean()?),
            Kind::Number => JsonValue::Number(self.number()?),
            Kind::Text => JsonValue::Text(self.text()?),
            Kind::Array | Kind::Object => {
                let mut out = Vec::with_capacity(USUAL_LENGTH);
                self.transcode(&mut out)?;
                JsonValue::Compound(EncodedJson::new(out.into()))
            }
        })
    }

    /// Reads a value and appends its encoding to `out`.
    ///
    /// # Errors
    ///
    /// Fails if it is not JSON, or cannot be kept exactly: integers beyond 64 bits, and objects with two members of the same
    /// key.
    pub(crate) fn transcode(&mut self, out: &mut Vec<u8>) -> Result<(), JsonError> {
        // For a header or a number; strings reserve their own memory.
        reserve(out, LONGEST_SCALAR).map_err(|error| self.error(error.into()))?;
        match self.kind()? {
            Kind::Null => {
                self.null()?;
                out.push(NIL);
            }
            Kind::Bool => {
                let value = self.boolean()?;
                out.push(boolean(value));
            }
            Kind::Number => {
                let number = self.number()?;
                encode_number(&number, out).map_err(|problem| self.error(problem))?;
            }
            Kind::Text => {
                let open = Open::new(out);
                self.string(out)?;
                open.close_text(out).map_err(|problem| self.error(problem))?;
            }
            Kind::Array => {
                self.enter()?;
                let open = Open::new(out);
                let mut length = 0;
                while self.next_element(length == 0)? {
                    self.transcode(out)?;
                    length += 1;
                }
                open.close_array(length, out)
                    .map_err(|problem| self.error(problem))?;
            }
            Kind::Object => {
                self.enter()?;
                let mut members = Members::new(out);
                while self.next_member(&mut members, out)? {
                    self.transcode(out)?;
                }
                members.close(out).map_err(|problem| self.error(problem))?;
            }
        }
        Ok(())
    }

    /// Reads the key of the next member of the current object. Returns `false` if there is none.
    fn next_member(&mut self, members: &mut Members, out: &mut Vec<u8>) -> Result<bool, JsonError> {
        reserve(out, LONGEST_HEADER).map_err(|error| self.error(error.into()))?;
        let open = Open::new(out);
        if !self.next_key(members.is_empty(), out)? {
            open.discard(out);
            return Ok(false);
        }
        let start = open.start();
        open.close_text(out).map_err(|problem| self.error(problem))?;
        members.begin_value(start, out);
        Ok(true)
    }
}

#[cfg(test)]
mod tests;
