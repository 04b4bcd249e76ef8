//! Guesses the format of an input that could not be read, to suggest options.

use serde_json::Value;
use serde_json::error::Category;

use super::InputFormat;
use crate::input::record::Fields;
use crate::input::source::BEGINNING;

/// Says what a text with this beginning looks like, and which options read it. `None` if it looks like `format`, or like
/// nothing known. If it was read as a table, `delimiter` is the one that was used.
pub(in crate::input) fn hint(
    beginning: &[u8],
    format: InputFormat,
    delimiter: Option<u8>,
    fields: &Fields,
) -> Option<String> {
    let guess = Guess::of(beginning, fields).filter(|guess| !guess.is(format))?;
    // One value on one line is NDJSON with an error, not JSON.
    if (guess, format) == (Guess::Json, InputFormat::Ndjson) && is_one_line(beginning) {
        return None;
    }
    let name = guess.name();
    let is_table = delimiter.is_some();
    if let (Guess::Table(_), Some(delimiter)) = (guess, delimiter) {
        // It has several columns with this delimiter.
        if first_line(beginning.trim_ascii_start()).0.contains(&delimiter) {
            return None;
        }
    }
    Some(match guess {
        Guess::Markup => format!("it looks like {name}"),
        Guess::Json => format!("it looks like {name}: give --input-format json"),
        Guess::Ndjson => format!("it looks like {name}: give --input-format ndjson"),
        Guess::JsonOrNdjson => format!("it looks like {name}: give --input-format json or ndjson"),
        Guess::Table(b',') => format!("it looks like {name}: give --input-format csv"),
        Guess::Table(b'\t') => format!("it looks like {name}: give --input-format tsv"),
        Guess::Table(other) if is_table => {
            format!("it looks like {name}: give --delimiter '{}'", char::from(other))
        }
        Guess::Table(other) => format!(
            "it looks like {name}: give --input-format csv --delimiter '{}'",
            char::from(other)
        ),
    })
}

/// The name of the format that a text with this beginning looks like, if that is not `format`.
pub(in crate::input) fn looks_like(
    beginning: &[u8],
    format: InputFormat,
    fields: &Fields,
) -> Option<&'static str> {
    let guess = Guess::of(beginning, fields).filter(|guess| !guess.is(format))?;
    Some(guess.name())
}

/// A guessed format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Guess {
    Json,
    Ndjson,
    JsonOrNdjson,
    /// With this delimiter.
    Table(u8),
    Markup,
}

impl Guess {
    fn of(beginning: &[u8], fields: &Fields) -> Option<Self> {
        let text = beginning.trim_ascii_start();
        match text.first()? {
            b'{' | b'[' => json_like(text, beginning.len() >= BEGINNING, fields),
            b'<' if is_markup(text) => Some(Self::Markup),
            _ => {
                let (line, _) = first_line(text);
                let count = |byte: &u8| line.iter().filter(|other| *other == byte).count();
                // The most frequent one.
                let delimiter = [b'|', b';', b'\t', b','].into_iter().max_by_key(count)?;
                (count(&delimiter) > 0).then_some(Self::Table(delimiter))
            }
        }
    }

    fn is(self, format: InputFormat) -> bool {
        match format {
            InputFormat::Json => matches!(self, Self::Json | Self::JsonOrNdjson),
            InputFormat::Ndjson => matches!(self, Self::Ndjson | Self::JsonOrNdjson),
            InputFormat::Csv => self == Self::Table(b','),
            InputFormat::Tsv => self == Self::Table(b'\t'),
            InputFormat::Parquet | InputFormat::Arrow => false,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Ndjson => "NDJSON",
            Self::JsonOrNdjson => "JSON or NDJSON",
            Self::Table(b'\t') => "TSV",
            Self::Table(b';') => "CSV with semicolons",
            Self::Table(b'|') => "CSV with vertical bars",
            Self::Table(_) => "CSV",
            Self::Markup => "HTML or XML",
        }
    }
}

/// Whether a text that begins with an angle bracket continues like a declaration or a tag.
fn is_markup(text: &[u8]) -> bool {
    match text.get(1) {
        Some(b'!' | b'?') => true,
        Some(letter) if letter.is_ascii_alphabetic() => {
            let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte);
            let behind = text.iter().skip(1).find(|byte| !is_of_name(byte));
            behind.is_some_and(|byte| byte.is_ascii_whitespace() || b"/>".contains(byte))
        }
        _ => false,
    }
}

/// Whether a text that begins like an object or array looks like JSON or NDJSON.
fn json_like(text: &[u8], is_cut: bool, fields: &Fields) -> Option<Guess> {
    let (line, rest) = first_line(text);
    let rest = rest.trim_ascii_start();
    match serde_json::from_slice::<Value>(line) {
        Ok(value) if rest.is_empty() && is_record(&value, fields) => Some(Guess::Ndjson),
        // One value per line.
        Ok(_) if !rest.is_empty() => matches!(rest.first(), Some(b'{' | b'[')).then_some(Guess::Ndjson),
        Ok(value) => Some(match is_document(&value, fields) {
            true => Guess::Json,
            false => Guess::JsonOrNdjson,
        }),
        Err(_) => match serde_json::from_slice::<Value>(text) {
            Ok(_) => Some(Guess::Json),
            // The beginning of a long document or of a long line.
            Err(error) if error.classify() == Category::Eof && is_cut => Some(match is_one_line(text) {
                true => Guess::JsonOrNdjson,
                false => Guess::Json,
            }),
            Err(_) => None,
        },
    }
}

