//! From MessagePack to JSON, as a stream: what is in memory is how deep a value nests, not what it holds.

use std::io::{self, Write};

use massmap_format::{FormatError, MAX_DEPTH};

use crate::output::escape::{Sentence, write_json_string};
use crate::types::messagepack::{Token, Tokens};

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notation {
    /// JSON in one line.
    Line,
    /// JSON of which each element has a line, that far within others.
    Pretty { depth: usize },
    /// As [`serde_json::Value`] is printed for debugging, which is how massmap 0.1.5 shows values.
    Debug,
}

/// What the bytes of a value do not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueType {
    /// Integers of 128 bits are byte arrays in MessagePack.
    U128,
    I128,
    Other,
}

impl ValueType {
    /// The type that a file names.
    pub(crate) fn of(type_name: &str) -> Self {
        match type_name {
            "u128" => Self::U128,
            "i128" => Self::I128,
            _ => Self::Other,
        }
    }

    fn wide_integer(self, bytes: &[u8]) -> Option<String> {
        let bytes = bytes.try_into().ok()?;
        match self {
            Self::U128 => Some(u128::from_be_bytes(bytes).to_string()),
            Self::I128 => Some(i128::from_be_bytes(bytes).to_string()),
            Self::Other => None,
        }
    }
}

/// Why a value cannot be shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ShowError {
    #[error("JSON has nothing like {found}, which is at byte {position} of it")]
    NoJson { position: usize, found: String },
    #[error("keys are strings in JSON, and {found} is one at byte {position} of it")]
    Key { position: usize, found: String },
    #[error("the string at byte {position} of it is no UTF-8")]
    Text { position: usize },
    #[error("at byte {position} of it is no MessagePack")]
    Damaged {
        position: usize,
        #[source]
        cause: FormatError,
    },
    #[error("it nests deeper than {MAX_DEPTH}")]
    TooDeep,
    #[error("{length} bytes follow it")]
    Trailing { length: usize },
    #[error("it cannot be written")]
    Write(#[from] io::Error),
}

/// Checks that a value can be written.
///
/// # Errors
///
/// Those of [`write`](fn@write).
pub(crate) fn check(value: &[u8], value_type: ValueType) -> Result<(), ShowError> {
    write(value, value_type, Notation::Line, &mut io::sink())
}

/// Writes a value that is encoded as MessagePack.
///
/// Doubles are written so that they are read back the same, and so are floats of 32 bits, by whoever reads either. What no JSON
/// number stands for is a string: see [`not_finite`]. Members of a map come in its order, even if keys repeat.
///
/// # Errors
///
/// Fails, with a part of the value written, if it holds something that JSON has not: byte arrays, extensions and keys that
/// are no strings.
pub(crate) fn write(
    value: &[u8],
    value_type: ValueType,
    notation: Notation,
    out: &mut impl Write,
) -> Result<(), ShowError> {
    let mut writer = Writer {
        notation,
        open: Vec::new(),
        out,
    };
    let mut tokens = Tokens::new(value);
    loop {
        let is_key = writer.begin()?;
        let position = tokens.position();
        let token = tokens
            .next()
            .map_err(|cause| ShowError::Damaged { position, cause })?;
        match token {
            Token::Text(text) => {
                let text = str::from_utf8(text).map_err(|_| ShowError::Text { position })?;
                writer.text(text, is_key)?;
            }
            other if is_key => {
                let found = other.name();
                return Err(ShowError::Key { position, found });
            }
            Token::Nil => writer.scalar("null", "Null")?,
            Token::Bool(value) => writer.scalar(value, format_args!("Bool({value})"))?,
            Token::Unsigned(value) => writer.number(value)?,
            Token::Signed(value) => writer.number(value)?,
            // A float of 32 bits is a double, too: the same number.
            Token::Float(value) => writer.float(value.into())?,
            Token::Double(value) => writer.float(value)?,
            Token::Bytes(bytes) if writer.open.is_empty() && value_type.wide_integer(bytes).is_some() => {
                writer.number(value_type.wide_integer(bytes).unwrap_or_default())?;
            }
            other @ (Token::Bytes(_) | Token::Extension { .. }) => {
                let found = other.name();
                return Err(ShowError::NoJson { position, found });
            }
            Token::Array(length) => writer.enter(length, false)?,
            Token::Map(length) => writer.enter(length, true)?,
        }
        if writer.end(is_key)? {
            break;
        }
    }
    match value.len() - tokens.position() {
        0 => Ok(()),
        length => Err(ShowError::Trailing { length }),
    }
}

/// How a double that no JSON number stands for is written, and can be typed in again. Which one of many it is that are no
/// numbers, and differ in bits that nobody computes with, is not shown; its sign is.
fn not_finite_text(value: f64) -> &'static str {
    match (value.is_nan(), value.is_sign_negative()) {
        (true, false) => "NaN",
        (true, true) => "-NaN",
        (false, false) => "inf",
        (false, true) => "-inf",
    }
}

