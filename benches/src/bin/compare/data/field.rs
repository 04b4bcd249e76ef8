//! What keys and values are to stores.

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
    /// Bytes for stores that know no types, in whose order the fields are, too.
    type Bytes<'a>: AsRef<[u8]> + Copy;
    /// What is decoded without being copied where that can be.
    type Borrowed<'a>: Deserialize<'a>;

    /// The bytes.
    fn bytes(&self) -> Self::Bytes<'_>;

    /// What [`Field::bytes`] gives for the owned one.
    fn bytes_of(borrowed: Self::Borrowed<'_>) -> Self::Bytes<'_>;

    /// What stands for a value when answers are checked: the digest of its bytes.
    fn digest(&self) -> u64 {
        digest(self.bytes().as_ref())
    }

    /// The same of a borrowed one.
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
