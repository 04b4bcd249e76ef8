//! From JSON text to MessagePack, without a tree between them.
//!
//! A value is encoded as it is read, at the end of a buffer. What MessagePack has at the front and JSON at the end, the length
//! of a container or string, is put in once it is known.

use std::io::BufRead;

use massmap_format::Walker;

use crate::input::json::error::{JsonError, Problem};
use crate::input::json::number::Number;
use crate::input::json::parser::{Kind, Parser};
use crate::input::memory::{OutOfMemory, reserve};
use crate::output::excerpt;
use crate::types::encoded_json::Encoded;

/// The vector takes every byte, so that writing to it cannot fail.
const INFALLIBLE: &str = "a vector takes every byte";

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum JsonValue {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    /// An array or an object.
    Compound(Encoded),
}

impl JsonValue {
    /// The value as MessagePack.
    ///
    /// # Errors
    ///
    /// Fails if it is an integer beyond 64 bits, which MessagePack does not have.
    pub(crate) fn encode(self) -> Result<Encoded, Problem> {
        // As much as a number takes.
        let mut out = Vec::with_capacity(9);
        match self {
            Self::Null => out.push(NIL),
            Self::Bool(value) => out.push(boolean(value)),
            Self::Number(number) => encode_number(&number, &mut out)?,
            Self::Text(text) => {
                encode_text(&text, &mut out)?;
            }
            Self::Compound(encoded) => return Ok(encoded),
        }
        Ok(Encoded::new(out.into()))
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
                JsonValue::Compound(Encoded::new(out.into()))
            }
        })
    }

    /// Reads a value and puts it, encoded, at the end of `out`.
    ///
    /// # Errors
    ///
    /// Fails if it is no JSON, or something in it cannot be kept exactly: an integer beyond 64 bits, or two members of an
    /// object that have the same key.
    pub(crate) fn transcode(&mut self, out: &mut Vec<u8>) -> Result<(), JsonError> {
        // A header, or a number; text makes room for itself.
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

    /// Reads the key of the next of `members` of an object that was entered; `false` if there is none.
    fn next_member(&mut self, members: &mut Members, out: &mut Vec<u8>) -> Result<bool, JsonError> {
        reserve(out, LONGEST_HEADER).map_err(|error| self.error(error.into()))?;
        let open = Open::new(out);
        if !self.next_key(members.count == 0, out)? {
            out.truncate(open.start);
            return Ok(false);
        }
        let start = open.start;
        open.close_text(out).map_err(|problem| self.error(problem))?;
        members.begin_value(start, out);
        Ok(true)
    }
}

const NIL: u8 = 0xc0;

/// Most values are not longer, in bytes.
const USUAL_LENGTH: usize = 256;

/// The longest header of a container or string: a marker and four bytes of length.
const LONGEST_HEADER: usize = 5;

/// The longest number: a marker and eight bytes.
const LONGEST_SCALAR: usize = 9;

fn boolean(value: bool) -> u8 {
    if value { 0xc3 } else { 0xc2 }
}

fn encode_number(number: &Number, out: &mut Vec<u8>) -> Result<(), Problem> {
    match number {
        Number::Unsigned(number) => _ = rmp::encode::write_uint(out, *number).expect(INFALLIBLE),
        Number::Negative(number) => _ = rmp::encode::write_sint(out, *number).expect(INFALLIBLE),
        Number::Float(number) => rmp::encode::write_f64(out, *number).expect(INFALLIBLE),
        Number::Beyond(_) => {
            let number = number.to_string();
            return Err(Problem::IntegerBeyond { number });
        }
    }
    Ok(())
}

/// Puts a string at the end of `out`.
pub(in crate::input) fn encode_text(text: &str, out: &mut Vec<u8>) -> Result<(), Problem> {
    let length = u32::try_from(text.len()).map_err(|_| Problem::TooLarge)?;
    reserve(out, LONGEST_HEADER.saturating_add(text.len()))?;
    rmp::encode::write_str_len(out, length).expect(INFALLIBLE);
    out.extend_from_slice(text.as_bytes());
    Ok(())
}

/// A container or string that is being written, for whose header there is one byte so far.
struct Open {
    start: usize,
}

impl Open {
    fn new(out: &mut Vec<u8>) -> Self {
        let start = out.len();
        out.push(0);
        Self { start }
    }

    fn close_text(self, out: &mut Vec<u8>) -> Result<(), Problem> {
        let length = out.len() - self.start - 1;
        self.close(length, out, |header, length| {
            rmp::encode::write_str_len(header, length).map(drop)
        })
    }

    fn close_array(self, length: usize, out: &mut Vec<u8>) -> Result<(), Problem> {
        self.close(length, out, |header, length| {
            rmp::encode::write_array_len(header, length).map(drop)
        })
    }

