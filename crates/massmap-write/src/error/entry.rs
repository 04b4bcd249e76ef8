//! Errors of single entries.

use std::any::type_name;

use massmap_core::codec::{EncodeError, EntryError, OutOfMemory, messagepack};
use rmp_serde::encode::Error::Syntax;

use super::WriteError;

impl WriteError {
    pub(crate) fn duplicate_key(key: &[u8]) -> Self {
        Self::DuplicateKey {
            key: messagepack::excerpt(key),
            encoded: key.into(),
        }
    }

    /// Why the entry `ordinal`, with a key of type `K` and a value of type `V`, cannot be encoded.
    #[cold]
    pub(crate) fn entry<K: ?Sized, V: ?Sized>(ordinal: u64, error: EntryError) -> Self {
        match error {
            EntryError::Key(error) => Self::encoding(ordinal, "key", type_name::<K>(), error),
            EntryError::Value(error) => Self::encoding(ordinal, "value", type_name::<V>(), error),
            EntryError::Unreadable(source) => Self::Unreadable { ordinal, source },
            error => Self::Serialize {
                ordinal,
                source: Syntax(error.to_string()),
            },
        }
    }

    /// Why the key or value of the entry `ordinal` cannot be encoded.
    #[cold]
    pub(crate) fn encoding(
        ordinal: u64,
        part: &'static str,
        type_name: &'static str,
        error: EncodeError,
    ) -> Self {
        let source = match error {
            EncodeError::Shape(shape) => {
                return Self::Shape {
                    ordinal,
                    part,
                    type_name,
                    shape,
                };
            }
            EncodeError::OutOfMemory(error) => return Self::out_of_memory(Some(ordinal), error),
            EncodeError::Serialize(Syntax(message)) => {
                Syntax(format!("{message} (in a {part} of type {type_name})"))
            }
            EncodeError::Serialize(source) => source,
            error => Syntax(error.to_string()),
        };
        Self::Serialize { ordinal, source }
    }

    /// Too little memory for the entry `ordinal`, if that is known.
    #[cold]
    pub(crate) fn out_of_memory(ordinal: Option<u64>, error: OutOfMemory) -> Self {
        Self::OutOfMemory {
            ordinal,
            wanted: error.wanted,
        }
    }

    /// The same error where `count` more entries came before its entry.
    pub(crate) fn after(mut self, count: u64) -> Self {
        if let Self::Serialize { ordinal, .. }
        | Self::Unreadable { ordinal, .. }
        | Self::EntryTooLarge { ordinal, .. }
        | Self::Shape { ordinal, .. }
        | Self::NotDecoded { ordinal, .. }
        | Self::DecodedDifferently { ordinal, .. }
        | Self::HashedDifferently { ordinal, .. }
        | Self::OutOfMemory {
            ordinal: Some(ordinal),
            ..
        } = &mut self
        {
            *ordinal += count;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::*;

    #[test]
    fn messages_show_duplicate_keys_as_literals() {
        fn message(key: impl Serialize) -> String {
            WriteError::duplicate_key(&rmp_serde::to_vec(&key).unwrap()).to_string()
        }
        for (message, key) in [
            (message("a\"\n"), r#""a\"\n""#.to_owned()),
            (message("é".repeat(81)), format!("{:?}…", "é".repeat(80))),
            (message(18u8), "18".to_owned()),
            (message(u64::MAX), u64::MAX.to_string()),
            (message(i64::MIN), i64::MIN.to_string()),
            (message((1, "b")), r"\x92\x01\xa1b (as MessagePack)".to_owned()),
            (
                message(vec![true; 100]),
                format!(r"\xdc\x00d{}… (as MessagePack)", r"\xc3".repeat(77)),
            ),
        ] {
            let expected = format!(
                "several entries have the key {key}; to allow that, choose how to handle duplicate keys"
            );
            assert_eq!(message, expected);
        }
    }
}
