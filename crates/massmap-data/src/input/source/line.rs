//! Reads lines, in fallible memory.

use std::io::{BufRead, ErrorKind};

use super::limit::RecordTooLong;
use crate::input::error::unreadable;
use crate::input::memory::append;

/// Appends the next line with the byte `end` that ends it to `line`; nothing at the end of the text.
///
/// Like [`BufRead::read_until`], but a line that does not fit into memory is an error.
pub(crate) fn read_line(text: &mut impl BufRead, end: u8, line: &mut Vec<u8>) -> Result<(), anyhow::Error> {
    loop {
        let part = match text.fill_buf() {
            Ok(part) => part,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => match error.downcast::<RecordTooLong>() {
                Ok(error) => return Err(error.into()),
                Err(error) => return Err(unreadable(error)),
            },
        };
        let end = memchr::memchr(end, part).map(|end| end + 1);
        let length = end.unwrap_or(part.len());
        append(line, part.get(..length).unwrap_or_default())?;
        text.consume(length);
        if end.is_some() || length == 0 {
            return Ok(());
        }
    }
}
