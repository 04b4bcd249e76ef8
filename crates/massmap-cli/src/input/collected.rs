//! What `convert` reads: a JSON file as massmap 0.1.5's tool takes it, as a whole.
//!
//! Apart from [`json`](super::json), whose records are those of a stream: there an object's entries come as they stand, keys
//! may be numbers, and errors name a place rather than an index.

use std::fmt;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::Context;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

type Entry = (String, Value);

/// Reads the entries of a JSON file: an object, or an array of `[key, value]` and `{"key": …, "value": …}`, even mixed.
///
/// Those of an object come sorted by key, and of those with equal keys the last; those of an array as they are.
///
/// # Errors
///
/// Fails if the file cannot be read, is no JSON, or has another shape; the error names line and column, and, where the
/// shape is wrong, the index of the entry.
pub(crate) fn read_entries(path: &Path) -> anyhow::Result<Vec<Entry>> {
    parse(path).with_context(|| path.display().to_string())
}

fn parse(path: &Path) -> anyhow::Result<Vec<Entry>> {
    let file = File::open(path).context("cannot open the file")?;
    let mut json = serde_json::Deserializer::from_reader(BufReader::new(file));
    json.deserialize_any(Entries)
        .and_then(|entries| json.end().map(|()| entries))
        .context("cannot read the entries")
}

/// The whole file.
struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = Vec<Entry>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(r#"an object, or an array of [key, value] or {"key": …, "value": …}"#)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Vec<Entry>, A::Error> {
        // The order of this map is the order in the file, which must stay what massmap 0.1.5 gives.
        let mut map = Map::new();
        while let Some((key, value)) = access.next_entry()? {
            map.insert(key, value);
        }
        Ok(map.into_iter().collect())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Vec<Entry>, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_element_seed(Element { index: entries.len() })? {
            entries.push(entry);
        }
        Ok(entries)
    }
}

/// The element of an array.
#[derive(Clone, Copy)]
struct Element {
    index: usize,
}

impl<'de> DeserializeSeed<'de> for Element {
    type Value = Entry;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Entry, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Element {
    type Value = Entry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let index = self.index;
        write!(f, r#"[key, value] or {{"key": …, "value": …}} as entry {index}"#)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Entry, A::Error> {
        let key = access
            .next_element_seed(Key(self))?
            .ok_or_else(|| Error::invalid_length(0, &self))?;
        let value = access
            .next_element()?
            .ok_or_else(|| Error::invalid_length(1, &self))?;
        let mut length = 2;
        while access.next_element::<IgnoredAny>()?.is_some() {
            length += 1;
        }
        match length {
            2 => Ok((key, value)),
            _ => Err(Error::invalid_length(length, &self)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Entry, A::Error> {
        let (mut key, mut value) = (None, None);
        while let Some(field) = access.next_key::<String>()? {
            match field.as_str() {
                "key" => key = Some(access.next_value_seed(Key(self))?),
                "value" => value = Some(access.next_value()?),
                _ => _ = access.next_value::<IgnoredAny>()?,
            }
        }
        let missing = |field| Error::custom(format_args!("entry {} has no field {field:?}", self.index));
        Ok((
            key.ok_or_else(|| missing("key"))?,
            value.ok_or_else(|| missing("value"))?,
        ))
    }
}

/// The key of an element.
struct Key(Element);

impl<'de> DeserializeSeed<'de> for Key {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Key {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a string as the key of entry {}", self.0.index)
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<String, E> {
        Ok(key.to_owned())
    }

    fn visit_string<E: Error>(self, key: String) -> Result<String, E> {
        Ok(key)
    }
}
