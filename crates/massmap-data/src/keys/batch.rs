//! Keys that were read together.

use std::fmt;
use std::ops::Range;

use crate::input::memory::{OutOfMemory, append};

/// Most keys of a batch.
const MOST_KEYS: usize = 16 << 10;

/// A batch is also full with this many bytes of keys and rows. This bounds its memory; a longer key is a batch of its own.
const MOST_BYTES: usize = 8 << 20;

/// Some consecutive keys of a file, encoded as the map stores them.
#[derive(Debug, Default)]
pub struct KeyBatch {
    /// The encoded keys, one behind the other.
    encoded: Vec<u8>,
    /// The rows that they come from, if these are kept, one behind the other.
    rows: Vec<u8>,
    keys: Vec<Item>,
    /// Bytes of rows that are kept elsewhere.
    elsewhere: usize,
}

#[derive(Debug, Clone, Copy)]
struct Item {
    place: KeyPlace,
    encoded_end: usize,
    row_end: usize,
}

/// Where a key is in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPlace {
    /// On this line, or in a row that begins there, from 1.
    Line(u64),
    /// The key with this number among all, from 1.
    Record(u64),
    /// In this row of a table with typed columns, from 1.
    Row(u64),
}

impl fmt::Display for KeyPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(number) => write!(f, "line {number}"),
            Self::Record(number) => write!(f, "record {number}"),
            Self::Row(number) => write!(f, "row {number}"),
        }
    }
}

impl KeyBatch {
    /// Number of keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are no keys.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The encoded key with this index, from 0; empty for a row whose key is null, which no map has.
    #[must_use]
    pub fn key(&self, index: usize) -> &[u8] {
        let range = self.range(index, |item| item.encoded_end);
        self.encoded.get(range).unwrap_or_default()
    }

    /// Where the key with this index is.
    #[must_use]
    pub fn place(&self, index: usize) -> KeyPlace {
        self.keys
            .get(index)
            .map_or(KeyPlace::Record(0), |item| item.place)
    }

    /// The bytes of the row that the key with this index comes from; none unless rows are kept.
    #[must_use]
    pub fn row(&self, index: usize) -> &[u8] {
        let range = self.range(index, |item| item.row_end);
        self.rows.get(range).unwrap_or_default()
    }

    fn range(&self, index: usize, end: impl Fn(&Item) -> usize) -> Range<usize> {
        let end = |index: usize| self.keys.get(index).map_or(0, &end);
        index.checked_sub(1).map_or(0, end)..end(index)
    }

    /// Adds an encoded key and its row, of which so many bytes are kept `elsewhere`.
    ///
    /// # Errors
    ///
    /// Fails if there is not enough memory.
    pub(super) fn push(
        &mut self,
        place: KeyPlace,
        row: &[u8],
        key: &[u8],
        elsewhere: usize,
    ) -> Result<(), OutOfMemory> {
        self.elsewhere = self.elsewhere.saturating_add(elsewhere);
        append(&mut self.encoded, key)?;
        append(&mut self.rows, row)?;
        self.keys.push(Item {
            place,
            encoded_end: self.encoded.len(),
            row_end: self.rows.len(),
        });
        Ok(())
    }

    /// Whether it takes no more keys.
    pub(super) fn is_full(&self) -> bool {
        let bytes = self.encoded.len() + self.rows.len();
        self.keys.len() >= MOST_KEYS || bytes.saturating_add(self.elsewhere) >= MOST_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(batch: &mut KeyBatch, line: u64, row: &[u8], key: &[u8]) {
        batch.push(KeyPlace::Line(line), row, key, 0).unwrap();
    }

    #[test]
    fn keys_come_back_with_their_places_and_rows() {
        let mut batch = KeyBatch::default();
        assert!(batch.is_empty());
        push(&mut batch, 1, b"row 1", b"one");
        push(&mut batch, 3, b"", b"");
        push(&mut batch, 5, b"row 5", b"five");
        assert_eq!(batch.len(), 3);
        let items: Vec<_> = (0..3)
            .map(|index| (batch.place(index).to_string(), batch.row(index), batch.key(index)))
            .collect();
        assert_eq!(
            items,
            [
                ("line 1".to_owned(), &b"row 1"[..], &b"one"[..]),
                ("line 3".to_owned(), b"", b""),
                ("line 5".to_owned(), b"row 5", b"five"),
            ]
        );
        assert_eq!((batch.key(3), batch.row(3)), (&b""[..], &b""[..]));
    }

    #[test]
    fn a_batch_is_full_with_many_keys_or_many_bytes() {
        let mut batch = KeyBatch::default();
        for line in 1..MOST_KEYS as u64 {
            push(&mut batch, line, b"", b"");
        }
        assert!(!batch.is_full());
        push(&mut batch, 0, b"", b"");
        assert!(batch.is_full());
        let mut batch = KeyBatch::default();
        push(&mut batch, 1, &vec![0; MOST_BYTES - 1], b"");
        assert!(!batch.is_full());
        push(&mut batch, 2, b"", b"a");
        assert!(batch.is_full());
        let mut batch = KeyBatch::default();
        batch.push(KeyPlace::Row(1), b"", b"a", MOST_BYTES).unwrap();
        assert!(batch.is_full());
    }
}
