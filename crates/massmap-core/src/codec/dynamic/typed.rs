//! Keys and values that are serialized as a schema says: as the Rust type of the program that wrote a file serializes them.

mod encode;
mod hash;
mod key;
mod order;
mod schema;
mod serialize;
#[cfg(test)]
mod tests;

use std::fmt;

pub use key::{KeySchema, TypedKey};
pub use schema::{StaticSchema, has_structs};

use crate::codec::EncodedError;
use crate::codec::dynamic::Value;
use crate::codec::schema::{SchemaMismatch, check_encoded};

/// A value that is serialized as its schema says.
///
/// It makes the serializer calls that a Rust type with this schema makes: a builder encodes it to the same bytes, and finds out the same
/// schema. So programs that know no types write files like those of programs that do.
///
/// ```
/// use massmap_core::codec::{EncodeRules, messagepack, widen_schema};
/// use massmap_core::dynamic::{StaticSchema, TypedValue, Value};
/// use massmap_format::Schema;
/// use serde::Serialize;
///
/// #[derive(Serialize)]
/// struct Point {
///     x: f32,
///     label: Option<char>,
/// }
///
/// let rules = EncodeRules::default();
/// let mut schema = Schema::Never;
/// widen_schema(&mut schema, &Point { x: 1.5, label: Some('a') }, rules);
///
/// let value = Value::from((1.5, 'a'));
/// let typed = TypedValue::new(&StaticSchema::new(schema.clone()), &value)?;
/// let mut bytes = Vec::new();
/// messagepack::encode(&typed, rules, &mut bytes)?;
/// assert_eq!(bytes, b"\x92\xca\x3f\xc0\x00\x00\xa1a");
/// let mut again = Schema::Never;
/// widen_schema(&mut again, &typed, rules);
/// assert_eq!(again, schema);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct TypedValue {
    schema: StaticSchema,
    /// A value that the schema describes.
    encoded: Box<[u8]>,
}

impl TypedValue {
    /// The value, if `schema` describes it.
    ///
    /// A struct is given as an array of its fields, or as a map from their names to them, whichever the schema says; the other kinds as
    /// [`Value`] says. Where the schema says [`Schema::Any`](massmap_format::Schema::Any), anything is taken as it is.
    ///
    /// # Errors
    ///
    /// A [`SchemaMismatch`], which says what differs, and where.
    pub fn new(schema: &StaticSchema, value: &Value) -> Result<Self, SchemaMismatch> {
        Ok(Self {
            schema: schema.clone(),
            encoded: encode::encode(schema.as_schema(), value)?.into(),
        })
    }

    /// The value that is encoded in MessagePack as `encoded`, if `schema` describes it.
    ///
    /// # Errors
    ///
    /// An [`EncodedError`].
    pub fn encoded(schema: &StaticSchema, encoded: Box<[u8]>) -> Result<Self, EncodedError> {
        check_encoded(schema.as_schema(), &encoded)?;
        Ok(Self {
            schema: schema.clone(),
            encoded,
        })
    }

    /// What it is.
    #[must_use]
    pub fn schema(&self) -> &StaticSchema {
        &self.schema
    }

    /// The value in MessagePack.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.encoded
    }
}

impl fmt::Debug for TypedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { schema, encoded } = self;
        write!(f, "TypedValue({} of the type {schema})", encoded.escape_ascii())
    }
}
