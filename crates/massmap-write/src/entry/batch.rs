//! Encoded entries in the order in which they came.

use massmap_core::codec::{EntryLengths, reserve};
use massmap_format::RawEntry;

use crate::error::WriteError;

/// What is known of an entry beside its bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Head {
    /// Tells the entry's place: its bucket in format 1, its spread hash in format 2.
    pub(crate) order: u64,
    pub(crate) key_length: u32,
    pub(crate) value_length: u32,
}

impl Head {
    /// Length of an encoded head, in bytes.
    pub(crate) const SIZE: usize = 16;

    /// Length of key and value, in bytes.
    #[inline]
    pub(crate) fn length(&self) -> usize {
        self.key_length as usize + self.value_length as usize
    }

    /// The head as it is spilled.
    pub(crate) fn encode(&self) -> [u8; Self::SIZE] {
        let lengths = u64::from(self.key_length) | u64::from(self.value_length) << 32;
        (u128::from(self.order) | u128::from(lengths) << 64).to_le_bytes()
    }

    pub(crate) fn decode(bytes: &[u8; Self::SIZE]) -> Self {
        let [a, b, c, d, e, f, g, h, key_length @ .., i, j, k, l] = *bytes;
        Self {
            order: u64::from_le_bytes([a, b, c, d, e, f, g, h]),
            key_length: u32::from_le_bytes(key_length),
            value_length: u32::from_le_bytes([i, j, k, l]),
        }
    }
}

/// Entries one behind the other.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) heads: Vec<Head>,
    /// Key and value of each.
    pub(crate) bytes: Vec<u8>,
}

impl Batch {
    /// Appends the entry that `encode` appends to the bytes it is given; nothing changes if that fails.
    #[inline]
    pub(crate) fn push(
        &mut self,
        ordinal: u64,
        order: u64,
        encode: impl FnOnce(&mut Vec<u8>) -> Result<EntryLengths, WriteError>,
    ) -> Result<(), WriteError> {
        let start = self.bytes.len();
        let encoded = encode(&mut self.bytes);
        let pushed = encoded.and_then(|lengths| self.push_head(ordinal, order, lengths.key, lengths.value));
        if pushed.is_err() {
            self.bytes.truncate(start);
        }
        pushed
    }

    /// Puts an entry that is encoded already behind the others.
    pub(crate) fn push_raw(
        &mut self,
        ordinal: u64,
        order: u64,
        entry: &RawEntry<'_>,
    ) -> Result<(), WriteError> {
        let length = entry.key.len().saturating_add(entry.value.len());
        reserve(&mut self.bytes, length).map_err(|error| WriteError::out_of_memory(Some(ordinal), error))?;
        self.push_head(ordinal, order, entry.key.len(), entry.value.len())?;
        self.bytes.extend_from_slice(entry.key);
        self.bytes.extend_from_slice(entry.value);
        Ok(())
    }

    #[inline]
    fn push_head(&mut self, ordinal: u64, order: u64, key: usize, value: usize) -> Result<(), WriteError> {
        match (u32::try_from(key), u32::try_from(value)) {
            (Ok(key_length), Ok(value_length)) => {
                self.heads.push(Head {
                    order,
                    key_length,
                    value_length,
                });
                Ok(())
            }
            _ => Err(WriteError::EntryTooLarge {
                ordinal,
                length: (key + value) as u64,
            }),
        }
    }

    /// How many bytes of memory the entries take.
    #[inline]
    pub(crate) fn size(&self) -> usize {
        self.heads.len() * Head::SIZE + self.bytes.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.heads.is_empty()
    }

    /// Keeps the entries for which `keep`, called once for each in order, says so.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut() -> bool) {
        let (mut from, mut to) = (0, 0);
        self.heads.retain(|head| {
            let end = from + head.length();
            let keep = keep();
            if keep {
                self.bytes.copy_within(from..end, to);
                to += head.length();
            }
            from = end;
            keep
        });
        self.bytes.truncate(to);
    }

    pub(crate) fn clear(&mut self) {
        self.heads.clear();
        self.bytes.clear();
    }

    /// If the last entry has more than `large` bytes, leaves it alone and gives the others back, if there are any.
    pub(crate) fn split_before_large(&mut self, large: usize) -> Option<Self> {
        let last = *self.heads.last()?;
        if last.length() <= large || self.heads.len() == 1 {
            return None;
        }
        let mut heads = std::mem::replace(&mut self.heads, vec![last]);
        heads.pop();
        let end = self.bytes.len() - last.length();
        Some(Self {
            heads,
            bytes: self.bytes.drain(..end).collect(),
        })
    }

    /// Takes all entries of `other` behind its own.
    pub(crate) fn append(&mut self, other: &mut Self) {
        self.heads.append(&mut other.heads);
        self.bytes.append(&mut other.bytes);
    }

    /// The entries, each with its head.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Head, RawEntry<'_>)> {
        let mut behind = self.bytes.as_slice();
        self.heads.iter().map(move |head| {
            let (entry, rest) = behind.split_at_checked(head.length()).unwrap_or_default();
            behind = rest;
            let (key, value) = entry
                .split_at_checked(head.key_length as usize)
                .unwrap_or_default();
            (head, RawEntry { key, value })
        })
    }
}

#[cfg(test)]
mod tests {
    use massmap_core::codec::{Codec, EncodeRules};
    use serde::Serialize;

    use super::*;

    fn push(
        batch: &mut Batch,
        ordinal: u64,
        order: u64,
        key: &str,
        value: &impl Serialize,
    ) -> Result<(), WriteError> {
        batch.push(ordinal, order, |bytes| {
            let encoded = Codec::MessagePack.encode_entry(key, value, EncodeRules::default(), bytes);
            encoded.map_err(|error| WriteError::entry::<&str, ()>(ordinal, error))
        })
    }

    #[test]
    fn heads_come_back_as_they_were_spilled() {
        let head = Head {
            order: 0x0123_4567_89ab_cdef,
            key_length: 0xfedc_ba98,
            value_length: 0x7654_3210,
        };
        assert_eq!(Head::decode(&head.encode()), head);
    }

    #[test]
    fn a_large_entry_is_split_off_from_those_before_it() {
        let mut batch = Batch::default();
        push(&mut batch, 0, 7, "a", &1).unwrap();
        assert!(batch.split_before_large(3).is_none(), "it is not larger");
        assert!(batch.split_before_large(0).is_none(), "it is alone");
        push(&mut batch, 1, 8, "large", &2).unwrap();
        let front = batch.split_before_large(3).unwrap();
        for (batch, order, key) in [(&front, 7, &b"\xa1a"[..]), (&batch, 8, b"\xa5large")] {
            let entries: Vec<_> = batch
                .iter()
                .map(|(head, entry)| (head.order, entry.key))
                .collect();
            assert_eq!(entries, [(order, key)]);
        }
    }

    #[test]
    fn an_entry_that_cannot_be_encoded_leaves_the_others_alone() {
        struct Broken;
        impl Serialize for Broken {
            fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                Err(serde::ser::Error::custom("broken"))
            }
        }
        let mut batch = Batch::default();
        push(&mut batch, 0, 7, "key", &1).unwrap();
        push(&mut batch, 1, 8, "another key", &Broken).unwrap_err();
        push(&mut batch, 2, 9, "third", &3).unwrap();
        let entries: Vec<_> = batch
            .iter()
            .map(|(head, entry)| (head.order, entry.key, entry.value))
            .collect();
        assert_eq!(
            entries,
            [(7, &b"\xa3key"[..], &b"\x01"[..]), (9, b"\xa5third", b"\x03")]
        );
    }
}
