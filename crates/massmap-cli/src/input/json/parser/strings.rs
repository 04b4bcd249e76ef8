//! Strings: RFC 8259 section 7.

use std::io::BufRead;

use super::{Parser, ahead};
use crate::input::json::error::{JsonError, Problem};
use crate::input::memory::{append, reserve};

/// As much of a string that nobody wants is in memory.
const SKIPPED_AT_ONCE: usize = 1 << 16;

/// As many bytes has a character of UTF-8 at most.
const LONGEST_CHARACTER: usize = 4;

impl<R: BufRead> Parser<R> {
    /// Reads the string that begins here to the end of `out`, as UTF-8.
    pub(crate) fn string(&mut self, out: &mut Vec<u8>) -> Result<(), JsonError> {
        let start = out.len();
        self.consume(1);
        while self.part_of_string(out)? {}
        match str::from_utf8(out.get(start..).unwrap_or_default()) {
            Ok(_) => Ok(()),
            Err(_) => Err(self.error(Problem::InvalidUnicode)),
        }
    }

    /// Reads a string that nobody wants.
    pub(super) fn skip_string(&mut self) -> Result<(), JsonError> {
        let mut part = Vec::new();
        self.consume(1);
        while self.part_of_string(&mut part)? {
            if part.len() >= SKIPPED_AT_ONCE {
                self.check_skipped(&mut part)?;
            }
        }
        self.check_skipped(&mut part)?;
        match part.is_empty() {
            true => Ok(()),
            false => Err(self.error(Problem::InvalidUnicode)),
        }
    }

    /// Removes all characters from `part`, and leaves the beginning of a last one that is not complete.
    fn check_skipped(&self, part: &mut Vec<u8>) -> Result<(), JsonError> {
        let valid = match str::from_utf8(part) {
            Ok(_) => part.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => return Err(self.error(Problem::InvalidUnicode)),
        };
        part.drain(..valid);
        Ok(())
    }

    /// Reads a part of a string; `false` behind its end.
    fn part_of_string(&mut self, out: &mut Vec<u8>) -> Result<bool, JsonError> {
        let position = self.position();
        let text = ahead(&mut self.text, position)?;
        let length = text
            .iter()
            .take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1f))
            .count();
        let stop = text.get(length).copied();
        let at_end = text.is_empty();
        let appended = append(out, text.get(..length).unwrap_or_default());
        appended.map_err(|error| JsonError::new(position, error.into()))?;
        self.consume(length);
        match stop {
            Some(b'"') => {
                self.consume(1);
                Ok(false)
            }
            Some(b'\\') => {
                self.consume(1);
                self.escape(out)?;
                Ok(true)
            }
            Some(_) => Err(self.error_ahead(Problem::ControlCharacter)),
            None if at_end => Err(self.error(Problem::EndInString)),
            None => Ok(true),
        }
    }

    fn escape(&mut self, out: &mut Vec<u8>) -> Result<(), JsonError> {
        reserve(out, LONGEST_CHARACTER).map_err(|error| self.error(error.into()))?;
        out.push(match self.take()? {
            plain @ (b'"' | b'\\' | b'/') => plain,
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let character = self.escaped_character()?;
                out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
            _ => return Err(self.error(Problem::InvalidEscape)),
        });
        Ok(())
    }

    /// A character by its code unit in UTF-16, or by two of them, each of four hexadecimal digits.
    fn escaped_character(&mut self) -> Result<char, JsonError> {
        let mut units = [self.code_unit()?, 0];
        let [unit, other] = &mut units;
        let mut count = 1;
        if matches!(unit, 0xd800..=0xdbff) {
            for expected in *b"\\u" {
                if self.take()? != expected {
                    return Err(self.error(Problem::LoneSurrogate));
                }
            }
            *other = self.code_unit()?;
            count = 2;
        }
        match char::decode_utf16(units.into_iter().take(count)).next() {
            Some(Ok(character)) => Ok(character),
            _ => Err(self.error(Problem::LoneSurrogate)),
        }
    }

    fn code_unit(&mut self) -> Result<u16, JsonError> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = match self.take()? {
                digit @ b'0'..=b'9' => digit - b'0',
                digit @ b'a'..=b'f' => digit - b'a' + 10,
                digit @ b'A'..=b'F' => digit - b'A' + 10,
                _ => return Err(self.error(Problem::InvalidEscape)),
            };
            unit = unit << 4 | u16::from(digit);
        }
        Ok(unit)
    }

    fn take(&mut self) -> Result<u8, JsonError> {
        match self.peek()? {
            Some(byte) => {
                self.consume(1);
                Ok(byte)
            }
            None => Err(self.error(Problem::EndInString)),
        }
    }
}
