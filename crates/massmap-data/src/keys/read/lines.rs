//! One key per line.

use std::io::BufRead;

use super::sink::{Sink, wrong};
use crate::input::error::{LocatedError, Place, Stop};
use crate::input::source::limit::{Limited, RecordLimit};
use crate::input::source::line::read_line;

/// Most bytes of memory kept for the next line.
const KEPT: usize = 1 << 16;

/// Passes the key of each line, of up to `longest` bytes, to `sink`.
///
/// A line ends with a line feed, before which there may be a carriage return, or with a NUL if `ends_with_nul`. The last one need
/// not end. An empty line is an empty key.
pub(in crate::keys) fn read(
    text: impl BufRead,
    ends_with_nul: bool,
    longest: u64,
    sink: &Sink<'_>,
) -> Result<(), Stop> {
    let limit = RecordLimit::new(longest);
    let mut text = Limited::new(text, &limit);
    let end = if ends_with_nul { 0 } else { b'\n' };
    let (mut line, mut key) = (Vec::new(), Vec::new());
    for number in 1u64.. {
        // Lines are counted by what ends them.
        let place = match ends_with_nul {
            true => Place {
                record: Some(number),
                ..Place::default()
            },
            false => Place {
                line: Some(number),
                ..Place::default()
            },
        };
        line.clear();
        line.shrink_to(KEPT);
        read_line(&mut text, end, &mut line).map_err(|cause| {
            let place = place.clone();
            Stop::Failed(LocatedError { place, cause })
        })?;
        limit.begin();
        let text = match &*line {
            [] => break,
            [text @ .., b'\r', b'\n'] if !ends_with_nul => text,
            [text @ .., last] if *last == end => text,
            text => text,
        };
        let text = str::from_utf8(text).map_err(|error| {
            let place = Place {
                column: Some(error.valid_up_to() + 1),
                ..place.clone()
            };
            wrong(&place, None, anyhow::anyhow!("invalid UTF-8"))
        })?;
        key.clear();
        key.shrink_to(KEPT);
        let parsed = sink.parser.parse(text, &mut key);
        parsed.map_err(|cause| wrong(&place, None, cause))?;
        sink.take(&key, &[], &place, None)?;
    }
    Ok(())
}
