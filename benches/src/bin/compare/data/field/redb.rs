//! Keys and values in the types of redb.

use massmap_benches::digest;
use redb::{Key, Value};
use serde_bytes::ByteBuf;

/// A key or value in redb.
pub(crate) trait Typed {
    /// The type in redb.
    type Stored: Key + 'static;

    fn stored(&self) -> <Self::Stored as Value>::SelfType<'_>;

    /// The digest of a value that redb returns.
    fn digest_stored(stored: <Self::Stored as Value>::SelfType<'_>) -> u64;
}

impl Typed for u64 {
    type Stored = u64;

    fn stored(&self) -> u64 {
        *self
    }

    fn digest_stored(stored: u64) -> u64 {
        digest(&stored.to_be_bytes())
    }
}

impl Typed for String {
    type Stored = &'static str;

    fn stored(&self) -> &str {
        self
    }

    fn digest_stored(stored: &str) -> u64 {
        digest(stored.as_bytes())
    }
}

impl Typed for ByteBuf {
    type Stored = &'static [u8];

    fn stored(&self) -> &[u8] {
        self
    }

    fn digest_stored(stored: &[u8]) -> u64 {
        digest(stored)
    }
}
