//! A position in a JSON text that is read from a buffer.

use std::io::{BufRead, ErrorKind};

use crate::input::json::error::{JsonError, Position, Problem};

/// Reads a text byte by byte and counts lines and columns.
pub(super) struct Cursor<R> {
    text: R,
    /// Number of the line, from 1.
    line: usize,
    /// Number of its bytes that have been consumed.
    column: usize,
}

impl<R: BufRead> Cursor<R> {
    /// A cursor at the beginning of `text`.
    pub(super) fn new(text: R) -> Self {
        Self {
            text,
            line: 1,
            column: 0,
        }
    }

    /// Position of the last consumed byte.
    pub(super) fn position(&self) -> Position {
        Position {
            line: self.line,
            column: self.column,
        }
    }

    /// An error at the last consumed byte.
    pub(super) fn error(&self, problem: Problem) -> JsonError {
        JsonError::new(self.position(), problem)
    }

    /// An error at the next byte.
    pub(super) fn error_ahead(&self, problem: Problem) -> JsonError {
        let Position { line, column } = self.position();
        let column = column + 1;
        JsonError::new(Position { line, column }, problem)
    }

    /// The buffered bytes that have not been consumed; empty at the end of the text.
    pub(super) fn ahead(&mut self) -> Result<&[u8], JsonError> {
        let position = self.position();
        let unreadable = |error| JsonError::new(position, Problem::Unreadable(error));
        while let Err(error) = self.text.fill_buf() {
            if error.kind() != ErrorKind::Interrupted {
                return Err(unreadable(error));
            }
        }
        // The borrow of the loop cannot be returned. The buffer is filled now, so this call is cheap.
        self.text.fill_buf().map_err(unreadable)
    }

    /// The next byte.
    pub(super) fn peek(&mut self) -> Result<Option<u8>, JsonError> {
        Ok(self.ahead()?.first().copied())
    }

    /// Consumes bytes, none of which is a line break.
    pub(super) fn consume(&mut self, length: usize) {
        self.text.consume(length);
        self.column += length;
    }

    /// Consumes whitespace. Returns the next byte.
    pub(super) fn skip_whitespace(&mut self) -> Result<Option<u8>, JsonError> {
        loop {
            let text = self.ahead()?;
            let length = match text.first() {
                // The most frequent case.
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
}

fn is_whitespace(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}
