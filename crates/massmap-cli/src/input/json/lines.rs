//! NDJSON: one JSON record a line.

use std::io::{BufRead, ErrorKind};

use crate::input::error::{Fault, Halt, Place};
use crate::input::json::document::{explain, unreadable};
use crate::input::json::parser::Parser;
use crate::input::memory::append;
use crate::input::record::{Fields, Sink};
use crate::input::source::limit::{Limited, RecordLimit, RecordTooLong};

/// As much memory is kept for the next line.
const KEPT: usize = 1 << 16;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Hands on the record of each line, of up to `max_record` bytes. Empty lines are none.
pub(in crate::input) fn read(
    text: impl BufRead,
    fields: &Fields,
    max_record: u64,
    sink: &mut Sink<'_>,
) -> Result<(), Halt> {
    let limit = RecordLimit::new(max_record);
    let mut text = Limited::new(text, &limit);
    let mut line = Vec::new();
    let mut place = Place::default();
    let mut records = 0u64;
    for number in 1u64.. {
        place.record = Some(records + 1);
        if let Err(cause) = read_line(&mut text, &mut line) {
            // The line that could not be read to its end.
            place.line = Some(number);
            return Err(faulty(place, cause));
        }
        limit.begin();
        if line.is_empty() {
            break;
        }
        place.line = Some(number);
        if line.starts_with(BYTE_ORDER_MARK) {
            let cause = "a byte order mark begins the line: files were put one behind the other; give them one by one";
            return Err(faulty(place, anyhow::Error::msg(cause)));
        }
        let content = line.trim_ascii_end();
        if !content.is_empty() {
            records += 1;
            let record = parse(content, fields, &place)?;
            // A long line need not stay in memory along with its record.
            line.clear();
            line.shrink_to(KEPT);
            sink(record).map_err(|refusal| {
                refusal.at(place.clone(), fields.key.as_deref(), fields.value.as_deref())
            })?;
        }
        line.clear();
    }
    Ok(())
}

/// Reads up to and with the next line feed, or to the end of the text, to the end of `line`.
///
/// Like [`BufRead::read_until`], but for a line that memory has no room for, which is an error.
fn read_line(text: &mut impl BufRead, line: &mut Vec<u8>) -> Result<(), anyhow::Error> {
    loop {
        let part = match text.fill_buf() {
            Ok(part) => part,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => match error.downcast::<RecordTooLong>() {
                Ok(error) => return Err(error.into()),
                Err(error) => return Err(unreadable(error)),
            },
        };
        let end = memchr::memchr(b'\n', part).map(|end| end + 1);
        let length = end.unwrap_or(part.len());
        append(line, part.get(..length).unwrap_or_default())?;
        text.consume(length);
        if end.is_some() || length == 0 {
            return Ok(());
        }
    }
}

fn parse(line: &[u8], fields: &Fields, place: &Place) -> Result<crate::input::record::Record<'static>, Halt> {
    let at = |column| Place {
        column,
        ..place.clone()
    };
    let text = str::from_utf8(line).map_err(|error| {
        faulty(
            at(Some(error.valid_up_to() + 1)),
            anyhow::anyhow!("invalid UTF-8"),
        )
    })?;
    let mut json = Parser::new(text.as_bytes());
    fields
        .read(&mut json)
        .and_then(|record| json.end().map(|()| record))
        .map_err(|error| {
            let (found, cause) = explain(error);
            faulty(at(found.column), cause)
        })
}

fn faulty(place: Place, cause: anyhow::Error) -> Halt {
    Halt::Faulty(Fault { place, cause })
}
