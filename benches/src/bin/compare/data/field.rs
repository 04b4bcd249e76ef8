//! Keys and values in the form that each store takes.

mod lmdb;
mod redb;
mod sqlite;

use std::fmt::Debug;
use std::hash::Hash;

use massmap_benches::digest;
use serde::Serialize;
use serde::de::{Deserialize, DeserializeOwned};
use serde_bytes::ByteBuf;

pub(crate) use lmdb::Native;
pub(crate) use redb::Typed;
pub(crate) use sqlite::Column;

/// A key or a value.
pub(crate) trait Field:
    Native + Typed + Column + Serialize + DeserializeOwned + Hash + Ord + Clone + Debug + Send + Sync + 'static
{
    /// Bytes for untyped stores. They sort like the fields.
    type Bytes<'a>: AsRef<[u8]> + Copy;
    /// The decoded form that avoids copying if possible.
    type Borrowed<'a>: Deserialize<'a>;

    fn bytes(&self) -> Self::Bytes<'_>;

    /// The same as [`Field::bytes`] of the owned form.
    fn bytes_of(borrowed: Self::Borrowed<'_>) -> Self::Bytes<'_>;

    /// The digest of its bytes, by which answers are checked.
    fn digest(&self) -> u64 {
        digest(self.bytes().as_ref())
    }

    /// The same for the borrowed form.
    fn digest_borrowed(borrowed: Self::Borrowed<'_>) -> u64 {
        digest(Self::bytes_of(borrowed).as_ref())
    }
}

impl Field for u64 {
    type Bytes<'a> = [u8; 8];
    type Borrowed<'a> = u64;

    fn bytes(&self) -> [u8; 8] {
        self.to_be_bytes()
    }

    fn bytes_of(borrowed: Self::Borrowed<'_>) -> Self::Bytes<'_> {
        borrowed.to_be_bytes()
    }
}

impl Field for String {
    type Bytes<'a> = &'a [u8];
    type Borrowed<'a> = &'a str;

    fn bytes(&self) -> &[u8] {
        self.as_bytes()
    }

    fn bytes_of(borrowed: Self::Borrowed<'_>) -> Self::Bytes<'_> {
        borrowed.as_bytes()
    }
}

impl Field for ByteBuf {
    type Bytes<'a> = &'a [u8];
    type Borrowed<'a> = &'a [u8];

    fn bytes(&self) -> &[u8] {
        self
    }

    fn bytes_of(borrowed: Self::Borrowed<'_>) -> Self::Bytes<'_> {
        borrowed
    }
}
