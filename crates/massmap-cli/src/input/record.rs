//! Records: entries whose key and value have yet to get their types. And how JSON is one.

use std::fmt;
use std::io::BufRead;

use crate::input::error::Refusal;
use crate::input::json::error::{JsonError, Problem};
use crate::input::json::parser::{Kind, Parser};
use crate::input::json::value::{JsonValue, Members};
use crate::output::excerpt;
use crate::types::encoded_json::Encoded;

/// An entry.
#[derive(Debug)]
pub(super) struct Record<'a> {
    pub(super) key: Field<'a>,
    pub(super) value: Field<'a>,
}

/// A key or value.
#[derive(Debug)]
pub(super) enum Field<'a> {
    /// A cell of a table, which has no type of its own.
    Text(&'a str),
    Json(JsonValue),
}

/// Takes records as they come.
pub(super) type Sink<'a> = dyn FnMut(Record<'_>) -> Result<(), Refusal> + 'a;

/// Which fields of a JSON object, or which columns of a table, are key and value, as far as the user said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fields {
    pub(super) key: Option<String>,
    pub(super) value: Option<String>,
}

impl Fields {
    /// Whether records have to be objects.
    pub(super) fn are_named(&self) -> bool {
        self.key.is_some() || self.value.is_some()
    }

    fn key(&self) -> &str {
        self.key.as_deref().unwrap_or("key")
    }

    /// `None` for all fields but the key.
    fn value(&self) -> Option<&str> {
        match (&self.key, &self.value) {
            (_, Some(value)) => Some(value),
            (None, None) => Some("value"),
            (Some(_), None) => None,
        }
    }

    /// Reads a JSON record: `[key, value]`, or an object that has the fields.
    pub(super) fn read<R: BufRead>(&self, json: &mut Parser<R>) -> Result<Record<'static>, JsonError> {
        match json.kind()? {
            Kind::Array if !self.are_named() => self.read_pair(json),
            Kind::Object => self.read_object(json),
            _ => Err(json.invalid_type(&self.expected())),
        }
    }

    fn read_pair<R: BufRead>(&self, json: &mut Parser<R>) -> Result<Record<'static>, JsonError> {
        let [mut key, mut value] = [None, None];
        let mut length = 0;
        json.enter()?;
        while json.next_element(length == 0)? {
            match length {
                0 => key = Some(read_key(json)?),
                1 => value = Some(json.value()?),
                _ => json.skip()?,
            }
            length += 1;
        }
        match (key, value) {
            (Some(key), Some(value)) if length == 2 => Ok(record(key, value)),
            _ => {
                let expected = self.expected().to_string();
                Err(json.error(Problem::InvalidLength { length, expected }))
            }
        }
    }

    fn read_object<R: BufRead>(&self, json: &mut Parser<R>) -> Result<Record<'static>, JsonError> {
        let [mut key, mut value] = [None, None];
        // The value, if that is all fields but the key.
        let mut others = Vec::new();
        let mut members = Members::new(&mut others);
        let mut name = Vec::new();
        let mut first = true;
        json.enter()?;
        while json.next_key(first, &mut name)? {
            first = false;
            let field = str::from_utf8(&name).expect("checked where it was read");
            if field == self.key() {
                refuse_second(&key, field, json)?;
                key = Some(read_key(json)?);
            } else if let Some(wanted) = self.value() {
                if field == wanted {
                    refuse_second(&value, field, json)?;
                    value = Some(json.value()?);
                } else {
                    json.skip()?;
                }
            } else {
                members
                    .add_key(field, &mut others)
                    .map_err(|problem| json.error(problem))?;
                json.transcode(&mut others)?;
            }
            name.clear();
        }
        let missing = |field: &str| {
            json.error(Problem::NoField {
                field: excerpt::quoted(field),
            })
        };
        let key = key.ok_or_else(|| missing(self.key()))?;
        let value = match self.value() {
            Some(name) => value.ok_or_else(|| missing(name))?,
            None => {
                members.close(&mut others).map_err(|problem| {
                    json.error(match problem {
                        Problem::RepeatedKey { key } => Problem::RepeatedField { field: key },
                        other => other,
                    })
                })?;
                JsonValue::Compound(Encoded::new(others.into()))
            }
        };
        Ok(record(key, value))
    }

    /// What a record is, in words.
    fn expected(&self) -> impl fmt::Display {
        let key = self.key();
        match (self.are_named(), self.value()) {
            (false, _) => r#"[key, value] or {"key": …, "value": …}"#.to_owned(),
            (true, Some(value)) => format!("an object with the fields {key:?} and {value:?}"),
            (true, None) => format!("an object with the field {key:?}"),
        }
    }
}

