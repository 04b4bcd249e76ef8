//! Reads JSON from a buffered reader, piece by piece.
//!
//! No existing parser serves here. `build` must keep numbers exactly, so it needs their text: `serde_json` turns an integer beyond
//! 64 bits into a float and may read a float as its neighbour, and its ways to keep the text (`RawValue`, `arbitrary_precision`)
//! lose the line and column that our errors name. And a record must not abort the program under a memory limit: existing
//! parsers allocate infallibly, this one with `try_reserve`. Errors are worded as in `serde_json`.

mod cursor;
mod strings;

use std::fmt;
use std::io::BufRead;

use massmap::Schema;
use massmap::dynamic::SchemaMismatch;

use super::error::{JsonError, Position, Problem};
use super::number::Number;
use crate::excerpt;
use crate::input::memory::append;
use cursor::Cursor;

/// Deepest nesting of arrays and objects; the limit of `serde_json`.
const DEEPEST: usize = 127;

/// Reads a text that is one JSON value, or several in sequence.
pub(crate) struct Parser<R> {
    text: Cursor<R>,
    /// Number of open arrays and objects, and the most that there may be.
    depth: usize,
    deepest: usize,
    /// The text of a number.
    scratch: Vec<u8>,
}

/// The kind of a value, known from its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Bool,
    Number,
    Text,
    Array,
    Object,
}

impl<R: BufRead> Parser<R> {
    /// A parser at the beginning of `text`.
    pub(crate) fn new(text: R) -> Self {
        Self {
            text: Cursor::new(text),
            depth: 0,
            deepest: DEEPEST,
            scratch: Vec::new(),
        }
    }

    /// Lets arrays and objects nest so deep, instead of as deep as usual.
    pub(crate) fn set_deepest(&mut self, deepest: usize) {
        self.deepest = deepest;
    }

    /// Position of the last consumed byte.
    pub(crate) fn position(&self) -> Position {
        self.text.position()
    }

    /// An error at the last consumed byte.
    pub(crate) fn error(&self, problem: Problem) -> JsonError {
        self.text.error(problem)
    }

    /// Whether only whitespace remains.
    pub(crate) fn is_blank(&mut self) -> bool {
        matches!(self.text.skip_whitespace(), Ok(None))
    }

    /// The kind of the next value.
    ///
    /// # Errors
    ///
    /// Fails if no value begins here.
    pub(crate) fn kind(&mut self) -> Result<Kind, JsonError> {
        match self.text.skip_whitespace()? {
            Some(b'n') => Ok(Kind::Null),
            Some(b't' | b'f') => Ok(Kind::Bool),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(b'"') => Ok(Kind::Text),
            Some(b'[') => Ok(Kind::Array),
            Some(b'{') => Ok(Kind::Object),
            Some(_) => Err(self.text.error_ahead(Problem::ExpectedValue)),
            None => Err(self.error(Problem::EndInValue)),
        }
    }

    /// Enters the array or object that begins here.
    pub(crate) fn enter(&mut self) -> Result<(), JsonError> {
        self.text.consume(1);
        self.depth += 1;
        match self.depth > self.deepest {
            true => Err(self.error(Problem::TooDeep)),
            false => Ok(()),
        }
    }

    /// Moves to the next element of the current array. If there is none, leaves the array and returns `false`. `first` is whether
    /// no element has been read yet.
    pub(crate) fn next_element(&mut self, first: bool) -> Result<bool, JsonError> {
        self.next(b']', first, Problem::EndInArray, Problem::ExpectedCommaOrBracket)
    }

