//! NDJSON: one JSON record per line.

use std::io::BufRead;

use super::error::locate;
use super::parser::Parser;
use super::record;
use crate::input::error::{LocatedError, Place, Stop};
use crate::input::record::{Fields, Reading, Record, Sink};
use crate::input::source::BYTE_ORDER_MARK;
use crate::input::source::limit::{Limited, RecordLimit};
use crate::input::source::line::read_line;

/// Most bytes of memory kept for the next line.
const KEPT: usize = 1 << 16;

/// Passes the record of each line, of up to `max_record` bytes, to `sink`. Skips empty lines.
pub(in crate::input) fn read(
    text: impl BufRead,
    reading: Reading<'_>,
    max_record: u64,
    sink: &mut Sink<'_>,
) -> Result<(), Stop> {
    let limit = RecordLimit::new(max_record);
    let mut text = Limited::new(text, &limit);
    let mut line = Vec::new();
    let mut place = Place::default();
    let mut records = 0u64;
    for number in 1u64.. {
        place.record = Some(records + 1);
        if let Err(cause) = read_line(&mut text, b'\n', &mut line) {
            // The line that could not be read to its end.
            place.line = Some(number);
            return Err(failed(place, cause));
        }
        limit.begin();
        if line.is_empty() {
            break;
        }
        place.line = Some(number);
        if line.starts_with(BYTE_ORDER_MARK) {
            let cause =
                "a byte order mark begins the line, as in concatenated files; give the files one by one";
            return Err(failed(place, anyhow::Error::msg(cause)));
        }
        let content = line.trim_ascii_end();
        if !content.is_empty() {
            records += 1;
            let record = parse(content, reading, &place)?;
            // A long line need not stay in memory along with its record.
            line.clear();
            line.shrink_to(KEPT);
            sink(record).map_err(|rejection| {
                let Fields { key, value } = reading.fields;
                rejection.at(place.clone(), key.as_deref(), value.as_deref())
            })?;
        }
        line.clear();
    }
    Ok(())
}

fn parse(line: &[u8], reading: Reading<'_>, place: &Place) -> Result<Record<'static>, Stop> {
    let at = |column| Place {
        column,
        ..place.clone()
    };
    let text = str::from_utf8(line).map_err(|error| {
        failed(
            at(Some(error.valid_up_to() + 1)),
            anyhow::anyhow!("invalid UTF-8"),
        )
    })?;
    let mut json = Parser::new(text.as_bytes());
    record::read(reading, &mut json)
        .and_then(|record| json.end().map(|()| record))
        .map_err(|error| {
            let (found, cause) = locate(error);
            failed(at(found.column), cause)
        })
}

fn failed(place: Place, cause: anyhow::Error) -> Stop {
    Stop::Failed(LocatedError { place, cause })
}