/// Fails if there is a `field` already: which one counts would be a guess.
fn refuse_second<R: BufRead>(
    there: &Option<JsonValue>,
    field: &str,
    json: &Parser<R>,
) -> Result<(), JsonError> {
    match there {
        Some(_) => Err(json.error(Problem::RepeatedField {
            field: excerpt::quoted(field),
        })),
        None => Ok(()),
    }
}

fn record(key: JsonValue, value: JsonValue) -> Record<'static> {
    Record {
        key: Field::Json(key),
        value: Field::Json(value),
    }
}

/// Reads a key: whether its type fits is for later.
fn read_key<R: BufRead>(json: &mut Parser<R>) -> Result<JsonValue, JsonError> {
    match json.kind()? {
        Kind::Number | Kind::Text => json.value(),
        _ => Err(json.invalid_type(&"a string or an integer as the key")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: &str) -> JsonValue {
        Parser::new(json.as_bytes()).value().unwrap()
    }

    fn read(key: Option<&str>, value: Option<&str>, json: &str) -> Result<(JsonValue, JsonValue), String> {
        let fields = Fields {
            key: key.map(str::to_owned),
            value: value.map(str::to_owned),
        };
        match fields.read(&mut Parser::new(json.as_bytes())) {
            Ok(Record {
                key: Field::Json(key),
                value: Field::Json(value),
            }) => Ok((key, value)),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error.into_parts().1.to_string()),
        }
    }

    #[test]
    fn without_names_pairs_and_objects_with_key_and_value_are_records() {
        for json in [
            r#"["a", [1]]"#,
            r#"{"key": "a", "value": [1]}"#,
            r#"{"more": {"key": 2}, "value": [1], "key": "a"}"#,
        ] {
            assert_eq!(read(None, None, json), Ok((value(r#""a""#), value("[1]"))));
        }
        assert_eq!(read(None, None, "[-3, null]"), Ok((value("-3"), JsonValue::Null)));
    }

    #[test]
    fn names_pick_fields() {
        let json = r#"{"id": 7, "key": "k", "value": "v", "x": [1]}"#;
        assert_eq!(read(Some("id"), Some("x"), json), Ok((value("7"), value("[1]"))));
        assert_eq!(read(None, Some("x"), json), Ok((value(r#""k""#), value("[1]"))));
        assert_eq!(
            read(Some("id"), None, json),
            Ok((value("7"), value(r#"{"key": "k", "value": "v", "x": [1]}"#)))
        );
        assert_eq!(
            read(Some("id"), None, r#"{"id": 7}"#),
            Ok((value("7"), value("{}")))
        );
    }

    #[test]
    fn what_is_no_record_is_an_error() {
        let shape = r#"[key, value] or {"key": …, "value": …}"#;
        for (key, value, json, message) in [
            (
                None,
                None,
                "7",
                format!("invalid type: integer `7`, expected {shape}"),
            ),
            (None, None, "[]", format!("invalid length 0, expected {shape}")),
            (
                None,
                None,
                r#"["a"]"#,
                format!("invalid length 1, expected {shape}"),
            ),
            (
                None,
                None,
                r#"["a", 1, 2, 3]"#,
                format!("invalid length 4, expected {shape}"),
            ),
            (
                None,
                None,
                "[null, 1]",
                "invalid type: null, expected a string or an integer as the key".to_owned(),
            ),
            (
                None,
                None,
                r#"{"value": 1}"#,
                r#"there is no field "key""#.to_owned(),
            ),
            (
                None,
                None,
                r#"{"key": 1}"#,
                r#"there is no field "value""#.to_owned(),
            ),
            (
                None,
                None,
                r#"{"key": 1, "value": 1, "key": 1}"#,
                r#"there are two fields "key""#.to_owned(),
            ),
            (
                None,
                None,
                r#"{"key": 1, "value": 1, "value": 1}"#,
                r#"there are two fields "value""#.to_owned(),
            ),
            (
                Some("id"),
                None,
                r#"{"a": 1}"#,
                r#"there is no field "id""#.to_owned(),
            ),
            (
                Some("id"),
                None,
                r#"{"a": 1, "a": 1, "id": 1}"#,
                r#"there are two fields "a""#.to_owned(),
            ),
            (
                Some("id"),
                None,
                r#"["a", 1]"#,
                r#"invalid type: sequence, expected an object with the field "id""#.to_owned(),
            ),
            (
                None,
                Some("x"),
                "true",
                r#"invalid type: boolean `true`, expected an object with the fields "key" and "x""#
                    .to_owned(),
            ),
        ] {
            assert_eq!(read(key, value, json), Err(message), "{json}");
        }
    }
}
