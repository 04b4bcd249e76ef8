//! Reads JSON text piece by piece, from whatever gives bytes.
//!
//! Apart from `serde_json`, since that hands on numbers without their text: an integer beyond 64 bits arrives as a float
//! there, and a float as a neighbour of what was written. Errors are worded as `serde_json` words them.

mod strings;

use std::fmt;
use std::io::{BufRead, ErrorKind};

use crate::input::json::error::{JsonError, Problem};
use crate::input::json::number::Number;
use crate::input::memory::append;
use crate::output::excerpt;

/// How many arrays and objects may nest; the limit that `serde_json` has.
const DEEPEST: usize = 127;

/// Reads a text that is one JSON value, or several one behind the other.
pub(crate) struct Parser<R> {
    text: R,
    /// Number of the line, from 1.
    line: usize,
    /// How many bytes of it have been consumed.
    column: usize,
    /// How many arrays and objects are open.
    depth: usize,
    /// The text of a number, or a key that is skipped.
    scratch: Vec<u8>,
}

/// What a value is, as its first byte tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Bool,
    Number,
    Text,
    Array,
    Object,
}

/// Where a parser is: a line, from 1, and how many of its bytes lie behind or under it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Position {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl<R: BufRead> Parser<R> {
    /// A parser at the beginning of `text`.
    pub(crate) fn new(text: R) -> Self {
        Self {
            text,
            line: 1,
            column: 0,
            depth: 0,
            scratch: Vec::new(),
        }
    }

    /// Where the last byte was that has been consumed.
    pub(crate) fn position(&self) -> Position {
        Position {
            line: self.line,
            column: self.column,
        }
    }

    /// Whether the text ends with nothing but whitespace before that.
    pub(crate) fn is_blank(&mut self) -> bool {
        matches!(self.skip_whitespace(), Ok(None))
    }

    /// What the next value is.
    ///
    /// # Errors
    ///
    /// Fails if no value begins here.
    pub(crate) fn kind(&mut self) -> Result<Kind, JsonError> {
        match self.skip_whitespace()? {
            Some(b'n') => Ok(Kind::Null),
            Some(b't' | b'f') => Ok(Kind::Bool),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(b'"') => Ok(Kind::Text),
            Some(b'[') => Ok(Kind::Array),
            Some(b'{') => Ok(Kind::Object),
            Some(_) => Err(self.error_ahead(Problem::ExpectedValue)),
            None => Err(self.error(Problem::EndInValue)),
        }
    }

    /// Goes into the array or object that begins here.
    pub(crate) fn enter(&mut self) -> Result<(), JsonError> {
        self.consume(1);
        self.depth += 1;
        match self.depth > DEEPEST {
            true => Err(self.error(Problem::TooDeep)),
            false => Ok(()),
        }
    }

    /// Goes on to the next element of the array that was entered; `false` if there is none, and then leaves it. Told whether
    /// it would be the `first`.
    pub(crate) fn next_element(&mut self, first: bool) -> Result<bool, JsonError> {
        self.next(b']', first, Problem::EndInArray, Problem::ExpectedCommaOrBracket)
    }

    /// Reads the key of the next member of the object that was entered, with the colon behind it, to the end of `key`;
    /// `false` if there is none, and then leaves the object. Told whether it would be the `first`.
    pub(crate) fn next_key(&mut self, first: bool, key: &mut Vec<u8>) -> Result<bool, JsonError> {
        if !self.next(b'}', first, Problem::EndInObject, Problem::ExpectedCommaOrBrace)? {
            return Ok(false);
        }
        match self.skip_whitespace()? {
            Some(b'"') => self.string(key)?,
            Some(_) => return Err(self.error_ahead(Problem::KeyIsNoString)),
            None => return Err(self.error(Problem::EndInObject)),
        }
        match self.skip_whitespace()? {
            Some(b':') => self.consume(1),
            Some(_) => return Err(self.error_ahead(Problem::ExpectedColon)),
            None => return Err(self.error(Problem::EndInObject)),
        }
        Ok(true)
    }

    fn next(
        &mut self,
        close: u8,
        first: bool,
        end: Problem,
        expected_comma: Problem,
    ) -> Result<bool, JsonError> {
        match self.skip_whitespace()? {
            Some(byte) if byte == close => {
                self.consume(1);
                self.depth -= 1;
                Ok(false)
            }
            Some(b',') if !first => {
                self.consume(1);
                match self.skip_whitespace()? {
                    Some(byte) if byte == close => Err(self.error_ahead(Problem::TrailingComma)),
                    _ => Ok(true),
                }
            }
            Some(_) if first => Ok(true),
            Some(_) => Err(self.error_ahead(expected_comma)),
            None => Err(self.error(end)),
        }
    }

    /// Reads `null`.
    pub(crate) fn null(&mut self) -> Result<(), JsonError> {
        self.word(b"null")
    }

    /// Reads `true` or `false`.
    pub(crate) fn boolean(&mut self) -> Result<bool, JsonError> {
        let value = self.peek()? == Some(b't');
        self.word(if value { b"true" } else { b"false" })?;
        Ok(value)
    }

    fn word(&mut self, word: &[u8]) -> Result<(), JsonError> {
        for &expected in word {
            match self.peek()? {
                Some(byte) if byte == expected => self.consume(1),
                Some(_) => return Err(self.error_ahead(Problem::ExpectedWord)),
                None => return Err(self.error(Problem::EndInValue)),
            }
        }
        Ok(())
    }

    /// Reads the number that begins here.
    ///
    /// # Errors
    ///
    /// Fails if it is none, or a float out of range.
    pub(crate) fn number(&mut self) -> Result<Number, JsonError> {
        let position = self.position();
        let text = ahead(&mut self.text, position)?;
        let length = text.iter().take_while(|byte| is_of_number(**byte)).count();
        if length < text.len() {
            // It is in the buffer as a whole.
            let number = Number::parse(text.get(..length).unwrap_or_default());
            self.consume(length);
            return number.map_err(|problem| self.error(problem));
        }
        self.scan_number()?;
        Number::parse(&self.scratch).map_err(|problem| self.error(problem))
    }

    fn scan_number(&mut self) -> Result<(), JsonError> {
        self.scratch.clear();
        loop {
            let position = self.position();
            let text = ahead(&mut self.text, position)?;
            let length = text.iter().take_while(|byte| is_of_number(**byte)).count();
            let at_end = length < text.len() || text.is_empty();
            let part = text.get(..length).unwrap_or_default();
            append(&mut self.scratch, part).map_err(|error| JsonError::new(position, error.into()))?;
            self.consume(length);
            if at_end {
                return Ok(());
            }
        }
    }

    /// Reads the string that begins here.
    pub(crate) fn text(&mut self) -> Result<String, JsonError> {
        let mut text = Vec::new();
        self.string(&mut text)?;
        Ok(String::from_utf8(text).expect("checked where it was read"))
    }

    /// Reads a value that nobody wants.
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
            Kind::Text => self.skip_string(),
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

    /// Checks that nothing but whitespace follows.
    pub(crate) fn end(&mut self) -> Result<(), JsonError> {
        match self.skip_whitespace()? {
            Some(_) => Err(self.error_ahead(Problem::TrailingCharacters)),
            None => Ok(()),
        }
    }

    /// The error that the value that begins here is none of the `expected`; if it is a value.
    pub(crate) fn invalid_type(&mut self, expected: &dyn fmt::Display) -> JsonError {
        let found = match self.found() {
            Ok(found) => found,
            Err(error) => return error,
        };
        let expected = expected.to_string();
        let problem = Problem::InvalidType { found, expected };
        match self.peek() {
            // Nothing of them has been consumed.
            Ok(Some(b'[' | b'{')) => self.error_ahead(problem),
            _ => self.error(problem),
        }
    }

    /// The value that begins here, in words.
    fn found(&mut self) -> Result<String, JsonError> {
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

    /// An error about what has been consumed last.
    pub(crate) fn error(&self, problem: Problem) -> JsonError {
        JsonError::new(self.position(), problem)
    }

    /// An error about the byte that comes next.
    fn error_ahead(&self, problem: Problem) -> JsonError {
        let Position { line, column } = self.position();
        let column = column + 1;
        JsonError::new(Position { line, column }, problem)
    }

    fn skip_whitespace(&mut self) -> Result<Option<u8>, JsonError> {
        loop {
            let position = self.position();
            let text = ahead(&mut self.text, position)?;
            let length = match text.first() {
                // Most often.
                Some(first) if !is_whitespace(*first) => return Ok(Some(*first)),
                _ => text.iter().take_while(|byte| is_whitespace(**byte)).count(),
            };
            let next = text.get(length).copied();
            let at_end = text.is_empty();
            let skipped = text.get(..length).unwrap_or_default();
            let line_breaks = skipped.iter().filter(|byte| **byte == b'\n').count();
            let last_line = skipped.iter().rev().take_while(|byte| **byte != b'\n').count();
            self.text.consume(length);
            if line_breaks > 0 {
                self.line += line_breaks;
                self.column = 0;
            }
            self.column += last_line;
            if next.is_some() || at_end {
                return Ok(next);
            }
        }
    }

    fn peek(&mut self) -> Result<Option<u8>, JsonError> {
        let position = self.position();
        Ok(ahead(&mut self.text, position)?.first().copied())
    }

    /// Moves over bytes of which none is a line break.
    fn consume(&mut self, length: usize) {
        self.text.consume(length);
        self.column += length;
    }
}

fn is_whitespace(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Whether a number can have such a byte.
fn is_of_number(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
}

/// Bytes of `text` that have not been consumed; none at the end. Errors name the `position`.
fn ahead<R: BufRead>(text: &mut R, position: Position) -> Result<&[u8], JsonError> {
    let unreadable = |error| JsonError::new(position, Problem::Unreadable(error));
    while let Err(error) = text.fill_buf() {
        if error.kind() != ErrorKind::Interrupted {
            return Err(unreadable(error));
        }
    }
    // What the loop borrowed cannot be returned from it. There is something in the buffer now, so this costs nothing.
    text.fill_buf().map_err(unreadable)
}

#[cfg(test)]
mod tests;
