//! A value of any type.

mod decode;
mod integer;

use serde::ser::{Serialize, SerializeMap, Serializer};

pub use integer::Integer;

/// A key or value of any type, as it can be stored.
///
/// Structs and tuples are arrays, or structs are maps if the file has field names; unit is [`Null`](Self::Null), like an optional
/// value that is missing; an enum variant is its name, or a map from its name to its content.
///
/// ```
/// use massmap_core::dynamic::Value;
///
/// let value = Value::from((1u8, "one", None::<f64>));
/// assert_eq!(value, Value::Array(vec![1.into(), "one".into(), Value::Null]));
/// assert_eq!(value.as_array().and_then(|fields| fields[0].as_u64()), Some(1));
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Nothing: unit, or an optional value that is missing.
    #[default]
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer of up to 128 bits.
    Integer(Integer),
    /// A floating-point number. Those of 32 bits are the same number in 64.
    Float(f64),
    /// A string, or a character.
    String(String),
    /// A byte array.
    Bytes(Vec<u8>),
    /// A sequence, a tuple or a struct.
    Array(Vec<Value>),
    /// A map, or a struct with field names, in the order of the file. Keys may repeat.
    Map(Vec<(Value, Value)>),
    /// An extension of MessagePack: its type and its bytes.
    Extension(i8, Vec<u8>),
}

impl Value {
    /// The boolean, if it is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The integer, if it is one.
    #[must_use]
    pub fn as_integer(&self) -> Option<Integer> {
        match self {
            Self::Integer(value) => Some(*value),
            _ => None,
        }
    }

    /// The integer, if it is one from 0 to 2^64 − 1.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        self.as_integer()?.try_into().ok()
    }

    /// The integer, if it is one from −2^63 to 2^63 − 1.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        self.as_integer()?.try_into().ok()
    }

    /// The floating-point number, if it is one. Integers are none.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Float(value) => Some(*value),
            _ => None,
        }
    }

    /// The string, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(value) => Some(value),
            _ => None,
        }
    }

    /// The bytes, if it is a byte array.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(value) => Some(value),
            _ => None,
        }
    }

    /// The elements, if it is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(value) => Some(value),
            _ => None,
        }
    }

    /// The entries, if it is a map.
    #[must_use]
    pub fn as_map(&self) -> Option<&[(Self, Self)]> {
        match self {
            Self::Map(value) => Some(value),
            _ => None,
        }
    }

    /// What it is, in words.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a float",
            Self::String(_) => "a string",
            Self::Bytes(_) => "a byte array",
            Self::Array(_) => "an array",
            Self::Map(_) => "a map",
            Self::Extension(..) => "an extension",
        }
    }
}

macro_rules! integers {
    ($($integer:ty)+) => {$(
        impl From<$integer> for Value {
            fn from(value: $integer) -> Self {
                Self::Integer(value.into())
            }
        }
    )+};
}

integers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize Integer);

impl From<()> for Value {
    fn from((): ()) -> Self {
        Self::Null
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f32> for Value {
    fn from(value: f32) -> Self {
        Self::Float(value.into())
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<char> for Value {
    fn from(value: char) -> Self {
        Self::String(value.into())
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::String(value.to_owned())
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Self::String(value.clone())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::String(value)
    }
}

/// [`Value::Null`] for `None`.
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// An array of the elements. Bytes become integers too: [`Value::Bytes`] is for those that are to be stored as a byte array.
impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(value: Vec<T>) -> Self {
        Self::Array(value.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Value>, const N: usize> From<[T; N]> for Value {
    fn from(value: [T; N]) -> Self {
        Self::Array(value.into_iter().map(Into::into).collect())
    }
}

macro_rules! tuples {
    ($(($($field:ident)+))+) => {$(
        impl<$($field: Into<Value>),+> From<($($field,)+)> for Value {
            #[expect(non_snake_case, reason = "a field is called like its type")]
            fn from(($($field,)+): ($($field,)+)) -> Self {
                Self::Array(vec![$($field.into()),+])
            }
        }
    )+};
}

tuples! {
    (A)
    (A B)
    (A B C)
    (A B C D)
    (A B C D E)
    (A B C D E F)
}

/// As serializers write the types that it came from: integers as 64 bits where they fit, as 128 otherwise.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Integer(value) => value.serialize(serializer),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::String(value) => serializer.serialize_str(value),
            Self::Bytes(value) => serializer.serialize_bytes(value),
            Self::Array(elements) => serializer.collect_seq(elements),
            Self::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
            Self::Extension(kind, bytes) => serializer
                .serialize_newtype_struct(rmp_serde::MSGPACK_EXT_STRUCT_NAME, &Extension(*kind, bytes)),
        }
    }
}

impl Serialize for Integer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Ok(value) = u64::try_from(*self) {
            return serializer.serialize_u64(value);
        }
        if let Ok(value) = i64::try_from(*self) {
            return serializer.serialize_i64(value);
        }
        match u128::try_from(*self) {
            Ok(value) => serializer.serialize_u128(value),
            Err(_) => serializer
                .serialize_i128(i128::try_from(*self).expect("no unsigned integer, and so a signed one")),
        }
    }
}

/// What rmp-serde takes for an extension, as a newtype struct of a certain name.
pub(super) struct Extension<'a>(pub(super) i8, pub(super) &'a [u8]);

impl Serialize for Extension<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.0, Bytes(self.1)).serialize(serializer)
    }
}

struct Bytes<'a>(&'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}
