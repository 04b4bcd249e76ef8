//! Widths of entries that all have one length, `FORMAT.md` section 2.4.

use crate::RawEntry;

/// Number of bytes of each key and of each value in a file whose entries all have the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryWidths {
    key: u32,
    /// Key and value together; not 0.
    entry: u32,
}

impl EntryWidths {
    /// Keys of `key` bytes and values of `value` bytes. `None` if they have no bytes at all, or more than 32 bits can count: the
    /// number of entries without bytes would not be bounded by the length of the file.
    #[must_use]
    pub const fn new(key: u32, value: u32) -> Option<Self> {
        match key.checked_add(value) {
            None | Some(0) => None,
            Some(entry) => Some(Self { key, entry }),
        }
    }

    /// Number of bytes of a key.
    #[must_use]
    #[inline]
    pub const fn key(self) -> u32 {
        self.key
    }

    /// Number of bytes of a value.
    #[must_use]
    #[inline]
    pub const fn value(self) -> u32 {
        self.entry - self.key
    }

    /// Number of bytes of an entry, at least 1.
    #[must_use]
    #[inline]
    pub const fn entry(self) -> u32 {
        self.entry
    }

    /// Splits an entry into its key and its value. `None` if it has another length.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn split(self, entry: &[u8]) -> Option<RawEntry<'_>> {
        if entry.len() != self.entry as usize {
            return None;
        }
        let (key, value) = entry.split_at_checked(self.key as usize)?;
        Some(RawEntry { key, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_have_at_least_one_byte_and_as_many_as_32_bits_can_count() {
        for (key, value) in [(0, 0), (u32::MAX, 1), (1, u32::MAX), (1 << 31, 1 << 31)] {
            assert_eq!(EntryWidths::new(key, value), None, "{key} {value}");
        }
        for (key, value) in [(0, 1), (1, 0), (8, 4), (u32::MAX, 0), (1 << 31, (1 << 31) - 1)] {
            let widths = EntryWidths::new(key, value).unwrap();
            assert_eq!(
                (widths.key(), widths.value(), widths.entry()),
                (key, value, key + value)
            );
        }
    }

    #[test]
    fn only_entries_of_the_right_length_are_split() {
        let widths = EntryWidths::new(2, 1).unwrap();
        let entry = widths.split(b"abc").unwrap();
        assert_eq!((entry.key, entry.value), (&b"ab"[..], &b"c"[..]));
        assert_eq!(widths.split(b"ab"), None);
        assert_eq!(widths.split(b"abcd"), None);
    }
}