    fn close_map(self, length: usize, out: &mut Vec<u8>) -> Result<(), Problem> {
        self.close(length, out, |header, length| {
            rmp::encode::write_map_len(header, length).map(drop)
        })
    }

    fn close<E: std::fmt::Debug>(
        self,
        length: usize,
        out: &mut Vec<u8>,
        write: impl FnOnce(&mut &mut [u8], u32) -> Result<(), E>,
    ) -> Result<(), Problem> {
        // The format keeps lengths of entries in 32 bits as well.
        let length = u32::try_from(length).map_err(|_| Problem::TooLarge)?;
        let mut header = [0; LONGEST_HEADER];
        let mut unused = &mut header[..];
        write(&mut unused, length).expect("the array is as long as the longest header");
        let used = LONGEST_HEADER - unused.len();
        match header.get(..used) {
            Some(&[marker]) => {
                if let Some(placeholder) = out.get_mut(self.start) {
                    *placeholder = marker;
                }
            }
            header => {
                reserve(out, LONGEST_HEADER)?;
                let header = header.unwrap_or_default().iter().copied();
                out.splice(self.start..=self.start, header);
            }
        }
        Ok(())
    }
}

/// The members of an object that is being written.
pub(in crate::input) struct Members {
    open: Open,
    /// How many keys have been written.
    count: usize,
    /// Where the last of them begins.
    last_key: usize,
    /// Whether each key is greater than the one before it.
    in_order: bool,
}

impl Members {
    /// Begins an object at the end of `out`.
    pub(in crate::input) fn new(out: &mut Vec<u8>) -> Self {
        Self {
            open: Open::new(out),
            count: 0,
            last_key: 0,
            in_order: true,
        }
    }

    /// Puts a key at the end of `out`; its value has to follow.
    pub(in crate::input) fn add_key(&mut self, key: &str, out: &mut Vec<u8>) -> Result<(), Problem> {
        let start = out.len();
        encode_text(key, out)?;
        self.begin_value(start, out);
        Ok(())
    }

    /// Takes note of a key at the end of `out`, from `start` on.
    fn begin_value(&mut self, start: usize, out: &[u8]) {
        let key_at = |start| key(out.get(start..).unwrap_or_default());
        if self.count > 0 && self.in_order {
            self.in_order = key_at(self.last_key) < key_at(start);
        }
        self.last_key = start;
        self.count += 1;
    }

    /// Ends the object: brings its members into the order of their keys.
    ///
    /// # Errors
    ///
    /// Fails if two have the same key.
    pub(in crate::input) fn close(self, out: &mut Vec<u8>) -> Result<(), Problem> {
        if !self.in_order {
            let start = self.open.start + 1;
            sort(out.get_mut(start..).unwrap_or_default(), self.count)?;
        }
        self.open.close_map(self.count, out)
    }
}

/// A member of an object: where it begins and ends, in the bytes of all.
#[derive(Clone, Copy)]
struct Member {
    start: u32,
    end: u32,
}

/// Sorts the `count` members that `bytes` hold by their keys.
fn sort(bytes: &mut [u8], count: usize) -> Result<(), Problem> {
    let mut members = Vec::new();
    members.try_reserve_exact(count).map_err(|_| OutOfMemory {
        wanted: count.saturating_mul(size_of::<Member>()),
    })?;
    let mut walker = Walker::new(bytes);
    for _ in 0..count {
        let start = walker.position();
        skip(&mut walker);
        skip(&mut walker);
        let place = |at| u32::try_from(at).map_err(|_| Problem::TooLarge);
        members.push(Member {
            start: place(start)?,
            end: place(walker.position())?,
        });
    }
    let of = |member: Member| {
        bytes
            .get(member.start as usize..member.end as usize)
            .unwrap_or_default()
    };
    members.sort_unstable_by(|a, b| key(of(*a)).cmp(key(of(*b))));
    let mut last = None;
    for member in &members {
        let key = key(of(*member));
        if last.replace(key) == Some(key) {
            let key = excerpt::quoted(&String::from_utf8_lossy(key));
            return Err(Problem::RepeatedKey { key });
        }
    }
    let mut sorted = Vec::new();
    reserve(&mut sorted, bytes.len())?;
    for member in members {
        sorted.extend_from_slice(of(member));
    }
    bytes.copy_from_slice(&sorted);
    Ok(())
}

/// Moves over what has been written here.
fn skip(walker: &mut Walker<'_>) {
    walker
        .value()
        .expect("it has been written here, no deeper than JSON is read");
}

/// The text of the string that `member` begins with.
fn key(member: &[u8]) -> &[u8] {
    let mut walker = Walker::new(member);
    let key = walker.string().unwrap_or_default();
    let header = match key.first() {
        Some(0xd9) => 2,
        Some(0xda) => 3,
        Some(0xdb) => 5,
        _ => 1,
    };
    key.get(header..).unwrap_or_default()
}

#[cfg(test)]
mod tests;
