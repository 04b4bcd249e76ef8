//! JSON values as records.

use std::io::BufRead;

use super::error::{JsonError, Problem};
use super::parser::{Kind, Parser};
use super::value::{JsonValue, Members};
use crate::excerpt;
use crate::input::record::{Field, Fields, Record};
use crate::types::encoded_json::EncodedJson;

/// Reads a record: `[key, value]`, or an object with the selected fields.
pub(super) fn read<R: BufRead>(fields: &Fields, json: &mut Parser<R>) -> Result<Record<'static>, JsonError> {
    match json.kind()? {
        Kind::Array if !fields.are_named() => read_pair(fields, json),
        Kind::Object => read_object(fields, json),
        _ => Err(json.invalid_type(&expected(fields))),
    }
}

fn read_pair<R: BufRead>(fields: &Fields, json: &mut Parser<R>) -> Result<Record<'static>, JsonError> {
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
            let expected = expected(fields);
            Err(json.error(Problem::InvalidLength { length, expected }))
        }
    }
}

fn read_object<R: BufRead>(fields: &Fields, json: &mut Parser<R>) -> Result<Record<'static>, JsonError> {
    let [mut key, mut value] = [None, None];
    // The value, if it is an object of all other fields.
    let mut others = Vec::new();
    let mut members = Members::new(&mut others);
    let mut name = Vec::new();
    let mut first = true;
    json.enter()?;
    while json.next_key(first, &mut name)? {
        first = false;
        let field = str::from_utf8(&name).expect("keys are checked to be UTF-8");
        if field == fields.key_name() {
            reject_duplicate(&key, field, json)?;
            key = Some(read_key(json)?);
        } else if let Some(wanted) = fields.value_name() {
            if field == wanted {
                reject_duplicate(&value, field, json)?;
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
        json.error(Problem::MissingField {
            field: excerpt::quoted(field),
        })
    };
    let key = key.ok_or_else(|| missing(fields.key_name()))?;
    let value = match fields.value_name() {
        Some(name) => value.ok_or_else(|| missing(name))?,
        None => {
            members.close(&mut others).map_err(|problem| {
                json.error(match problem {
                    Problem::DuplicateMember { key } => Problem::DuplicateField { field: key },
                    other => other,
                })
            })?;
            JsonValue::Compound(EncodedJson::new(others.into()))
        }
    };
    Ok(record(key, value))
}

/// A description of valid records.
fn expected(fields: &Fields) -> String {
    let key = fields.key_name();
    match (fields.are_named(), fields.value_name()) {
        (false, _) => r#"[key, value] or {"key": …, "value": …}"#.to_owned(),
        (true, Some(value)) => format!("an object with the fields {key:?} and {value:?}"),
        (true, None) => format!("an object with the field {key:?}"),
    }
}

/// Fails if `field` was read before: which one counts would be a guess.
fn reject_duplicate<R: BufRead>(
    previous: &Option<JsonValue>,
    field: &str,
    json: &Parser<R>,
) -> Result<(), JsonError> {
    match previous {
        Some(_) => Err(json.error(Problem::DuplicateField {
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

/// Reads a key. Its type is checked later.
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
        match super::read(&fields, &mut Parser::new(json.as_bytes())) {
            Ok(Record {
                key: Field::Json(key),
                value: Field::Json(value),
            }) => Ok((key, value)),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error.into_parts().1.to_string()),
        }
    }

    #[test]
    fn without_selected_fields_pairs_and_objects_are_records() {
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
    fn selected_fields_are_key_and_value() {
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
    fn invalid_records_are_errors() {
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