    /// Appends the key of the next member of the current object to `key` and consumes the colon after it. If there is none, leaves
    /// the object and returns `false`. `first` is whether no member has been read yet.
    pub(crate) fn next_key(&mut self, first: bool, key: &mut Vec<u8>) -> Result<bool, JsonError> {
        if !self.next(b'}', first, Problem::EndInObject, Problem::ExpectedCommaOrBrace)? {
            return Ok(false);
        }
        match self.text.skip_whitespace()? {
            Some(b'"') => strings::read(&mut self.text, key)?,
            Some(_) => return Err(self.text.error_ahead(Problem::KeyNotString)),
            None => return Err(self.error(Problem::EndInObject)),
        }
        match self.text.skip_whitespace()? {
            Some(b':') => self.text.consume(1),
            Some(_) => return Err(self.text.error_ahead(Problem::ExpectedColon)),
            None => return Err(self.error(Problem::EndInObject)),
        }
        Ok(true)
    }

    /// Enters the object that begins here, and leaves it behind its last member. `member` is told the key of each, and must consume the
    /// value.
    pub(crate) fn each_member(
        &mut self,
        mut member: impl FnMut(&mut Self, &str) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        let mut key = Vec::new();
        let mut first = true;
        self.enter()?;
        while self.next_key(first, &mut key)? {
            first = false;
            let text = str::from_utf8(&key).expect("keys are checked to be UTF-8");
            member(self, text)?;
            key.clear();
        }
        Ok(())
    }

    fn next(
        &mut self,
        close: u8,
        first: bool,
        end: Problem,
        expected_comma: Problem,
    ) -> Result<bool, JsonError> {
        match self.text.skip_whitespace()? {
            Some(byte) if byte == close => {
                self.text.consume(1);
                self.depth -= 1;
                Ok(false)
            }
            Some(b',') if !first => {
                self.text.consume(1);
                match self.text.skip_whitespace()? {
                    Some(byte) if byte == close => Err(self.text.error_ahead(Problem::TrailingComma)),
                    _ => Ok(true),
                }
            }
            Some(_) if first => Ok(true),
            Some(_) => Err(self.text.error_ahead(expected_comma)),
            None => Err(self.error(end)),
        }
    }

    /// Reads `null`.
    pub(crate) fn null(&mut self) -> Result<(), JsonError> {
        self.word(b"null")
    }

    /// Reads `true` or `false`.
    pub(crate) fn boolean(&mut self) -> Result<bool, JsonError> {
        let value = self.text.peek()? == Some(b't');
        self.word(if value { b"true" } else { b"false" })?;
        Ok(value)
    }

    fn word(&mut self, word: &[u8]) -> Result<(), JsonError> {
        for &expected in word {
            match self.text.peek()? {
                Some(byte) if byte == expected => self.text.consume(1),
                Some(_) => return Err(self.text.error_ahead(Problem::ExpectedWord)),
                None => return Err(self.error(Problem::EndInValue)),
            }
        }
        Ok(())
    }

    /// Reads the number that begins here.
    ///
    /// # Errors
    ///
    /// Fails if it is invalid, or a float out of range.
    pub(crate) fn number(&mut self) -> Result<Number, JsonError> {
        let text = self.text.ahead()?;
        let length = text.iter().take_while(|byte| may_be_in_number(**byte)).count();
        if length < text.len() {
            // The whole number is in the buffer.
            let number = Number::parse(text.get(..length).unwrap_or_default());
            self.text.consume(length);
            return number.map_err(|problem| self.error(problem));
        }
        self.scan_number()?;
        Number::parse(&self.scratch).map_err(|problem| self.error(problem))
    }

    /// Reads the number that begins here as its text, which is valid.
    ///
    /// # Errors
    ///
    /// Fails if it is invalid.
    pub(super) fn number_text(&mut self) -> Result<&str, JsonError> {
        self.scan_number()?;
        match Number::is_valid(&self.scratch) {
            true => Ok(str::from_utf8(&self.scratch).unwrap_or_default()),
            false => Err(self.error(Problem::InvalidNumber)),
        }
    }

    fn scan_number(&mut self) -> Result<(), JsonError> {
        self.scratch.clear();
        loop {
            let position = self.position();
            let text = self.text.ahead()?;
            let length = text.iter().take_while(|byte| may_be_in_number(**byte)).count();
            let at_end = length < text.len() || text.is_empty();
            let part = text.get(..length).unwrap_or_default();
            append(&mut self.scratch, part).map_err(|error| JsonError::new(position, error.into()))?;
            self.text.consume(length);
            if at_end {
                return Ok(());
            }
        }
    }

