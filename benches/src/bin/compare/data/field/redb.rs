//! Keys and values as redb has them.

use massmap_benches::digest;
use redb::{Key, Value};
use serde_bytes::ByteBuf;

/// What redb knows keys and values as.
pub(crate) trait Typed {
    /// redb's type.
    type Stored: Key + 'static;

    /// The field as redb takes it.
    fn stored(&self) -> <Self::Stored as Value>::SelfType<'_>;

    /// The digest of what redb lends.
    fn digest_stored(lent: <Self::Stored as Value>::SelfType<'_>) -> u64;
}

impl Typed for u64 {
    type Stored = u64;

    fn stored(&self) -> u64 {
        *self
    }

    fn digest_stored(lent: u64) -> u64 {
        digest(&lent.to_be_bytes())
    }
}

impl Typed for String {
    type Stored = &'static str;

    fn stored(&self) -> &str {
        self
    }

    fn digest_stored(lent: &str) -> u64 {
        digest(lent.as_bytes())
    }
}

impl Typed for ByteBuf {
    type Stored = &'static [u8];

    fn stored(&self) -> &[u8] {
        self
    }

    fn digest_stored(lent: &[u8]) -> u64 {
        digest(lent)
    }
}
