//! Entries of maps.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Entries from strings to integers, all different.
pub fn strings(range: std::ops::Range<u32>) -> Vec<(String, u32)> {
    range.map(|i| (format!("key {i}"), i * 1000)).collect()
}

/// Bytes that serialize as such, not as a sequence of integers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteString(pub Vec<u8>);

impl Serialize for ByteString {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for ByteString {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&[u8]>::deserialize(deserializer).map(|bytes| Self(bytes.to_vec()))
    }
}
