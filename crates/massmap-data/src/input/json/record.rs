//! JSON values as records.

mod columns;
mod fields;

use std::io::BufRead;

use massmap::dynamic::StaticSchema;

use super::error::{JsonError, Problem};
use super::parser::{Kind, Parser};
use super::typed::{DEEPEST, ObjectReader, read_name};
use super::value::{JsonValue, Members};
use crate::excerpt;
use crate::input::record::{Field, Fields, Reading, Record};
use crate::schemas::EntryPart;
use crate::types::encoded_json::EncodedJson;
use fields::{close, of_fields};

/// Reads a record: `[key, value]`, or an object with the selected fields.
pub(super) fn read<R: BufRead>(
    reading: Reading<'_>,
    json: &mut Parser<R>,
) -> Result<Record<'static>, JsonError> {
    if reading.schemas.is_some() {
        json.set_deepest(DEEPEST);
    }
    if let Some((schemas, columns)) = reading
        .schemas
        .and_then(|schemas| Some((schemas, schemas.columns()?)))
    {
        return columns::read(schemas, columns, json);
    }
    match json.kind()? {
        Kind::Array if !reading.fields.are_named() => read_pair(reading, json),
        Kind::Object => read_object(reading, json),
        _ => Err(json.invalid_type(&expected(reading.fields))),
    }
}

/// Reads the record of a member of a document, behind its name, which is the key.
pub(super) fn of_member<R: BufRead>(
    reading: Reading<'_>,
    name: String,
    json: &mut Parser<R>,
) -> Result<Record<'static>, JsonError> {
    let key = match reading.schemas {
        None => Field::Json(JsonValue::Text(name)),
        Some(schemas) => {
            json.set_deepest(DEEPEST);
            let mut encoded = Vec::new();
            read_name(schemas.key().schema().as_schema(), &name, &mut encoded)
                .map_err(|problem| json.error(problem).of_part(schemas.differs(EntryPart::Key)))?;
            Field::Encoded(encoded)
        }
    };
    Ok(Record {
        key,
        value: read_value(reading, json)?,
    })
}

fn read_pair<R: BufRead>(reading: Reading<'_>, json: &mut Parser<R>) -> Result<Record<'static>, JsonError> {
    let [mut key, mut value] = [None, None];
    let mut length = 0;
    json.enter()?;
    while json.next_element(length == 0)? {
        match length {
            0 => key = Some(read_key(reading, json)?),
            1 => value = Some(read_value(reading, json)?),
            _ => json.skip()?,
        }
        length += 1;
    }
    match (key, value) {
        (Some(key), Some(value)) if length == 2 => Ok(Record { key, value }),
        _ => {
            let expected = expected(reading.fields);
            Err(json.error(Problem::InvalidLength { length, expected }))
        }
    }
}

fn read_object<R: BufRead>(reading: Reading<'_>, json: &mut Parser<R>) -> Result<Record<'static>, JsonError> {
    let fields = reading.fields;
    let [mut key, mut value] = [None, None];
    // The value, if it is an object of all other fields.
    let mut encoded = Vec::new();
    let mut others = Others::begin(reading, &mut encoded);
    json.each_member(|json, field| {
        if field == fields.key_name() {
            reject_duplicate(&key, field, json)?;
            key = Some(read_key(reading, json)?);
        } else if let Some(wanted) = fields.value_name() {
            if field == wanted {
                reject_duplicate(&value, field, json)?;
                value = Some(read_value(reading, json)?);
            } else {
                json.skip()?;
            }
        } else {
            others.member(json, field, &mut encoded)?;
        }
        Ok(())
    })?;
    let missing = |field: &str| {
        json.error(Problem::MissingField {
            field: excerpt::quoted(field),
        })
    };
    let key = key.ok_or_else(|| missing(fields.key_name()))?;
    let value = match fields.value_name() {
        Some(name) => value.ok_or_else(|| missing(name))?,
        None => others.end(json, encoded)?,
    };
    Ok(Record { key, value })
}

/// An object of fields other than the key.
enum Others<'s> {
    Json(Members),
    Typed(ObjectReader<'s>, &'static str),
}

impl<'s> Others<'s> {
    fn begin(reading: Reading<'s>, out: &mut Vec<u8>) -> Self {
        match reading.schemas {
            None => Self::Json(Members::new(out)),
            Some(schemas) => Self::Typed(
                ObjectReader::begin(schemas.value().as_schema(), out),
                schemas.differs(EntryPart::Value),
            ),
        }
    }

    fn member<R: BufRead>(
        &mut self,
        json: &mut Parser<R>,
        name: &str,
        out: &mut Vec<u8>,
    ) -> Result<(), JsonError> {
        match self {
            Self::Json(members) => {
                members
                    .add_key(name, out)
                    .map_err(|problem| json.error(problem))?;
                json.transcode(out)
            }
            Self::Typed(object, differs) => object
                .member(json, name, out)
                .map_err(|error| error.of_part(differs)),
        }
    }

    fn end<R: BufRead>(self, json: &Parser<R>, mut encoded: Vec<u8>) -> Result<Field<'static>, JsonError> {
        match self {
            Self::Json(members) => {
                close(members, json, &mut encoded)?;
                let object = EncodedJson::new(encoded.into());
                Ok(Field::Json(JsonValue::Compound(object)))
            }
            Self::Typed(object, differs) => match object.end(&mut encoded) {
                Ok(()) => Ok(Field::Encoded(encoded)),
                Err(problem) => Err(json.error(of_fields(problem)).of_part(differs)),
            },
        }
    }
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
    previous: &Option<Field<'_>>,
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

/// Reads a key. Unless there is a schema, its type is checked later.
fn read_key<R: BufRead>(reading: Reading<'_>, json: &mut Parser<R>) -> Result<Field<'static>, JsonError> {
    if let Some(schemas) = reading.schemas {
        return read_typed(schemas.key().schema(), schemas.differs(EntryPart::Key), json);
    }
    match json.kind()? {
        Kind::Number | Kind::Text => Ok(Field::Json(json.value()?)),
        _ => Err(json.invalid_type(&"a string or an integer as the key")),
    }
}

fn read_value<R: BufRead>(reading: Reading<'_>, json: &mut Parser<R>) -> Result<Field<'static>, JsonError> {
    match reading.schemas {
        Some(schemas) => read_typed(schemas.value(), schemas.differs(EntryPart::Value), json),
        None => Ok(Field::Json(json.value()?)),
    }
}

fn read_typed<R: BufRead>(
    schema: &StaticSchema,
    differs: &'static str,
    json: &mut Parser<R>,
) -> Result<Field<'static>, JsonError> {
    let mut encoded = Vec::new();
    json.typed(schema.as_schema(), &mut encoded)
        .map_err(|error| error.of_part(differs))?;
    Ok(Field::Encoded(encoded))
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
        let reading = Reading {
            fields: &fields,
            schemas: None,
        };
        match super::read(reading, &mut Parser::new(json.as_bytes())) {
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
