//! What `convert` reads: a JSON file as massmap 0.1.5's tool takes it, as a whole.
//!
//! Apart from [`json`](super::json), whose records are those of a stream: there an object's entries come as they stand, keys
//! may be numbers, and errors name a place rather than an index.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::Context;

use super::parser::{JsonError, Kind, Parser, Problem};
use crate::encoded::Encoded;

type Entry = (String, Encoded);

/// Reads the entries of a JSON file: an object, or an array of `[key, value]` and `{"key": …, "value": …}`, even mixed.
///
/// Those of an object come sorted by key, and of those with equal keys the last; those of an array as they are.
///
/// # Errors
///
/// Fails if the file cannot be read, is no JSON, has another shape, or holds a value that cannot be kept exactly; the error
/// names line and column, and, where the shape is wrong, the index of the entry.
pub(crate) fn read_entries(path: &Path) -> anyhow::Result<Vec<Entry>> {
    parse(path).with_context(|| path.display().to_string())
}

fn parse(path: &Path) -> anyhow::Result<Vec<Entry>> {
    let file = File::open(path).context("cannot open the file")?;
    let mut json = Parser::new(BufReader::new(file));
    read(&mut json)
        .and_then(|entries| json.end().map(|()| entries))
        .context("cannot read the entries")
}

/// Reads the whole file.
fn read<R: BufRead>(json: &mut Parser<R>) -> Result<Vec<Entry>, JsonError> {
    match json.kind()? {
        Kind::Object => read_object(json),
        Kind::Array => read_array(json),
        _ => Err(json.invalid_type(&r#"an object, or an array of [key, value] or {"key": …, "value": …}"#)),
    }
}

fn read_object<R: BufRead>(json: &mut Parser<R>) -> Result<Vec<Entry>, JsonError> {
    // The order of this map is the order in the file, which must stay what massmap 0.1.5 gives.
    let mut map = BTreeMap::new();
    let mut first = true;
    let mut key = Vec::new();
    json.enter()?;
    while json.next_key(first, &mut key)? {
        first = false;
        let key = String::from_utf8(std::mem::take(&mut key)).expect("checked where it was read");
        map.insert(key, value(json)?);
    }
    Ok(map.into_iter().collect())
}

fn read_array<R: BufRead>(json: &mut Parser<R>) -> Result<Vec<Entry>, JsonError> {
    let mut entries = Vec::new();
    json.enter()?;
    while json.next_element(entries.is_empty())? {
        let element = Element { index: entries.len() };
        entries.push(element.read(json)?);
    }
    Ok(entries)
}

fn value<R: BufRead>(json: &mut Parser<R>) -> Result<Encoded, JsonError> {
    let value = json.value()?;
    value.encode().map_err(|problem| json.error(problem))
}

/// The element of an array.
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
        let mut first = true;
        let mut name = Vec::new();
        json.enter()?;
        while json.next_key(first, &mut name)? {
            first = false;
            match name.as_slice() {
                b"key" => key = Some(self.key(json)?),
                b"value" => found = Some(value(json)?),
                _ => json.skip()?,
            }
            name.clear();
        }
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
