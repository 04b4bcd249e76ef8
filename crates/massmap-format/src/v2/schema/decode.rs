//! Decoding schemas, `FORMAT.md` section 2.6.1.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, SeqAccess, Visitor};

use super::join::has_distinct_names;
use super::{IntegerType, MAX_SCHEMA_LENGTH, Schema, Variant};
use crate::{FormatError, Walker};

impl Schema {
    /// Decodes a schema. Kinds that this version does not know become [`Any`](Self::Any).
    ///
    /// # Errors
    ///
    /// [`FormatError::SchemaTooLong`] if there are more than [`MAX_SCHEMA_LENGTH`] bytes, [`FormatError::MetaDecode`] if they are
    /// no schema, or the errors of [`Walker`].
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        Self::check_length(bytes)?;
        // The nesting comes first: decoding relies on it.
        let mut walker = Walker::new(bytes);
        walker.value()?;
        walker.finish()?;
        rmp_serde::from_slice(bytes).map_err(|source| FormatError::MetaDecode { source })
    }

    /// Checks that an encoded schema is no longer than the format allows.
    pub(crate) fn check_length(bytes: &[u8]) -> Result<(), FormatError> {
        match bytes.len() <= MAX_SCHEMA_LENGTH as usize {
            true => Ok(()),
            false => Err(FormatError::SchemaTooLong {
                length: bytes.len(),
                limit: MAX_SCHEMA_LENGTH,
            }),
        }
    }
}

impl<'de> Deserialize<'de> for Schema {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SchemaVisitor)
    }
}

struct SchemaVisitor;

impl<'de> Visitor<'de> for SchemaVisitor {
    type Value = Schema;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a schema: a string, or an array that begins with one")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Schema, E> {
        Ok(scalar(name))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Schema, A::Error> {
        let Text(kind) = next(&mut array)?;
        let schema = match kind.as_str() {
            "bytes" => Schema::Bytes(Some(next(&mut array)?)),
            "option" => Schema::Option(next(&mut array)?),
            "sequence" => Schema::Sequence(next(&mut array)?, None),
            "array" => Schema::Sequence(next(&mut array)?, Some(next(&mut array)?)),
            "map" => Schema::Map(next(&mut array)?, next(&mut array)?),
            "tuple" => Schema::Tuple(next(&mut array)?),
            "struct" | "struct_map" => {
                let fields: Vec<(Text, Schema)> = next(&mut array)?;
                Schema::Struct {
                    fields: fields
                        .into_iter()
                        .map(|(Text(name), field)| (name.into(), field))
                        .collect(),
                    is_map: kind == "struct_map",
                }
            }
            "enum" => {
                let variants: Vec<Variant> = next(&mut array)?;
                let ascend = variants.is_sorted_by(|one, other| one.index < other.index);
                if !ascend || !has_distinct_names(&variants) {
                    return Err(A::Error::custom("variants that contradict each other"));
                }
                Schema::Enum(variants)
            }
            _ => {
                while array.next_element::<IgnoredAny>()?.is_some() {}
                return Ok(Schema::Any);
            }
        };
        match array.next_element::<IgnoredAny>()? {
            None => Ok(schema),
            Some(_) => Err(A::Error::custom(format_args!(
                "a schema `{kind}` with too many elements"
            ))),
        }
    }
}

/// The schema with this name.
fn scalar(name: &str) -> Schema {
    match name {
        "never" => Schema::Never,
        "unit" => Schema::Unit,
        "bool" => Schema::Bool,
        "char" => Schema::Char,
        "f32" => Schema::F32,
        "f64" => Schema::F64,
        "string" => Schema::String,
        "bytes" => Schema::Bytes(None),
        _ => {
            let integer = IntegerType::ALL
                .into_iter()
                .find(|integer| integer.name() == name);
            integer.map_or(Schema::Any, Schema::Integer)
        }
    }
}

/// The next element, which must be there.
fn next<'de, T: Deserialize<'de>, A: SeqAccess<'de>>(array: &mut A) -> Result<T, A::Error> {
    let missing = || A::Error::custom("a schema with too few elements");
    array.next_element()?.ok_or_else(missing)
}

/// A string that is stored as one, not as bytes.
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = Text;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
        Ok(Text(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for Variant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(VariantVisitor)
    }
}

struct VariantVisitor;

impl<'de> Visitor<'de> for VariantVisitor {
    type Value = Variant;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array of index, name and content of a variant")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Variant, A::Error> {
        let index = next(&mut array)?;
        let Text(name) = next(&mut array)?;
        let content = array.next_element()?;
        match array.next_element::<IgnoredAny>()? {
            None => Ok(Variant {
                index,
                name: name.into(),
                content,
            }),
            Some(_) => Err(A::Error::custom("a variant with too many elements")),
        }
    }
}
