//! From the key type that a file names to the type that reads its keys.

use std::error::Error;
use std::fmt::Display;
use std::hash::Hash;
use std::str::FromStr;

use anyhow::{Context, anyhow};
use clap::ValueEnum;
use massmap::{MassMapMeta, Xxh3HashLoader};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::output::excerpt;
use crate::types::dynamic::{FromTyped, Typed};

/// A type of keys that users can write and read.
pub(crate) trait Key:
    FromStr<Err: Error + Send + Sync + 'static> + DeserializeOwned + Serialize + Display + Eq + Hash + FromTyped
{
}

impl<K> Key for K where
    K: FromStr<Err: Error + Send + Sync + 'static>
        + DeserializeOwned
        + Serialize
        + Display
        + Eq
        + Hash
        + FromTyped
{
}

/// Something to do for which the key type must be known.
pub(crate) trait KeyTask {
    type Output;

    /// Does it with keys of the type `K`.
    fn run<K: Key>(self) -> Self::Output;
}

/// A key type that this program knows.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyType {
    #[value(name = "string")]
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

impl KeyType {
    /// The key type that a file names.
    ///
    /// # Errors
    ///
    /// Fails, with a list of the known types, if it is none of them.
    pub(crate) fn of(meta: &MassMapMeta) -> anyhow::Result<Self> {
        Ok(match canonical(&meta.key_type).as_str() {
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
            // The stable hash function takes them for these on any machine, others may not.
            "usize" if meta.hash_config.name == Xxh3HashLoader::NAME => Self::U64,
            "isize" if meta.hash_config.name == Xxh3HashLoader::NAME => Self::I64,
            // All of them hash and encode as the text that they hold.
            "str"
            | "alloc::string::String"
            | "alloc::boxed::Box<str>"
            | "alloc::borrow::Cow<str>"
            | "alloc::rc::Rc<str>"
            | "alloc::sync::Arc<str>" => Self::Text,
            _ => {
                return Err(anyhow!(
                    "keys of type {:?} can be neither looked up nor shown, only integers from u8 to u128 and i8 to \
                     i128, and strings",
                    meta.key_type
                ));
            }
        })
    }

    /// What users call it.
    pub(crate) fn name(self) -> &'static str {
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

    /// Does `task` with keys of this type.
    pub(crate) fn run<T: KeyTask>(self, task: T) -> T::Output {
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

/// What to do about a key that occurs more than once.
pub(crate) const REPEATED_KEY_ADVICE: &str =
    "give --duplicate-keys first, last or keep-all to keep one of them or all";

/// The key of that type that is encoded so, and how it is shown, if it is one.
pub(crate) fn decode(key_type: KeyType, encoded: &[u8]) -> Option<(String, Typed)> {
    key_type.run(Decode(encoded))
}

struct Decode<'a>(&'a [u8]);

impl KeyTask for Decode<'_> {
    type Output = Option<(String, Typed)>;

    fn run<K: Key>(self) -> Self::Output {
        let key: K = rmp_serde::from_slice(self.0).ok()?;
        let number = key.to_string();
        let key: Typed = key.into();
        let shown = match &key {
            Typed::Text(text) => excerpt::quoted(text),
            _ => number,
        };
        Some((shown, key))
    }
}

/// The key that `text`, written by the user, stands for; `type_name` is what the file calls its type.
pub(crate) fn parse<K: Key>(text: &str, type_name: &str) -> anyhow::Result<K> {
    text.parse()
        .with_context(|| format!("the key {text:?} is no {type_name}"))
}

/// A type name without what changes neither hash nor encoding of a key: references, and lifetimes, which compilers from
/// 1.91 on write out as `'_`.
fn canonical(type_name: &str) -> String {
    type_name
        .replace("'_, ", "")
        .replace("'_ ", "")
        .trim_start_matches('&')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use std::any::type_name;
    use std::borrow::Cow;
    use std::sync::Arc;

    use super::canonical;

    #[test]
    fn type_names_lose_references_and_lifetimes() {
        for (name, expected) in [
            (type_name::<&str>(), "str"),
            (type_name::<&&u64>(), "u64"),
            (type_name::<Cow<'_, str>>(), "alloc::borrow::Cow<str>"),
            (type_name::<Arc<str>>(), "alloc::sync::Arc<str>"),
            (type_name::<&String>(), "alloc::string::String"),
            ("&'_ str", "str"),
            ("alloc::borrow::Cow<'_, str>", "alloc::borrow::Cow<str>"),
            ("", ""),
        ] {
            assert_eq!(canonical(name), expected);
        }
    }
}
