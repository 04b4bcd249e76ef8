//! How entries are encoded before they are written.

use massmap_core::codec::{EncodeError, EncodeRules, EntryError, EntryLengths, PlainParts, messagepack};
use serde::Serialize;

/// MessagePack by these rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Encoding {
    pub(crate) rules: EncodeRules,
}

impl Encoding {
    /// The same encoding with changed rules.
    pub(crate) fn with_rules(mut self, change: impl FnOnce(&mut EncodeRules)) -> Self {
        change(&mut self.rules);
        self
    }

    /// Appends the encoding of `value` to `out`.
    pub(crate) fn encode<T: Serialize + ?Sized>(
        self,
        value: &T,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        messagepack::encode(value, self.rules, out)
    }

    /// Appends the encodings of a key and its value to `out`.
    #[inline]
    pub(crate) fn encode_entry<K, V>(
        self,
        key: &K,
        value: &V,
        plain: PlainParts,
        out: &mut Vec<u8>,
    ) -> Result<EntryLengths, EntryError>
    where
        K: Serialize + ?Sized,
        V: Serialize + ?Sized,
    {
        messagepack::encode_entry(key, value, plain, self.rules, out)
    }
}