/// The double that is neither finite nor a JSON number, from how it is shown.
pub(crate) fn not_finite(text: &str) -> Option<f64> {
    let value: f64 = text.parse().ok()?;
    Some(value).filter(|value| !value.is_finite() && not_finite_text(*value) == text)
}

impl From<ShowError> for io::Error {
    fn from(error: ShowError) -> Self {
        match error {
            ShowError::Write(error) => error,
            other => Self::new(io::ErrorKind::InvalidData, other),
        }
    }
}

/// An array or map that has begun.
struct Open {
    /// How many keys and elements are still to come.
    left: u64,
    is_map: bool,
    is_first: bool,
}

struct Writer<'a, W> {
    notation: Notation,
    /// At most [`MAX_DEPTH`], the innermost last.
    open: Vec<Open>,
    out: &'a mut W,
}

impl<W: Write> Writer<'_, W> {
    /// Writes what stands before the next key or element. Tells whether it is a key.
    fn begin(&mut self) -> io::Result<bool> {
        let depth = self.open.len();
        let Some(innermost) = self.open.last_mut() else {
            return Ok(false);
        };
        let is_key = innermost.is_map && innermost.left.is_multiple_of(2);
        innermost.left -= 1;
        if innermost.is_map && !is_key {
            return Ok(false);
        }
        let is_first = std::mem::replace(&mut innermost.is_first, false);
        match self.notation {
            Notation::Line if !is_first => self.out.write_all(b",")?,
            Notation::Debug if !is_first => self.out.write_all(b", ")?,
            Notation::Pretty { depth: outer } => {
                self.out.write_all(if is_first { b"" } else { b"," })?;
                self.break_line(outer + depth)?;
            }
            Notation::Line | Notation::Debug => {}
        }
        Ok(is_key)
    }

    /// Begins an array of `length` elements, or a map of so many keys and values.
    fn enter(&mut self, length: u32, is_map: bool) -> Result<(), ShowError> {
        if self.open.len() == MAX_DEPTH {
            return Err(ShowError::TooDeep);
        }
        self.open.push(Open {
            left: u64::from(length) * if is_map { 2 } else { 1 },
            is_map,
            is_first: true,
        });
        let begin = if is_map { '{' } else { '[' };
        match (self.notation, is_map) {
            (Notation::Debug, true) => write!(self.out, "Object {begin}")?,
            (Notation::Debug, false) => write!(self.out, "Array {begin}")?,
            _ => write!(self.out, "{begin}")?,
        }
        Ok(())
    }

    /// Writes what stands behind a key, or ends everything that is complete. Tells whether the whole value is.
    fn end(&mut self, was_key: bool) -> io::Result<bool> {
        if was_key {
            let colon = if self.notation == Notation::Line {
                ":"
            } else {
                ": "
            };
            self.out.write_all(colon.as_bytes())?;
            return Ok(false);
        }
        while let Some(Open { is_map, is_first, .. }) = self.open.pop_if(|open| open.left == 0) {
            if let (Notation::Pretty { depth }, false) = (self.notation, is_first) {
                self.break_line(depth + self.open.len())?;
            }
            self.out.write_all(if is_map { b"}" } else { b"]" })?;
        }
        Ok(self.open.is_empty())
    }

    fn break_line(&mut self, depth: usize) -> io::Result<()> {
        self.out.write_all(b"\n")?;
        (0..depth).try_for_each(|_| self.out.write_all(b"  "))
    }

    fn text(&mut self, text: &str, is_key: bool) -> io::Result<()> {
        match (self.notation, is_key) {
            (Notation::Debug, true) => write!(self.out, "{}", Sentence(format_args!("{text:?}"))),
            (Notation::Debug, false) => write!(self.out, "String({})", Sentence(format_args!("{text:?}"))),
            _ => write_json_string(text, self.out),
        }
    }

    fn float(&mut self, value: f64) -> io::Result<()> {
        if value.is_finite() {
            // The shortest text that is read back the same, as all JSON of this program has it.
            let number = serde_json::Number::from_f64(value).expect("every finite double is one");
            return self.number(number);
        }
        let text = not_finite_text(value);
        self.scalar(format_args!("\"{text}\""), format_args!("Number({text})"))
    }

    fn number(&mut self, number: impl std::fmt::Display) -> io::Result<()> {
        self.scalar(&number, format_args!("Number({number})"))
    }

    fn scalar(&mut self, json: impl std::fmt::Display, debug: impl std::fmt::Display) -> io::Result<()> {
        match self.notation {
            Notation::Debug => write!(self.out, "{debug}"),
            _ => write!(self.out, "{json}"),
        }
    }
}

#[cfg(test)]
mod tests;
