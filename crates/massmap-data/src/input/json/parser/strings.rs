//! Strings: RFC 8259 section 7.

use std::io::BufRead;

use super::cursor::Cursor;
use crate::input::json::error::{JsonError, Problem};
use crate::input::memory::{append, reserve};

/// Most bytes of a skipped string in memory at once.
const SKIPPED_AT_ONCE: usize = 1 << 16;

/// Length of the longest character in UTF-8, in bytes.
const LONGEST_CHARACTER: usize = 4;

/// Reads the string that begins here and appends it to `out`, in UTF-8.
pub(super) fn read<R: BufRead>(text: &mut Cursor<R>, out: &mut Vec<u8>) -> Result<(), JsonError> {
    let start = out.len();
    text.consume(1);
    while read_part(text, out)? {}
    match str::from_utf8(out.get(start..).unwrap_or_default()) {
        Ok(_) => Ok(()),
        Err(_) => Err(text.error(Problem::InvalidUnicode)),
    }
}

/// Checks the string that begins here without keeping it.
pub(super) fn skip<R: BufRead>(text: &mut Cursor<R>) -> Result<(), JsonError> {
    let mut part = Vec::new();
    text.consume(1);
    while read_part(text, &mut part)? {
        if part.len() >= SKIPPED_AT_ONCE {
            check_skipped(text, &mut part)?;
        }
    }
    check_skipped(text, &mut part)?;
    match part.is_empty() {
        true => Ok(()),
        false => Err(text.error(Problem::InvalidUnicode)),
    }
}

/// Removes all complete characters from `part`. The beginning of an incomplete last one stays.
fn check_skipped<R: BufRead>(text: &Cursor<R>, part: &mut Vec<u8>) -> Result<(), JsonError> {
    let valid = match str::from_utf8(part) {
        Ok(_) => part.len(),
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        Err(_) => return Err(text.error(Problem::InvalidUnicode)),
    };
    part.drain(..valid);
    Ok(())
}

/// Reads a part of a string. Returns `false` if that was the end of it.
fn read_part<R: BufRead>(text: &mut Cursor<R>, out: &mut Vec<u8>) -> Result<bool, JsonError> {
    let position = text.position();
    let ahead = text.ahead()?;
    let length = ahead
        .iter()
        .take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1f))
        .count();
    let stop = ahead.get(length).copied();
    let at_end = ahead.is_empty();
    let appended = append(out, ahead.get(..length).unwrap_or_default());
    appended.map_err(|error| JsonError::new(position, error.into()))?;
    text.consume(length);
    match stop {
        Some(b'"') => {
            text.consume(1);
            Ok(false)
        }
        Some(b'\\') => {
            text.consume(1);
            read_escape(text, out)?;
            Ok(true)
        }
        Some(_) => Err(text.error_ahead(Problem::ControlCharacter)),
        None if at_end => Err(text.error(Problem::EndInString)),
        None => Ok(true),
    }
}

fn read_escape<R: BufRead>(text: &mut Cursor<R>, out: &mut Vec<u8>) -> Result<(), JsonError> {
    reserve(out, LONGEST_CHARACTER).map_err(|error| text.error(error.into()))?;
    out.push(match take(text)? {
        plain @ (b'"' | b'\\' | b'/') => plain,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'u' => {
            let character = read_escaped_character(text)?;
            out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            return Ok(());
        }
        _ => return Err(text.error(Problem::InvalidEscape)),
    });
    Ok(())
}

/// A character as one or two UTF-16 code units of four hexadecimal digits each.
fn read_escaped_character<R: BufRead>(text: &mut Cursor<R>) -> Result<char, JsonError> {
    let mut units = [read_code_unit(text)?, 0];
    let [unit, other] = &mut units;
    let mut count = 1;
    if matches!(unit, 0xd800..=0xdbff) {
        for expected in *b"\\u" {
            if take(text)? != expected {
                return Err(text.error(Problem::LoneSurrogate));
            }
        }
        *other = read_code_unit(text)?;
        count = 2;
    }
    match char::decode_utf16(units.into_iter().take(count)).next() {
        Some(Ok(character)) => Ok(character),
        _ => Err(text.error(Problem::LoneSurrogate)),
    }
}

fn read_code_unit<R: BufRead>(text: &mut Cursor<R>) -> Result<u16, JsonError> {
    let mut unit = 0;
    for _ in 0..4 {
        let digit = match take(text)? {
            digit @ b'0'..=b'9' => digit - b'0',
            digit @ b'a'..=b'f' => digit - b'a' + 10,
            digit @ b'A'..=b'F' => digit - b'A' + 10,
            _ => return Err(text.error(Problem::InvalidEscape)),
        };
        unit = unit << 4 | u16::from(digit);
    }
    Ok(unit)
}

fn take<R: BufRead>(text: &mut Cursor<R>) -> Result<u8, JsonError> {
    match text.peek()? {
        Some(byte) => {
            text.consume(1);
            Ok(byte)
        }
        None => Err(text.error(Problem::EndInString)),
    }
}
