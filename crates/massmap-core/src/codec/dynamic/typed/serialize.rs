//! Making the serializer calls that a schema says.

use std::cell::Cell;

use massmap_format::{IntegerType, Schema, Variant};
use serde::ser::{Error, SerializeMap, SerializeSeq, SerializeStruct, SerializeTupleStruct};
use serde::{Serialize, Serializer};

use super::TypedValue;
use super::schema::kept;
use crate::codec::dynamic::value::Extension;
use crate::codec::dynamic::{Token, Tokens};

/// What structs and enums are called. Serializers show it in messages.
const NAME: &str = "a type of the file";

impl Serialize for TypedValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(self.schema.as_schema(), &self.encoded, serializer)
    }
}

/// Serializes the value `encoded`, which `schema` describes.
pub(super) fn serialize<S: Serializer>(
    schema: &Schema,
    encoded: &[u8],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let tokens = Cell::new(Tokens::new(encoded));
    Next {
        schema,
        tokens: &tokens,
    }
    .serialize(serializer)
}

/// The value that begins at the next token. Serializing it moves on to the next value.
struct Next<'a, 's> {
    schema: &'s Schema,
    tokens: &'a Cell<Tokens<'a>>,
}

impl<'a, 's> Next<'a, 's> {
    /// The next value, which has this schema.
    fn of(&self, schema: &'s Schema) -> Next<'a, 's> {
        Next {
            schema,
            tokens: self.tokens,
        }
    }

    fn token<E: Error>(&self) -> Result<Token<'a>, E> {
        let mut tokens = self.tokens.get();
        let token = tokens.next_token().map_err(E::custom)?;
        self.tokens.set(tokens);
        Ok(token)
    }
}

impl Serialize for Next<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Schema::Option(inner) = self.schema {
            let mut ahead = self.tokens.get();
            return match ahead.next_token().map_err(S::Error::custom)? {
                Token::Nil => {
                    self.tokens.set(ahead);
                    serializer.serialize_none()
                }
                _ => serializer.serialize_some(&self.of(inner)),
            };
        }
        match (self.schema, self.token()?) {
            (Schema::Any, token) => self.any(token, serializer),
            (Schema::Unit, Token::Nil) => serializer.serialize_unit(),
            (Schema::Bool, Token::Bool(value)) => serializer.serialize_bool(value),
            (Schema::Char, Token::Text(encoded)) => match text(encoded)?.chars().next() {
                Some(character) => serializer.serialize_char(character),
                None => Err(other(self.schema)),
            },
            (Schema::Integer(integer), Token::Unsigned(value)) => {
                serialize_integer(*integer, value.into(), serializer)
            }
            (Schema::Integer(integer), Token::Signed(value)) => {
                serialize_integer(*integer, value.into(), serializer)
            }
            (Schema::Integer(IntegerType::U128), Token::Bytes(bytes)) => {
                serializer.serialize_u128(u128::from_be_bytes(wide(bytes)?))
            }
            (Schema::Integer(IntegerType::I128), Token::Bytes(bytes)) => {
                serializer.serialize_i128(i128::from_be_bytes(wide(bytes)?))
            }
            (Schema::F32, Token::Float(value)) => serializer.serialize_f32(value),
            (Schema::F64, Token::Double(value)) => serializer.serialize_f64(value),
            (Schema::String, Token::Text(encoded)) => serializer.serialize_str(text(encoded)?),
            (Schema::Bytes(_), Token::Bytes(bytes)) => serializer.serialize_bytes(bytes),
            (Schema::Sequence(element, _), Token::Array(length)) => {
                self.sequence(element, length, serializer)
            }
            (Schema::Tuple(elements), Token::Array(_)) => {
                // Not `serialize_tuple`: tuples of more than 16 elements are taken for arrays.
                let mut tuple = serializer.serialize_tuple_struct(NAME, elements.len())?;
                for element in elements {
                    tuple.serialize_field(&self.of(element))?;
                }
                tuple.end()
            }
            (Schema::Struct { fields, is_map }, Token::Array(_) | Token::Map(_)) => {
                let mut structure = serializer.serialize_struct(NAME, fields.len())?;
                for (name, field) in fields {
                    if *is_map {
                        self.token()?;
                    }
                    structure.serialize_field(kept(name), &self.of(field))?;
                }
                structure.end()
            }
            (Schema::Map(key, value), Token::Map(length)) => self.map([key, value], length, serializer),
            (Schema::Enum(variants), Token::Text(name)) => {
                let variant = find(variants, name)?;
                serializer.serialize_unit_variant(NAME, variant.index, kept(&variant.name))
            }
            (Schema::Enum(variants), Token::Map(_)) => {
                let name = match self.token()? {
                    Token::Text(name) => name,
                    _ => return Err(other(self.schema)),
                };
                let variant = find(variants, name)?;
                let content = variant.content.as_ref().ok_or_else(|| other(self.schema))?;
                // Also of a variant with several fields: only what is inside differs, and that is serialized alike.
                serializer.serialize_newtype_variant(
                    NAME,
                    variant.index,
                    kept(&variant.name),
                    &self.of(content),
                )
            }
            _ => Err(other(self.schema)),
        }
    }
}

