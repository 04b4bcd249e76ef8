//! Records: entries whose key and value have yet to get their types. And how JSON is one.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor,
};
use serde_json::{Map, Value};

use super::error::Refusal;

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
    Json(Value),
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
}

/// Reads a JSON record: `[key, value]`, or an object that has the fields.
#[derive(Clone, Copy)]
pub(super) struct JsonRecord<'a>(pub(super) &'a Fields);

impl<'de> DeserializeSeed<'de> for JsonRecord<'_> {
    type Value = Record<'static>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Record<'static>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for JsonRecord<'_> {
    type Value = Record<'static>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = self.0.key();
        match (self.0.are_named(), self.0.value()) {
            (false, _) => f.write_str(r#"[key, value] or {"key": …, "value": …}"#),
            (true, Some(value)) => write!(f, "an object with the fields {key:?} and {value:?}"),
            (true, None) => write!(f, "an object with the field {key:?}"),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Record<'static>, A::Error> {
        if self.0.are_named() {
            return Err(Error::invalid_type(Unexpected::Seq, &self));
        }
        let key = access
            .next_element_seed(JsonKey)?
            .ok_or_else(|| Error::invalid_length(0, &self))?;
        let value = access
            .next_element()?
            .ok_or_else(|| Error::invalid_length(1, &self))?;
        let mut length = 2;
        while access.next_element::<IgnoredAny>()?.is_some() {
            length += 1;
        }
        match length {
            2 => Ok(record(key, value)),
            _ => Err(Error::invalid_length(length, &self)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Record<'static>, A::Error> {
        let missing = |field| Error::custom(format_args!("there is no field {field:?}"));
        // Which one counts would be a guess.
        let twice = |field| Error::custom(format_args!("there are two fields {field:?}"));
        let (mut key, mut value, mut others) = (None, None, Map::new());
        while let Some(name) = access.next_key_seed(FieldName(self.0))? {
            match name {
                Name::Key => {
                    if key.replace(access.next_value_seed(JsonKey)?).is_some() {
                        return Err(twice(self.0.key()));
                    }
                }
                Name::Value(name) => {
                    if value.replace(access.next_value()?).is_some() {
                        return Err(twice(name));
                    }
                }
                Name::PartOfValue(name) => {
                    if others.contains_key(&name) {
                        return Err(twice(&name));
                    }
                    others.insert(name, access.next_value()?);
                }
                Name::Other => _ = access.next_value::<IgnoredAny>()?,
            }
        }
        let key = key.ok_or_else(|| missing(self.0.key()))?;
        match self.0.value() {
            Some(name) => Ok(record(key, value.ok_or_else(|| missing(name))?)),
            None => Ok(record(key, Value::Object(others))),
        }
    }
}

fn record(key: Value, value: Value) -> Record<'static> {
    Record {
        key: Field::Json(key),
        value: Field::Json(value),
    }
}

/// What a field is for.
enum Name<'a> {
    Key,
    /// The value, with its name.
    Value(&'a str),
    /// A part of it, if that is all fields but the key.
    PartOfValue(String),
    Other,
}

/// Reads the name of a field.
struct FieldName<'a>(&'a Fields);

impl<'de, 'a> DeserializeSeed<'de> for FieldName<'a> {
    type Value = Name<'a>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Name<'a>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'a> Visitor<'_> for FieldName<'a> {
    type Value = Name<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Name<'a>, E> {
        if name == self.0.key() {
            return Ok(Name::Key);
        }
        Ok(match self.0.value() {
            Some(value) if name == value => Name::Value(value),
            Some(_) => Name::Other,
            None => Name::PartOfValue(name.to_owned()),
        })
    }
}

/// Reads a key: whether its type fits is for later.
struct JsonKey;

impl<'de> DeserializeSeed<'de> for JsonKey {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for JsonKey {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or an integer as the key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Value, E> {
        Ok(key.into())
    }

    fn visit_string<E: Error>(self, key: String) -> Result<Value, E> {
        Ok(key.into())
    }

    fn visit_u64<E: Error>(self, key: u64) -> Result<Value, E> {
        Ok(key.into())
    }

    fn visit_i64<E: Error>(self, key: i64) -> Result<Value, E> {
        Ok(key.into())
    }

    fn visit_f64<E: Error>(self, key: f64) -> Result<Value, E> {
        Ok(key.into())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(key: Option<&str>, value: Option<&str>, json: &str) -> Result<(Value, Value), String> {
        let fields = Fields {
            key: key.map(str::to_owned),
            value: value.map(str::to_owned),
        };
        let record = JsonRecord(&fields).deserialize(&mut serde_json::Deserializer::from_str(json));
        match record {
            Ok(Record {
                key: Field::Json(key),
                value: Field::Json(value),
            }) => Ok((key, value)),
            Ok(other) => panic!("{other:?}"),
            Err(error) => {
                let message = error.to_string();
                Err(message
                    .split_once(" at line ")
                    .map_or(message.clone(), |(cause, _)| cause.to_owned()))
            }
        }
    }

    #[test]
    fn without_names_pairs_and_objects_with_key_and_value_are_records() {
        for json in [
            r#"["a", [1]]"#,
            r#"{"key": "a", "value": [1]}"#,
            r#"{"more": {"key": 2}, "value": [1], "key": "a"}"#,
        ] {
            assert_eq!(read(None, None, json), Ok((json!("a"), json!([1]))));
        }
        assert_eq!(read(None, None, "[-3, null]"), Ok((json!(-3), json!(null))));
    }

    #[test]
    fn names_pick_fields() {
        let json = r#"{"id": 7, "key": "k", "value": "v", "x": [1]}"#;
        assert_eq!(read(Some("id"), Some("x"), json), Ok((json!(7), json!([1]))));
        assert_eq!(read(None, Some("x"), json), Ok((json!("k"), json!([1]))));
        assert_eq!(
            read(Some("id"), None, json),
            Ok((json!(7), json!({"key": "k", "value": "v", "x": [1]})))
        );
        assert_eq!(read(Some("id"), None, r#"{"id": 7}"#), Ok((json!(7), json!({}))));
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
