//! Records: entries whose key and value have no types yet.

pub(crate) mod names;

use super::error::Rejection;
use super::json::value::JsonValue;
use crate::schemas::EntrySchemas;

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
    /// A value of the schema that was asked for, as MessagePack.
    Encoded(Vec<u8>),
}

/// Where key and value are in a record, and what they are if that is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) fields: &'a Fields,
    pub(super) schemas: Option<&'a EntrySchemas>,
}

/// Receives records one by one.
pub(super) type Sink<'a> = dyn FnMut(Record<'_>) -> Result<(), Rejection> + 'a;

/// The fields of a JSON object, or the columns of a table, that the user selected as key and value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    /// The key: the field `key` or the first column unless set. Several separated by commas make a tuple.
    pub key: Option<String>,
    /// The value: unless set, the field `value`, or with a key that is set an object of all other fields; in a table the other
    /// column, or an object of all others. Several separated by commas make a struct or a tuple.
    pub value: Option<String>,
}

impl Fields {
    /// Whether the user selected any, so that records must be objects.
    pub(super) fn are_named(&self) -> bool {
        self.key.is_some() || self.value.is_some()
    }

    /// The fields of JSON that are the key.
    pub(super) fn key_names(&self) -> Vec<String> {
        names::split(self.key_name())
    }

    /// The fields of JSON that are the value; `None` if it is an object of all fields but those of the key.
    pub(super) fn value_names(&self) -> Option<Vec<String>> {
        self.value_name().map(names::split)
    }

    pub(super) fn key_name(&self) -> &str {
        self.key.as_deref().unwrap_or("key")
    }

    /// `None` if the value is an object of all fields but the key.
    pub(super) fn value_name(&self) -> Option<&str> {
        match (&self.key, &self.value) {
            (_, Some(value)) => Some(value),
            (None, None) => Some("value"),
            (Some(_), None) => None,
        }
    }
}
