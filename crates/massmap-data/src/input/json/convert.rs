//! Reads the input of `convert`: a whole JSON file, as the tool of massmap 0.1.5 reads it.
//!
//! Separate from [`document`](super::document), which streams records: there the entries of an object keep their order, keys may
//! be numbers, and errors name a place rather than an index.

use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::Path;

use anyhow::Context;

use super::error::{JsonError, Problem};
use super::parser::{Kind, Parser};
use crate::input::error::{InputError, LocatedError};
use crate::input::format::InputFormat;
use crate::input::format::sniff;
use crate::input::record::Fields;
use crate::input::source::limit::{Limited, RecordLimit, RecordTooLong};
use crate::input::source::{self, Opened};
use crate::types::encoded_json::EncodedJson;

type Entry = (String, EncodedJson);

/// Reads the entries of a JSON file: an object, or an array of `[key, value]` and `{"key": …, "value": …}`, even mixed.
/// `max_record` limits their length, in bytes.
///
/// The entries of an object are sorted by key, and the last of several with equal keys counts. Those of an array are unchanged.
///
/// # Errors
///
/// Fails if the file cannot be read, is not JSON, has another shape, or contains a value that cannot be kept exactly. The error
/// names line and column, and the index of an entry with a wrong shape.
pub fn read_entries(path: &Path, max_record: Option<u64>) -> Result<Vec<(String, EncodedJson)>, InputError> {
    parse(path, max_record).map_err(|error| LocatedError::from(error).in_input(&path.display()))
}

fn parse(path: &Path, max_record: Option<u64>) -> anyhow::Result<Vec<Entry>> {
    let Opened { text, beginning, .. } = source::open_plain(path)?;
    let limit = RecordLimit::new(max_record.unwrap_or(u64::MAX));
    let mut json = Parser::new(Limited::new(text, &limit));
    read(&mut json, &limit)
        .and_then(|entries| json.end().map(|()| entries))
        .map_err(|error| explain(error, &beginning))
        .context("cannot read the entries")
}

/// The message, with what the file looks like if it is not JSON.
fn explain(error: JsonError, beginning: &[u8]) -> anyhow::Error {
    let message = error.to_string();
    match error.into_parts() {
        (_, Problem::Unreadable(error)) => match error.downcast::<RecordTooLong>() {
            Ok(error) => anyhow::anyhow!("line {}: {error}", error.line),
            Err(error) => error.into(),
        },
        _ => match sniff::looks_like(beginning, InputFormat::Json, &Fields::default()) {
            Some(name) => anyhow::anyhow!("{message}; it looks like {name}, which build reads"),
            None => anyhow::Error::msg(message),
        },
    }
}

/// Reads the whole file.
fn read<R: BufRead>(json: &mut Parser<R>, limit: &RecordLimit) -> Result<Vec<Entry>, JsonError> {
    match json.kind()? {
        Kind::Object => read_object(json, limit),
        Kind::Array => read_array(json, limit),
        _ => Err(json.invalid_type(&r#"an object, or an array of [key, value] or {"key": …, "value": …}"#)),
    }
}

fn read_object<R: BufRead>(json: &mut Parser<R>, limit: &RecordLimit) -> Result<Vec<Entry>, JsonError> {
    // The order of this map is the order in the file, which must match massmap 0.1.5.
    let mut map = BTreeMap::new();
    let mut first = true;
    let mut key = Vec::new();
    json.enter()?;
    while json.next_key(first, &mut key)? {
        first = false;
        let key = String::from_utf8(std::mem::take(&mut key)).expect("keys are checked to be UTF-8");
        map.insert(key, value(json)?);
        limit.begin();
    }
    Ok(map.into_iter().collect())
}

fn read_array<R: BufRead>(json: &mut Parser<R>, limit: &RecordLimit) -> Result<Vec<Entry>, JsonError> {
    let mut entries = Vec::new();
    json.enter()?;
    while json.next_element(entries.is_empty())? {
        let element = Element { index: entries.len() };
        entries.push(element.read(json)?);
        limit.begin();
    }
    Ok(entries)
}

fn value<R: BufRead>(json: &mut Parser<R>) -> Result<EncodedJson, JsonError> {
    let value = json.value()?;
    value.encode().map_err(|problem| json.error(problem))
}

/// An element of an array.
#[derive(Clone, Copy)]
struct Element {
    index: usize,
}

impl Element {
    fn read<R: BufRead>(self, json: &mut Parser<R>) -> Result<Entry, JsonError> {
        match json.kind()? {
            Kind::Array => self.read_pair(json),
            Kind::Object => self.read_object(json),
            _ => Err(json.invalid_type(&self.expected())),
        }
    }

    fn read_pair<R: BufRead>(self, json: &mut Parser<R>) -> Result<Entry, JsonError> {
        let (mut key, mut found) = (None, None);
        let mut length = 0;
        json.enter()?;
        while json.next_element(length == 0)? {
            match length {
                0 => key = Some(self.key(json)?),
                1 => found = Some(value(json)?),
                _ => json.skip()?,
            }
            length += 1;
        }
        match (key, found) {
            (Some(key), Some(value)) if length == 2 => Ok((key, value)),
            _ => {
                let expected = self.expected();
                Err(json.error(Problem::InvalidLength { length, expected }))
            }
        }
    }

    fn read_object<R: BufRead>(self, json: &mut Parser<R>) -> Result<Entry, JsonError> {
        let (mut key, mut found) = (None, None);
        json.each_member(|json, name| {
            match name {
                "key" => key = Some(self.key(json)?),
                "value" => found = Some(value(json)?),
                _ => json.skip()?,
            }
            Ok(())
        })?;
        let Self { index } = self;
        let missing = |field| json.error(Problem::EntryWithoutField { index, field });
        Ok((
            key.ok_or_else(|| missing("key"))?,
            found.ok_or_else(|| missing("value"))?,
        ))
    }

    fn key<R: BufRead>(self, json: &mut Parser<R>) -> Result<String, JsonError> {
        match json.kind()? {
            Kind::Text => json.text(),
            _ => Err(json.invalid_type(&format_args!("a string as the key of entry {}", self.index))),
        }
    }

    fn expected(self) -> String {
        let Self { index } = self;
        format!(r#"[key, value] or {{"key": …, "value": …}} as entry {index}"#)
    }
}
