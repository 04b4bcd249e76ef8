//! Batches of encoded entries, in the order of the input.

use massmap_core::codec::{EntryLengths, reserve};
use massmap_format::{EntryTypes, RawEntry};

use crate::error::WriteError;

/// Sort key and lengths of an entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct EntryHeader {
    /// The bucket in format 1, the spread hash in format 2.
    pub(crate) sort_key: u64,
    pub(crate) key_length: u32,
    pub(crate) value_length: u32,
}

impl EntryHeader {
    /// Length of an encoded header, in bytes.
    pub(crate) const SIZE: usize = 16;

    /// Length of key and value, in bytes.
    #[inline]
    pub(crate) fn length(&self) -> usize {
        self.key_length as usize + self.value_length as usize
    }

    /// The header as it is spilled.
    pub(crate) fn encode(&self) -> [u8; Self::SIZE] {
        let lengths = u64::from(self.key_length) | u64::from(self.value_length) << 32;
        (u128::from(self.sort_key) | u128::from(lengths) << 64).to_le_bytes()
    }

    pub(crate) fn decode(bytes: &[u8; Self::SIZE]) -> Self {
        let [a, b, c, d, e, f, g, h, key_length @ .., i, j, k, l] = *bytes;
        Self {
            sort_key: u64::from_le_bytes([a, b, c, d, e, f, g, h]),
            key_length: u32::from_le_bytes(key_length),
            value_length: u32::from_le_bytes([i, j, k, l]),
        }
    }
}

/// Entries one after the other.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) headers: Vec<EntryHeader>,
    /// Key and value of each entry.
    pub(crate) bytes: Vec<u8>,
    /// What the entries are, and perhaps others of the same input. Not kept up to date by operations on encoded entries.
    pub(crate) types: EntryTypes,
}

impl Batch {
    /// Appends an entry, whose bytes `encode` appends. If that fails, nothing changes.
    #[inline]
    pub(crate) fn push(
        &mut self,
        ordinal: u64,
        sort_key: u64,
        encode: impl FnOnce(&mut Vec<u8>) -> Result<EntryLengths, WriteError>,
    ) -> Result<(), WriteError> {
        let start = self.bytes.len();
        let encoded = encode(&mut self.bytes);
        let pushed =
            encoded.and_then(|lengths| self.push_header(ordinal, sort_key, lengths.key, lengths.value));
        if pushed.is_err() {
            self.bytes.truncate(start);
        }
        pushed
    }

    /// Appends an entry with an encoded key, whose value `encode` appends. If that fails, `self` is of no use any more.
    pub(crate) fn push_encoded(
        &mut self,
        ordinal: u64,
        sort_key: u64,
        key: &[u8],
        encode: impl FnOnce(&mut Vec<u8>) -> Result<(), WriteError>,
    ) -> Result<(), WriteError> {
        reserve(&mut self.bytes, key.len())
            .map_err(|error| WriteError::out_of_memory(Some(ordinal), error))?;
        self.bytes.extend_from_slice(key);
        let value_start = self.bytes.len();
        encode(&mut self.bytes)?;
        self.push_header(ordinal, sort_key, key.len(), self.bytes.len() - value_start)
    }

    /// Appends an encoded entry.
    pub(crate) fn push_raw(
        &mut self,
        ordinal: u64,
        sort_key: u64,
        entry: &RawEntry<'_>,
    ) -> Result<(), WriteError> {
        let length = entry.key.len().saturating_add(entry.value.len());
        reserve(&mut self.bytes, length).map_err(|error| WriteError::out_of_memory(Some(ordinal), error))?;
        self.push_header(ordinal, sort_key, entry.key.len(), entry.value.len())?;
        self.bytes.extend_from_slice(entry.key);
        self.bytes.extend_from_slice(entry.value);
        Ok(())
    }

