//! Writes MessagePack values as JSON, in a stream: memory grows with the depth of a value, not with its size.

use std::io::{self, Write};

use massmap::dynamic::{Token, Tokens};
use massmap_format::{FormatError, MAX_DEPTH};

use super::escape::{Escaped, write_json_string};
use massmap_data::non_finite;

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notation {
    /// JSON on one line.
    Line,
    /// JSON with one line per element, indented by `depth` levels.
    Pretty { depth: usize },
    /// The debug format of [`serde_json::Value`], in which massmap 0.1.5 shows values.
    Debug,
}

/// How the bytes of a value are to be read. MessagePack stores integers of 128 bits as byte arrays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueEncoding {
    U128,
    I128,
    /// The bytes tell their type.
    SelfDescribing,
}

impl ValueEncoding {
    /// The encoding of the value type that a file names.
    pub(crate) fn of(type_name: &str) -> Self {
        match type_name {
            "u128" => Self::U128,
            "i128" => Self::I128,
            _ => Self::SelfDescribing,
        }
    }

    fn wide_integer(self, bytes: &[u8]) -> Option<String> {
        let bytes = bytes.try_into().ok()?;
        match self {
            Self::U128 => Some(u128::from_be_bytes(bytes).to_string()),
            Self::I128 => Some(i128::from_be_bytes(bytes).to_string()),
            Self::SelfDescribing => None,
        }
    }
}

/// Why a value cannot be shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ShowError {
    #[error("{found} at byte {position} has no JSON form")]
    NoJson { position: usize, found: String },
    #[error("keys are strings in JSON, but {found} is a key at byte {position}")]
    Key { position: usize, found: String },
    #[error("the string at byte {position} is not UTF-8")]
    Text { position: usize },
    #[error("invalid MessagePack at byte {position}")]
    Damaged {
        position: usize,
        #[source]
        cause: FormatError,
    },
    #[error("it is nested deeper than {MAX_DEPTH} levels")]
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
pub(crate) fn check(value: &[u8], encoding: ValueEncoding) -> Result<(), ShowError> {
    write(value, encoding, Notation::Line, &mut io::sink())
}

/// Writes a value that is encoded as MessagePack.
///
/// Floats of 64 and of 32 bits read back as the same numbers. Floats that JSON numbers cannot represent are strings: see
/// [`non_finite`]. Members of a map keep their order, even if keys repeat.
///
/// # Errors
///
/// Fails, with a part of the value written, if it contains something that JSON does not have: byte arrays, extensions or keys
/// that are not strings.
pub(crate) fn write(
    value: &[u8],
    encoding: ValueEncoding,
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
            .next_token()
            .map_err(|cause| ShowError::Damaged { position, cause })?;
        match token {
            Token::Text(text) => {
                let text = str::from_utf8(text).map_err(|_| ShowError::Text { position })?;
                writer.text(text, is_key)?;
            }
            other if is_key => {
                let found = other.to_string();
                return Err(ShowError::Key { position, found });
            }
            Token::Nil => writer.scalar("null", "Null")?,
            Token::Bool(value) => writer.scalar(value, format_args!("Bool({value})"))?,
            Token::Unsigned(value) => writer.number(value)?,
            Token::Signed(value) => writer.number(value)?,
            // The conversion to 64 bits is exact.
            Token::Float(value) => writer.float(value.into())?,
            Token::Double(value) => writer.float(value)?,
            Token::Bytes(bytes) if writer.open.is_empty() && encoding.wide_integer(bytes).is_some() => {
                writer.number(encoding.wide_integer(bytes).unwrap_or_default())?;
            }
            other @ (Token::Bytes(_) | Token::Extension { .. }) => {
                let found = other.to_string();
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
    /// Number of keys, values and elements still to come.
    left: u64,
    is_map: bool,
    is_first: bool,
}

struct Writer<'a, W> {
    notation: Notation,
    /// The innermost last; at most [`MAX_DEPTH`].
    open: Vec<Open>,
    out: &'a mut W,
}

impl<W: Write> Writer<'_, W> {
    /// Writes the separator before the next key or element. Returns whether it is a key.
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

    /// Begins an array of `length` elements, or a map of `length` members.
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

    /// Writes the separator after a key, or closes all containers that are complete. Returns whether the whole value is.
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
            (Notation::Debug, true) => write!(self.out, "{}", Escaped(format_args!("{text:?}"))),
            (Notation::Debug, false) => write!(self.out, "String({})", Escaped(format_args!("{text:?}"))),
            _ => write_json_string(text, self.out),
        }
    }

    fn float(&mut self, value: f64) -> io::Result<()> {
        if value.is_finite() {
            // The shortest text that reads back the same.
            let number = serde_json::Number::from_f64(value).expect("every finite double is a JSON number");
            return self.number(number);
        }
        let text = non_finite::text(value);
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