    /// Reads the string that begins here and appends it to `out`, in UTF-8.
    pub(crate) fn string(&mut self, out: &mut Vec<u8>) -> Result<(), JsonError> {
        strings::read(&mut self.text, out)
    }

    /// Reads the string that begins here.
    pub(crate) fn text(&mut self) -> Result<String, JsonError> {
        let mut text = Vec::new();
        self.string(&mut text)?;
        Ok(String::from_utf8(text).expect("strings are checked to be UTF-8"))
    }

    /// Checks the next value without keeping it.
    pub(crate) fn skip(&mut self) -> Result<(), JsonError> {
        match self.kind()? {
            Kind::Null => self.null(),
            Kind::Bool => self.boolean().map(drop),
            Kind::Number => {
                self.scan_number()?;
                match Number::is_valid(&self.scratch) {
                    true => Ok(()),
                    false => Err(self.error(Problem::InvalidNumber)),
                }
            }
            Kind::Text => strings::skip(&mut self.text),
            Kind::Array => {
                self.enter()?;
                let mut first = true;
                while self.next_element(first)? {
                    first = false;
                    self.skip()?;
                }
                Ok(())
            }
            Kind::Object => {
                self.enter()?;
                let mut first = true;
                let mut key = Vec::new();
                while self.next_key(first, &mut key)? {
                    first = false;
                    key.clear();
                    self.skip()?;
                }
                Ok(())
            }
        }
    }

    /// Fails if anything but whitespace remains.
    pub(crate) fn end(&mut self) -> Result<(), JsonError> {
        match self.text.skip_whitespace()? {
            Some(_) => Err(self.text.error_ahead(Problem::TrailingCharacters)),
            None => Ok(()),
        }
    }

    /// The error that the next value is not what was `expected`, or the error of reading it.
    pub(crate) fn invalid_type(&mut self, expected: &dyn fmt::Display) -> JsonError {
        let found = match self.describe() {
            Ok(found) => found,
            Err(error) => return error,
        };
        let expected = expected.to_string();
        self.error_behind_description(Problem::InvalidType { found, expected })
    }

    /// The error that the next value is not of a schema, or the error of reading it.
    pub(super) fn mismatch(&mut self, expected: &Schema) -> JsonError {
        let found = self.kind().and_then(|kind| {
            Ok(match kind {
                Kind::Null => self.describe()?,
                Kind::Bool | Kind::Number | Kind::Text => format!("the {}", self.describe()?),
                Kind::Array => "an array".to_owned(),
                Kind::Object => "an object".to_owned(),
            })
        });
        match found {
            Ok(found) => self.error_behind_description(SchemaMismatch::new(expected, found).into()),
            Err(error) => error,
        }
    }

    /// The error of a value that has been described.
    fn error_behind_description(&mut self, problem: Problem) -> JsonError {
        match self.text.peek() {
            // The container has not been entered.
            Ok(Some(b'[' | b'{')) => self.text.error_ahead(problem),
            _ => self.error(problem),
        }
    }

    /// Describes the next value.
    fn describe(&mut self) -> Result<String, JsonError> {
        Ok(match self.kind()? {
            Kind::Null => {
                self.null()?;
                "null".to_owned()
            }
            Kind::Bool => format!("boolean `{}`", self.boolean()?),
            Kind::Number => match self.number()? {
                number @ Number::Float(_) => format!("floating point `{number}`"),
                integer => format!("integer `{integer}`"),
            },
            Kind::Text => format!("string {}", excerpt::quoted(&self.text()?)),
            Kind::Array => "sequence".to_owned(),
            Kind::Object => "map".to_owned(),
        })
    }
}

/// Whether `byte` may be part of a number.
fn may_be_in_number(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
}

#[cfg(test)]
mod tests;