    #[inline]
    fn push_header(
        &mut self,
        ordinal: u64,
        sort_key: u64,
        key: usize,
        value: usize,
    ) -> Result<(), WriteError> {
        match (u32::try_from(key), u32::try_from(value)) {
            (Ok(key_length), Ok(value_length)) => {
                self.headers.push(EntryHeader {
                    sort_key,
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

    /// Memory that the entries take, in bytes.
    #[inline]
    pub(crate) fn size(&self) -> usize {
        self.headers.len() * EntryHeader::SIZE + self.bytes.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.headers.is_empty()
    }

    /// Keeps the entries for which `keep` returns `true`. It is called once for each entry, in order.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut() -> bool) {
        let (mut from, mut to) = (0, 0);
        self.headers.retain(|header| {
            let end = from + header.length();
            let keep = keep();
            if keep {
                self.bytes.copy_within(from..end, to);
                to += header.length();
            }
            from = end;
            keep
        });
        self.bytes.truncate(to);
    }

    pub(crate) fn clear(&mut self) {
        self.headers.clear();
        self.bytes.clear();
    }

    /// If the last entry has more than `large` bytes, keeps only it and returns the others, if there are any.
    pub(crate) fn split_before_large(&mut self, large: usize) -> Option<Self> {
        let last = *self.headers.last()?;
        if last.length() <= large || self.headers.len() == 1 {
            return None;
        }
        let mut headers = std::mem::replace(&mut self.headers, vec![last]);
        headers.pop();
        let end = self.bytes.len() - last.length();
        Some(Self {
            headers,
            bytes: self.bytes.drain(..end).collect(),
            types: self.types.clone(),
        })
    }

    /// Appends all entries of `other`, which is empty afterwards.
    pub(crate) fn append(&mut self, other: &mut Self) {
        self.headers.append(&mut other.headers);
        self.bytes.append(&mut other.bytes);
        if self.types != other.types {
            self.types = self.types.join(&other.types);
        }
    }

    /// The entries with their headers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&EntryHeader, RawEntry<'_>)> {
        let mut rest = self.bytes.as_slice();
        self.headers.iter().map(move |header| {
            let (entry, after) = rest.split_at_checked(header.length()).unwrap_or_default();
            rest = after;
            let (key, value) = entry
                .split_at_checked(header.key_length as usize)
                .unwrap_or_default();
            (header, RawEntry { key, value })
        })
    }
}

#[cfg(test)]
mod tests {
    use massmap_core::codec::{EncodeRules, PlainParts, messagepack};
    use serde::Serialize;

    use super::*;

    fn push(
        batch: &mut Batch,
        ordinal: u64,
        sort_key: u64,
        key: &str,
        value: &impl Serialize,
    ) -> Result<(), WriteError> {
        batch.push(ordinal, sort_key, |bytes| {
            let encoded =
                messagepack::encode_entry(key, value, PlainParts::default(), EncodeRules::default(), bytes);
            encoded.map_err(|error| WriteError::entry::<&str, ()>(ordinal, error))
        })
    }

    #[test]
    fn headers_decode_to_the_spilled_ones() {
        let header = EntryHeader {
            sort_key: 0x0123_4567_89ab_cdef,
            key_length: 0xfedc_ba98,
            value_length: 0x7654_3210,
        };
        assert_eq!(EntryHeader::decode(&header.encode()), header);
    }

    #[test]
    fn a_large_entry_is_split_off_from_those_before_it() {
        let mut batch = Batch::default();
        push(&mut batch, 0, 7, "a", &1).unwrap();
        assert!(batch.split_before_large(3).is_none(), "it is not larger");
        assert!(batch.split_before_large(0).is_none(), "it is alone");
        push(&mut batch, 1, 8, "large", &2).unwrap();
        let front = batch.split_before_large(3).unwrap();
        for (batch, sort_key, key) in [(&front, 7, &b"\xa1a"[..]), (&batch, 8, b"\xa5large")] {
            let entries: Vec<_> = batch
                .iter()
                .map(|(header, entry)| (header.sort_key, entry.key))
                .collect();
            assert_eq!(entries, [(sort_key, key)]);
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
            .map(|(header, entry)| (header.sort_key, entry.key, entry.value))
            .collect();
        assert_eq!(
            entries,
            [(7, &b"\xa3key"[..], &b"\x01"[..]), (9, b"\xa5third", b"\x03")]
        );
    }
}
