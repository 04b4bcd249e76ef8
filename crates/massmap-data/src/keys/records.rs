//! Keys in JSON and NDJSON.

use std::io::BufRead;

use massmap::dynamic::Value;

use super::parser::KeyParser;
use super::sink::{Sink, wrong};
use crate::excerpt;
use crate::input::error::{LocatedError, Place, Stop};
use crate::input::json::error::{JsonError, Problem, locate};
use crate::input::json::parser::{Kind, Parser};
use crate::input::source::limit::{Limited, RecordLimit};
use crate::input::source::line::read_line;

/// Most bytes of memory kept for the next line.
const KEPT: usize = 1 << 16;

/// The field of a record that is its key, unless others are selected.
const FIELD: &str = "key";

/// Passes the key of each element of an array to `sink`. Each has up to `longest` bytes.
pub(super) fn read_document(
    text: impl BufRead,
    fields: &[String],
    longest: u64,
    sink: &Sink<'_>,
) -> Result<(), Stop> {
    let limit = RecordLimit::new(longest);
    let mut json = Parser::new(Limited::new(text, &limit));
    let mut record = 0;
    let failed = |error, record: Option<u64>| {
        let (place, cause) = locate(error);
        Stop::Failed(LocatedError {
            place: Place { record, ..place },
            cause,
        })
    };
    match json.kind() {
        Ok(Kind::Array) => {}
        Ok(_) => return Err(failed(json.invalid_type(&"an array of keys"), None)),
        Err(error) => return Err(failed(error, None)),
    }
    json.enter().map_err(|error| failed(error, None))?;
    loop {
        let first = record == 0;
        record += 1;
        if !json
            .next_element(first)
            .map_err(|error| failed(error, Some(record)))?
        {
            break;
        }
        let line = u64::try_from(json.position().line).ok();
        let key = read(&mut json, fields, sink.parser).map_err(|error| failed(error, Some(record)))?;
        limit.begin();
        let place = Place {
            line,
            record: Some(record),
            ..Place::default()
        };
        sink.take(&key, &[], &place, None)?;
    }
    json.end().map_err(|error| failed(error, None))
}

/// Passes the key of each line, of up to `longest` bytes, to `sink`, with the line if `keeps_rows`. Skips empty lines.
pub(super) fn read_lines(
    text: impl BufRead,
    fields: &[String],
    keeps_rows: bool,
    longest: u64,
    sink: &Sink<'_>,
) -> Result<(), Stop> {
    let limit = RecordLimit::new(longest);
    let mut text = Limited::new(text, &limit);
    let mut line = Vec::new();
    let mut records = 0;
    for number in 1u64.. {
        line.clear();
        line.shrink_to(KEPT);
        let mut place = Place {
            line: Some(number),
            record: Some(records + 1),
            ..Place::default()
        };
        read_line(&mut text, b'\n', &mut line).map_err(|cause| {
            let place = place.clone();
            Stop::Failed(LocatedError { place, cause })
        })?;
        limit.begin();
        if line.is_empty() {
            break;
        }
        let content = line.trim_ascii_end();
        if content.is_empty() {
            continue;
        }
        records += 1;
        let mut at = |column: Option<usize>, cause| {
            place.column = column;
            wrong(&place, None, cause)
        };
        let content = str::from_utf8(content)
            .map_err(|error| at(Some(error.valid_up_to() + 1), anyhow::anyhow!("invalid UTF-8")))?;
        let mut json = Parser::new(content.as_bytes());
        let key = read(&mut json, fields, sink.parser).and_then(|key| json.end().map(|()| key));
        let key = key.map_err(|error| {
            let (found, cause) = locate(error);
            at(found.column, cause)
        })?;
        let row = if keeps_rows { &line[..] } else { &[] };
        sink.take(&key, row, &place, None)?;
    }
    Ok(())
}

/// Reads a key, or an object of which `fields` are the parts of the key.
fn read<R: BufRead>(json: &mut Parser<R>, fields: &[String], parser: &KeyParser) -> Result<Value, JsonError> {
    match json.kind()? {
        Kind::Object => {}
        _ if fields.is_empty() => return parser.read(json),
        _ => return Err(json.invalid_type(&expected(fields))),
    }
    let field = |name: &[u8]| match fields {
        [] => (name == FIELD.as_bytes()).then_some(0),
        fields => fields.iter().position(|field| field.as_bytes() == name),
    };
    let count = fields.len().max(1);
    let mut parts = vec![None; count];
    let mut name = Vec::new();
    let mut first = true;
    json.enter()?;
    while json.next_key(first, &mut name)? {
        first = false;
        match field(&name).and_then(|index| Some((parts.get_mut(index)?, index))) {
            Some((Some(_), _)) => {
                let field = excerpt::quoted(&String::from_utf8_lossy(&name));
                return Err(json.error(Problem::DuplicateField { field }));
            }
            Some((part, index)) => *part = Some(parser.read_part(index, count, json)?),
            None => json.skip()?,
        }
        name.clear();
    }
    if let Some(missing) = parts.iter().position(Option::is_none) {
        let field = excerpt::quoted(fields.get(missing).map_or(FIELD, String::as_str));
        return Err(json.error(Problem::MissingField { field }));
    }
    let mut parts: Vec<_> = parts.into_iter().flatten().collect();
    Ok(match count {
        1 => parts.pop().unwrap_or_default(),
        _ => Value::Array(parts),
    })
}

fn expected(fields: &[String]) -> String {
    match fields {
        [field] => format!("an object with the field {}", excerpt::quoted(field)),
        fields => format!(
            "an object with the fields {}",
            excerpt::list(fields.iter().map(String::as_str))
        ),
    }
}