/// Whether it can only be a document: an object without the key field of a record, or an array of records.
fn is_document(value: &Value, fields: &Fields) -> bool {
    match value {
        Value::Object(object) => !fields.key_names().iter().all(|name| object.contains_key(name)),
        Value::Array(array) => array
            .iter()
            .all(|element| element.is_object() || element.is_array()),
        _ => false,
    }
}

/// Whether it can be the record of a line.
fn is_record(value: &Value, fields: &Fields) -> bool {
    match value {
        Value::Object(object) => match (&fields.key, &fields.value) {
            (None, None) => object.contains_key("key") && object.contains_key("value"),
            _ => {
                let value = fields.value.is_some().then(|| fields.value_names()).flatten();
                let mut names = fields.key_names().into_iter().chain(value.into_iter().flatten());
                names.all(|name| object.contains_key(&name))
            }
        },
        Value::Array(array) => {
            !fields.are_named() && matches!(array.as_slice(), [Value::String(_) | Value::Number(_), _])
        }
        _ => false,
    }
}

/// Whether it has only one line.
fn is_one_line(text: &[u8]) -> bool {
    first_line(text.trim_ascii_start()).1.trim_ascii().is_empty()
}

/// The first line, and the rest.
fn first_line(text: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr::memchr(b'\n', text).unwrap_or(text.len());
    let (line, rest) = text.split_at(end);
    (line.trim_ascii_end(), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_format_is_named_with_the_options_that_read_it() {
        use InputFormat::{Csv, Json, Ndjson, Tsv};

        let long_line = format!("{{\"key\": \"{}", "x".repeat(BEGINNING));
        let long = format!("{{\"a\": [\n{}", "1,\n".repeat(BEGINNING / 3));
        for (text, format, options) in [
            ("id,name\n1,a\n", Json, Some("--input-format csv")),
            ("\"id\",\"name\"\n", Json, Some("--input-format csv")),
            ("1,2,3\n", Ndjson, Some("--input-format csv")),
            ("id\tname, first\tx\ty\n", Json, Some("--input-format tsv")),
            ("id;name\n", Json, Some("--input-format csv --delimiter ';'")),
            ("id;name\n", Csv, Some("--delimiter ';'")),
            ("id|name\n", Tsv, Some("--delimiter '|'")),
            ("id|name\n", Json, Some("--input-format csv --delimiter '|'")),
            ("id\tname\n", Csv, Some("--input-format tsv")),
            ("id,name\n", Tsv, Some("--input-format csv")),
            ("id,name\n", Csv, None),
            ("id,\"a;b;c\"\n", Csv, None),
            ("nonsense", Json, None),
            ("", Json, None),
            ("<!DOCTYPE html>\n", Csv, Some("HTML or XML")),
            ("<?xml version=\"1.0\"?>\n", Csv, Some("HTML or XML")),
            ("<html lang=\"en\">\n", Json, Some("HTML or XML")),
            ("<a,b>\n1,2\n", Csv, None),
            ("<a,b>\n1,2\n", Json, Some("--input-format csv")),
            ("<a>,<b>\n1,2\n", Json, Some("HTML or XML")),
            (
                "{\"key\": 1, \"value\": 2}\n{\"key\"",
                Json,
                Some("--input-format ndjson"),
            ),
            ("{\"key\": 1, \"value\": 2}", Csv, Some("--input-format ndjson")),
            ("[\"a\", 1]\n", Json, Some("--input-format ndjson")),
            ("[\"a\", 1]\n[\"b\", 2]\n", Csv, Some("--input-format ndjson")),
            (
                "{\"id\": 1}\r\n\r\n{\"id\": 2}\r\n",
                Json,
                Some("--input-format ndjson"),
            ),
            ("{\"a\": 1, \"b\": 2}", Csv, Some("--input-format json")),
            ("{\"a\": 1, \"b\": 2}", Ndjson, None),
            ("\n{\"key\": \"a\", \"val\": 1}\n\n", Ndjson, None),
            (
                "{\"key\": \"a\", \"val\": 1}\n",
                Csv,
                Some("--input-format json or ndjson"),
            ),
            ("[\"a\", \"b\", \"c\"]\n", Ndjson, None),
            ("[\"a\", \"b\", \"c\"]\n", Json, None),
            (&long_line, Ndjson, None),
            (&long_line, Json, None),
            (&long_line, Tsv, Some("--input-format json or ndjson")),
            ("{\n  \"a\": 1\n}\n", Ndjson, Some("--input-format json")),
            ("[\n[\"a\", 1]\n]\n", Tsv, Some("--input-format json")),
            (&long, Ndjson, Some("--input-format json")),
            (&long, Json, None),
            ("{\"a\": 1, \"b\": 2}", Json, None),
            ("[\"a\", 1\n[\"b\", 1]", Ndjson, None),
            ("[a],[b]\n", Csv, None),
            ("{a},{b}\n1,2\n", Csv, None),
        ] {
            let beginning = text.as_bytes().get(..BEGINNING).unwrap_or(text.as_bytes());
            let delimiter = match format {
                Csv => Some(b','),
                Tsv => Some(b'\t'),
                _ => None,
            };
            let hint = hint(beginning, format, delimiter, &Fields::default());
            match options {
                Some(options) => {
                    let hint = hint.unwrap_or_else(|| panic!("{text:?} {format:?}"));
                    assert!(hint.ends_with(options), "{text:?} {format:?} {hint}");
                }
                None => assert_eq!(hint, None, "{text:?} {format:?}"),
            }
        }
        let fields = Fields {
            key: Some("id".to_owned()),
            value: None,
        };
        let hint = hint(b"{\"id\": 1, \"n\": 2}\n", Json, None, &fields).unwrap();
        assert!(hint.ends_with("--input-format ndjson"), "{hint}");
    }
}
