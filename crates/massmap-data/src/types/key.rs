//! Key types.

use std::error::Error;
use std::fmt::Display;
use std::hash::Hash;
use std::str::FromStr;

use massmap::dynamic::Type;
use massmap::{IntegerType, MassMapMeta, Schema, Xxh3HashLoader};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::dynamic::{DynamicValue, FromDynamic};

/// A key type that users can write and read.
pub trait Key:
    FromStr<Err: Error + Send + Sync + 'static> + DeserializeOwned + Serialize + Display + Eq + Hash + FromDynamic
{
}

impl<K> Key for K where
    K: FromStr<Err: Error + Send + Sync + 'static>
        + DeserializeOwned
        + Serialize
        + Display
        + Eq
        + Hash
        + FromDynamic
{
}

/// An operation that is generic over the key type.
pub trait KeyTask {
    /// What it gives.
    type Output;

    /// Runs it with keys of the type `K`.
    fn run<K: Key>(self) -> Self::Output;
}

/// A key type that this program knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[expect(
    missing_docs,
    reason = "the names are those of Rust's types, and comments would be texts of a command line"
)]
pub enum KeyType {
    #[cfg_attr(feature = "clap", value(name = "string"))]
    Text,
    U8,
    U16,
    U32,
    U64,
    U128,
    I8,
    I16,
    I32,
    I64,
    I128,
}

/// The keys of a file are of a type that has no [`KeyType`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "keys of type {name:?} can be neither looked up nor shown; known types are integers from u8 to u128 and from i8 to i128, and \
     strings"
)]
pub struct UnknownKeyType {
    /// The name of their type in the file.
    pub name: String,
}

impl KeyType {
    /// The type of the keys of a file.
    ///
    /// # Errors
    ///
    /// Fails if the type is unknown. The error lists the known types.
    pub fn of(meta: &MassMapMeta) -> Result<Self, UnknownKeyType> {
        // The type without what changes neither hash nor encoding: references and lifetimes, for example.
        Ok(match Type::parse(&meta.key_type).to_string().as_str() {
            "u8" => Self::U8,
            "u16" => Self::U16,
            "u32" => Self::U32,
            "u64" => Self::U64,
            "u128" => Self::U128,
            "i8" => Self::I8,
            "i16" => Self::I16,
            "i32" => Self::I32,
            "i64" => Self::I64,
            "i128" => Self::I128,
            // Only the stable hash function hashes them like these on every machine.
            "usize" if meta.hash_config.name == Xxh3HashLoader::NAME => Self::U64,
            "isize" if meta.hash_config.name == Xxh3HashLoader::NAME => Self::I64,
            // A file of format 2 without keys does not say what they would be: any key is missing.
            "string" | "none" => Self::Text,
            _ => {
                return Err(UnknownKeyType {
                    name: meta.key_type.clone(),
                });
            }
        })
    }

    /// The name in options and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::U8 => "u8",
            Self::U16 => "u16",
            Self::U32 => "u32",
            Self::U64 => "u64",
            Self::U128 => "u128",
            Self::I8 => "i8",
            Self::I16 => "i16",
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::I128 => "i128",
        }
    }

    /// What keys of this type are.
    pub(crate) fn schema(self) -> Schema {
        Schema::Integer(match self {
            Self::Text => return Schema::String,
            Self::U8 => IntegerType::U8,
            Self::U16 => IntegerType::U16,
            Self::U32 => IntegerType::U32,
            Self::U64 => IntegerType::U64,
            Self::U128 => IntegerType::U128,
            Self::I8 => IntegerType::I8,
            Self::I16 => IntegerType::I16,
            Self::I32 => IntegerType::I32,
            Self::I64 => IntegerType::I64,
            Self::I128 => IntegerType::I128,
        })
    }

    /// Runs `task` with keys of this type.
    pub fn run<T: KeyTask>(self, task: T) -> T::Output {
        match self {
            Self::U8 => task.run::<u8>(),
            Self::U16 => task.run::<u16>(),
            Self::U32 => task.run::<u32>(),
            Self::U64 => task.run::<u64>(),
            Self::U128 => task.run::<u128>(),
            Self::I8 => task.run::<i8>(),
            Self::I16 => task.run::<i16>(),
            Self::I32 => task.run::<i32>(),
            Self::I64 => task.run::<i64>(),
            Self::I128 => task.run::<i128>(),
            Self::Text => task.run::<String>(),
        }
    }
}

/// Decodes a key; `None` if `encoded` is not a key of this type.
pub fn decode(key_type: KeyType, encoded: &[u8]) -> Option<DynamicValue> {
    key_type.run(Decode(encoded))
}

struct Decode<'a>(&'a [u8]);

impl KeyTask for Decode<'_> {
    type Output = Option<DynamicValue>;

    fn run<K: Key>(self) -> Self::Output {
        let key: K = rmp_serde::from_slice(self.0).ok()?;
        Some(key.into())
    }
}

#[cfg(test)]
mod tests {
    use std::any::type_name;
    use std::borrow::Cow;
    use std::sync::Arc;

    use massmap::MassMapHashConfig;

    use super::*;

    fn key_type(name: &str, hash: &str) -> Option<KeyType> {
        let meta = MassMapMeta {
            key_type: name.to_owned(),
            hash_config: MassMapHashConfig {
                name: hash.to_owned(),
                ..MassMapHashConfig::default()
            },
            ..MassMapMeta::default()
        };
        KeyType::of(&meta).ok()
    }

    #[test]
    fn references_and_lifetimes_are_removed_from_type_names() {
        for (name, expected) in [
            (type_name::<&str>(), Some(KeyType::Text)),
            (type_name::<&&u64>(), Some(KeyType::U64)),
            (type_name::<Cow<'_, str>>(), Some(KeyType::Text)),
            (type_name::<Arc<str>>(), Some(KeyType::Text)),
            (type_name::<&String>(), Some(KeyType::Text)),
            ("&'_ str", Some(KeyType::Text)),
            ("alloc::borrow::Cow<'_, str>", Some(KeyType::Text)),
            ("i128", Some(KeyType::I128)),
            ("my::Key", None),
            ("bool", None),
            ("", None),
        ] {
            assert_eq!(key_type(name, "foldhash"), expected, "{name}");
        }
    }

    #[test]
    fn sizes_are_known_where_they_are_hashed_alike_on_every_machine() {
        assert_eq!(key_type("usize", "xxh3"), Some(KeyType::U64));
        assert_eq!(key_type("&isize", "xxh3"), Some(KeyType::I64));
        assert_eq!(key_type("usize", "foldhash"), None);
    }
}