impl<'s> Next<'_, 's> {
    fn sequence<S: Serializer>(
        &self,
        element: &'s Schema,
        length: u32,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut elements = serializer.serialize_seq(usize::try_from(length).ok())?;
        for _ in 0..length {
            elements.serialize_element(&self.of(element))?;
        }
        elements.end()
    }

    fn map<S: Serializer>(
        &self,
        [key, value]: [&'s Schema; 2],
        length: u32,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut entries = serializer.serialize_map(usize::try_from(length).ok())?;
        for _ in 0..length {
            entries.serialize_key(&self.of(key))?;
            entries.serialize_value(&self.of(value))?;
        }
        entries.end()
    }

    /// Serializes a value of any kind, which begins with `token`.
    fn any<S: Serializer>(&self, token: Token<'_>, serializer: S) -> Result<S::Ok, S::Error> {
        match token {
            Token::Nil => serializer.serialize_unit(),
            Token::Bool(value) => serializer.serialize_bool(value),
            Token::Unsigned(value) => serializer.serialize_u64(value),
            Token::Signed(value) => serializer.serialize_i64(value),
            Token::Float(value) => serializer.serialize_f32(value),
            Token::Double(value) => serializer.serialize_f64(value),
            Token::Text(encoded) => serializer.serialize_str(text(encoded)?),
            Token::Bytes(bytes) => serializer.serialize_bytes(bytes),
            Token::Extension { kind, data, .. } => {
                let name = rmp_serde::MSGPACK_EXT_STRUCT_NAME;
                serializer.serialize_newtype_struct(name, &Extension(kind, data))
            }
            Token::Array(length) => self.sequence(self.schema, length, serializer),
            Token::Map(length) => self.map([self.schema; 2], length, serializer),
        }
    }
}

fn serialize_integer<S: Serializer>(
    integer: IntegerType,
    value: i128,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    macro_rules! serialize_as {
        ($method:ident) => {
            serializer.$method(value.try_into().map_err(S::Error::custom)?)
        };
    }
    match integer {
        IntegerType::U8 => serialize_as!(serialize_u8),
        IntegerType::U16 => serialize_as!(serialize_u16),
        IntegerType::U32 => serialize_as!(serialize_u32),
        IntegerType::U64 => serialize_as!(serialize_u64),
        IntegerType::U128 => serialize_as!(serialize_u128),
        IntegerType::I8 => serialize_as!(serialize_i8),
        IntegerType::I16 => serialize_as!(serialize_i16),
        IntegerType::I32 => serialize_as!(serialize_i32),
        IntegerType::I64 => serialize_as!(serialize_i64),
        IntegerType::I128 => serializer.serialize_i128(value),
    }
}

fn find<'s, E: Error>(variants: &'s [Variant], name: &[u8]) -> Result<&'s Variant, E> {
    let mut variants = variants.iter();
    variants
        .find(|variant| variant.name.as_bytes() == name)
        .ok_or_else(|| E::custom("an unknown variant"))
}

fn text<E: Error>(encoded: &[u8]) -> Result<&str, E> {
    str::from_utf8(encoded).map_err(|_| E::custom("a string is not UTF-8"))
}

fn wide<E: Error>(bytes: &[u8]) -> Result<[u8; 16], E> {
    bytes
        .try_into()
        .map_err(|_| E::custom("an integer of 128 bits has 16 bytes"))
}

/// Values that a schema does not describe are refused before.
#[cold]
fn other<E: Error>(schema: &Schema) -> E {
    E::custom(format_args!("a value is not {schema:.120}"))
}
