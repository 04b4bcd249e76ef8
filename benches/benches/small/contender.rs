//! What the other stores need to know of a data set.

use massmap_benches::{Dataset, Integers, Strings, digest};
use odht::{Config, FxHashFn};

use crate::datasets::{Ids, Pairs};

/// A data set whose keys, and whose values, all take the same number of bytes.
pub(crate) trait Small: Dataset<Key: 'static, Value: 'static> + 'static {
    type KeyBytes: AsRef<[u8]>;
    type ValueBytes: AsRef<[u8]>;
    /// The configuration of odht.
    type Odht: Config<Key = Self::KeyBytes, Value = Self::ValueBytes>;

    fn key_bytes(key: &Self::Key) -> Self::KeyBytes;
    fn value_bytes(value: &Self::Value) -> Self::ValueBytes;
    /// A number that depends on the value.
    fn digest(value: &Self::Value) -> u64;
    /// The same number, from the bytes.
    fn digest_bytes(value: &[u8]) -> u64;
}

impl Small for Integers {
    type KeyBytes = [u8; 8];
    type ValueBytes = [u8; 8];
    type Odht = Bytes<8, 8>;

    fn key_bytes(key: &u64) -> [u8; 8] {
        key.to_le_bytes()
    }

    fn value_bytes(value: &u64) -> [u8; 8] {
        value.to_le_bytes()
    }

    fn digest(value: &u64) -> u64 {
        *value
    }

    fn digest_bytes(value: &[u8]) -> u64 {
        number(value)
    }
}

impl Small for Pairs {
    type KeyBytes = [u8; 12];
    type ValueBytes = [u8; 16];
    type Odht = Bytes<12, 16>;

    fn key_bytes((a, b): &(u64, u32)) -> [u8; 12] {
        let mut bytes = [0; 12];
        bytes[..8].copy_from_slice(&a.to_le_bytes());
        bytes[8..].copy_from_slice(&b.to_le_bytes());
        bytes
    }

    fn value_bytes((a, b, c): &(u32, u64, u32)) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&a.to_le_bytes());
        bytes[4..12].copy_from_slice(&b.to_le_bytes());
        bytes[12..].copy_from_slice(&c.to_le_bytes());
        bytes
    }

    fn digest((_, b, _): &(u32, u64, u32)) -> u64 {
        *b
    }

    fn digest_bytes(value: &[u8]) -> u64 {
        number(&value[4..])
    }
}

impl Small for Ids {
    type KeyBytes = [u8; 16];
    type ValueBytes = [u8; 8];
    type Odht = Bytes<16, 8>;

    fn key_bytes(key: &[u8; 16]) -> [u8; 16] {
        *key
    }

    fn value_bytes(value: &u64) -> [u8; 8] {
        value.to_le_bytes()
    }

    fn digest(value: &u64) -> u64 {
        *value
    }

    fn digest_bytes(value: &[u8]) -> u64 {
        number(value)
    }
}

impl Small for Strings {
    type KeyBytes = [u8; 21];
    type ValueBytes = [u8; 100];
    type Odht = Bytes<21, 100>;

    fn key_bytes(key: &String) -> [u8; 21] {
        key.as_bytes().try_into().expect("keys have 21 bytes")
    }

    fn value_bytes(value: &String) -> [u8; 100] {
        value.as_bytes().try_into().expect("values have 100 bytes")
    }

    fn digest(value: &String) -> u64 {
        digest(value.as_bytes())
    }

    fn digest_bytes(value: &[u8]) -> u64 {
        digest(value)
    }
}

/// The first eight bytes.
fn number(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(*bytes.first_chunk().expect("there are eight bytes"))
}

/// A table of odht with keys and values of these lengths.
#[derive(Debug)]
pub(crate) enum Bytes<const KEY: usize, const VALUE: usize> {}

impl<const KEY: usize, const VALUE: usize> Config for Bytes<KEY, VALUE> {
    type Key = [u8; KEY];
    type Value = [u8; VALUE];
    type EncodedKey = [u8; KEY];
    type EncodedValue = [u8; VALUE];
    type H = FxHashFn;

    #[inline]
    fn encode_key(key: &[u8; KEY]) -> [u8; KEY] {
        *key
    }

    #[inline]
    fn encode_value(value: &[u8; VALUE]) -> [u8; VALUE] {
        *value
    }

    #[inline]
    fn decode_key(key: &[u8; KEY]) -> [u8; KEY] {
        *key
    }

    #[inline]
    fn decode_value(value: &[u8; VALUE]) -> [u8; VALUE] {
        *value
    }
}
