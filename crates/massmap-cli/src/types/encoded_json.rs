//! Values that are encoded already.

use std::any::type_name;
use std::cell::Cell;

use serde::ser::{Error, SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use crate::types::messagepack::{Token, Tokens};

/// A JSON value as MessagePack: what `rmp_serde` makes of a [`serde_json::Value`], byte for byte, without that tree.
///
/// Each container knows its length, integers are as short as they can be, floats are doubles, and the members of an object
/// stand in the order of their keys' bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Encoded(Box<[u8]>);

impl Encoded {
    /// What files call the type of such values.
    pub(crate) fn type_name() -> &'static str {
        type_name::<serde_json::Value>()
    }

    /// Takes one value, which must be encoded as the type says.
    pub(crate) fn new(bytes: Box<[u8]>) -> Self {
        Self(bytes)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Gives the serializer what a [`serde_json::Value`] would give it.
impl Serialize for Encoded {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Next(&Cell::new(Tokens::new(&self.0))).serialize(serializer)
    }
}

/// The value that begins at the next token; serialized once, since that moves on.
struct Next<'t, 'a>(&'t Cell<Tokens<'a>>);

impl Serialize for Next<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tokens = self.0.get();
        let token = tokens.next().map_err(Error::custom)?;
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
                Err(Error::custom(format_args!("{} is no JSON", other.name())))
            }
        }
    }
}
