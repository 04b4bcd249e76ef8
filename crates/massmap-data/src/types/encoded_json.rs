//! JSON values in their encoded form.

use std::any::type_name;
use std::cell::Cell;

use massmap::dynamic::{Token, Tokens};
use serde::ser::{Error, SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

/// A JSON value as MessagePack: the bytes that `rmp_serde` writes for a [`serde_json::Value`], without the memory of that tree.
///
/// Containers begin with their length, integers have their shortest form, floats are doubles, and the members of an object
/// are sorted by the bytes of their keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedJson(Box<[u8]>);

impl EncodedJson {
    /// The name of the type in files.
    #[must_use]
    pub fn type_name() -> &'static str {
        type_name::<serde_json::Value>()
    }

    /// Takes the bytes of one value, encoded as described above.
    #[must_use]
    pub fn new(bytes: Box<[u8]>) -> Self {
        Self(bytes)
    }

    /// The value as MessagePack.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Makes the same calls to the serializer as a [`serde_json::Value`].
impl Serialize for EncodedJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Next(&Cell::new(Tokens::new(&self.0))).serialize(serializer)
    }
}

/// The value that begins at the next token. Serializing it moves on to the next value.
struct Next<'t, 'a>(&'t Cell<Tokens<'a>>);

impl Serialize for Next<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tokens = self.0.get();
        let token = tokens.next_token().map_err(Error::custom)?;
        self.0.set(tokens);
        match token {
            Token::Nil => serializer.serialize_unit(),
            Token::Bool(value) => serializer.serialize_bool(value),
            Token::Unsigned(value) => serializer.serialize_u64(value),
            Token::Signed(value) => serializer.serialize_i64(value),
            Token::Double(value) => serializer.serialize_f64(value),
            Token::Text(text) => serializer.serialize_str(str::from_utf8(text).map_err(Error::custom)?),
            Token::Array(length) => {
                let mut elements = serializer.serialize_seq(usize::try_from(length).ok())?;
                for _ in 0..length {
                    elements.serialize_element(self)?;
                }
                elements.end()
            }
            Token::Map(length) => {
                let mut members = serializer.serialize_map(usize::try_from(length).ok())?;
                for _ in 0..length {
                    members.serialize_key(self)?;
                    members.serialize_value(self)?;
                }
                members.end()
            }
            other @ (Token::Float(_) | Token::Bytes(_) | Token::Extension { .. }) => {
                Err(Error::custom(format_args!("{other} is not JSON")))
            }
        }
    }
}
