//! Keys in JSON and NDJSON.

use std::io::BufRead;

use anyhow::bail;
use massmap_format::Schema;

use super::sink::{Sink, wrong};
use crate::excerpt;
use crate::input::error::{LocatedError, Place, Stop};
use crate::input::json::error::{JsonError, Problem, locate};
use crate::input::json::parser::{Kind, Parser};
use crate::input::record::names::split;
use crate::input::source::limit::{Limited, RecordLimit};
use crate::input::source::line::read_line;
use crate::keys::parser::KeyParser;

/// Most bytes of memory kept for the next line.
const KEPT: usize = 1 << 16;

/// The field of a record that is its key, unless others are selected.
const FIELD: &str = "key";

/// Passes the key of each element of an array to `sink`. Each has up to `longest` bytes.
pub(in crate::keys) fn read_document(
    text: impl BufRead,
    fields: &KeyFields,
    longest: u64,
    sink: &Sink<'_>,
) -> Result<(), Stop> {
    let limit = RecordLimit::new(longest);
    let mut key = Vec::new();
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
        key.clear();
        key.shrink_to(KEPT);
        let is_key = fields.read(&mut json, sink.parser, &mut key);
        let is_key = is_key.map_err(|error| failed(error, Some(record)))?;
        limit.begin();
        let place = Place {
            line,
            record: Some(record),
            ..Place::default()
        };
        match is_key {
            true => sink.take(&key, &[], &place, None)?,
            false => sink.take_null(&[], &place, None)?,
        }
    }
    json.end().map_err(|error| failed(error, None))
}

/// Passes the key of each line, of up to `longest` bytes, to `sink`, with the line if `keeps_rows`. Skips empty lines.
pub(in crate::keys) fn read_lines(
    text: impl BufRead,
    fields: &KeyFields,
    keeps_rows: bool,
    longest: u64,
    sink: &Sink<'_>,
) -> Result<(), Stop> {
    let limit = RecordLimit::new(longest);
    let mut text = Limited::new(text, &limit);
    let (mut line, mut key) = (Vec::new(), Vec::new());
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
        key.clear();
        key.shrink_to(KEPT);
        let is_key = fields.read(&mut json, sink.parser, &mut key);
        let is_key = is_key.and_then(|is_key| json.end().map(|()| is_key));
        let is_key = is_key.map_err(|error| {
            let (found, cause) = locate(error);
            at(found.column, cause)
        })?;
        let row = if keeps_rows { &line[..] } else { &[] };
        match is_key {
            true => sink.take(&key, row, &place, None)?,
            false => sink.take_null(row, &place, None)?,
        }
    }
    Ok(())
}

/// Where the key of a record is.
#[derive(Debug, Clone)]
pub(in crate::keys) struct KeyFields {
    /// The fields that are the key or its parts; none if keys stand alone, or are in the usual field.
    fields: Vec<String>,
    /// Fields that no record may have.
    refused: Vec<String>,
}

impl KeyFields {
    /// The fields that `names` names: one, or several with commas between them.
    ///
    /// # Errors
    ///
    /// Fails if one of them is `refused`.
    pub(in crate::keys) fn new(names: Option<&str>, refused: &[String]) -> anyhow::Result<Self> {
        let fields = names.map(split).unwrap_or_default();
        if let Some(field) = refused.iter().find(|field| fields.contains(field)) {
            bail!(
                "there is a field {} already; --as gives the new one another name",
                excerpt::quoted(field)
            );
        }
        Ok(Self {
            fields,
            refused: refused.to_vec(),
        })
    }

    /// Number of the parts of a key.
    pub(in crate::keys) fn count(&self) -> usize {
        self.fields.len().max(1)
    }

    /// Reads a key, or an object with its parts, and appends its encoding to `key`. Returns `false` if it is null, although no key of the
    /// map is.
    fn read<R: BufRead>(
        &self,
        json: &mut Parser<R>,
        parser: &KeyParser,
        key: &mut Vec<u8>,
    ) -> Result<bool, JsonError> {
        let kind = json.kind()?;
        let has_fields = !self.fields.is_empty() || !self.refused.is_empty();
        if kind == Kind::Object && (has_fields || !parser.is_struct()) {
            self.read_object(json, parser, key)
        } else if has_fields {
            Err(json.invalid_type(&self.expected()))
        } else {
            read_part(json, parser, 0, 1, key)
        }
        .and_then(|is_key| match is_key {
            true => parser
                .check(key)
                .map(|()| true)
                .map_err(|error| json.error(Problem::NotAKey(error))),
            false => Ok(false),
        })
    }

    fn read_object<R: BufRead>(
        &self,
        json: &mut Parser<R>,
        parser: &KeyParser,
        key: &mut Vec<u8>,
    ) -> Result<bool, JsonError> {
        let count = self.count();
        let place = |name: &str| match &*self.fields {
            [] => (name == FIELD).then_some(0),
            fields => fields.iter().position(|field| field == name),
        };
        let mut parts: Vec<Option<Vec<u8>>> = vec![None; count];
        let mut has_null = false;
        json.each_member(|json, name| {
            match place(name).and_then(|index| Some((parts.get_mut(index)?, index))) {
                Some((Some(_), _)) => {
                    let field = excerpt::quoted(name);
                    return Err(json.error(Problem::DuplicateField { field }));
                }
                Some((part, index)) => {
                    let mut encoded = Vec::new();
                    has_null |= !read_part(json, parser, index, count, &mut encoded)?;
                    *part = Some(encoded);
                }
                None if self.refused.iter().any(|refused| refused == name) => {
                    let field = excerpt::quoted(name);
                    return Err(json.error(Problem::FieldExists { field }));
                }
                None => json.skip()?,
            }
            Ok(())
        })?;
        if let Some(missing) = parts.iter().position(Option::is_none) {
            let field = excerpt::quoted(self.fields.get(missing).map_or(FIELD, String::as_str));
            return Err(json.error(Problem::MissingField { field }));
        }
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        let put = KeyParser::put_together(&parts, key);
        put.map_err(|error| json.error(error.into()))?;
        Ok(!has_null)
    }

    /// A description of valid records.
    fn expected(&self) -> String {
        match &*self.fields {
            [] => format!("an object with the field {FIELD:?}"),
            [field] => format!("an object with the field {}", excerpt::quoted(field)),
            fields => format!(
                "an object with the fields {}",
                excerpt::list(fields.iter().map(String::as_str))
            ),
        }
    }
}

/// Reads a part of a key. Returns `false` if it is null, although no such part is.
fn read_part<R: BufRead>(
    json: &mut Parser<R>,
    parser: &KeyParser,
    index: usize,
    count: usize,
    out: &mut Vec<u8>,
) -> Result<bool, JsonError> {
    if json.kind()? == Kind::Null && !matches!(parser.part(index, count), Schema::Option(_)) {
        json.null()?;
        return Ok(false);
    }
    parser.read_part(index, count, json, out).map(|()| true)
}
