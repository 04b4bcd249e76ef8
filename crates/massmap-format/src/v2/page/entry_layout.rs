//! The layout of entries in a run, `FORMAT.md` section 2.4.

use super::entry_widths::EntryWidths;
use crate::RawEntry;

/// The longest run, in bytes, whose ends take two bytes each; in longer runs they take four.
const LONGEST_WITH_SHORT_ENDS: u64 = 1 << 16;

/// The layout of the entries in the runs of a file, from [`PagedHeader::entry_layout`](crate::PagedHeader::entry_layout).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryLayout {
    /// Entries are two MessagePack values and may differ in length; each run stores where each of its entries ends.
    Variable,
    /// Every key of the file is a record of the same number of bytes, and so is every value; runs store no ends.
    Fixed(EntryWidths),
    /// Entries are a MessagePack value and a [`StoredValue`](crate::StoredValue), which may be compressed; each run stores where each
    /// of its entries ends.
    Compressed,
}

impl EntryLayout {
    /// Splits the bytes of an entry into its key and its value.
    ///
    /// `None` unless they are exactly two MessagePack values, have the length of two records, or begin with a MessagePack value and go
    /// on behind it.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn split(self, entry: &[u8]) -> Option<RawEntry<'_>> {
        match self {
            Self::Fixed(widths) => widths.split(entry),
            Self::Variable => RawEntry::decode(entry),
            Self::Compressed => RawEntry::decode_key(entry),
        }
    }

    /// Number of bytes that the end of an entry takes in a run of `run_length` bytes; 0 if entries have a fixed width.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub const fn end_width(self, run_length: u64) -> usize {
        match self {
            Self::Fixed(_) => 0,
            Self::Variable | Self::Compressed if run_length <= LONGEST_WITH_SHORT_ENDS => 2,
            Self::Variable | Self::Compressed => 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_takes_an_end_of_two_or_four_bytes_unless_fixed() {
        let fixed = EntryLayout::Fixed(EntryWidths::new(8, 8).unwrap());
        for (run_length, width) in [(512, 2), (1 << 16, 2), ((1 << 16) + 512, 4), (u64::MAX, 4)] {
            assert_eq!(EntryLayout::Variable.end_width(run_length), width);
            assert_eq!(EntryLayout::Compressed.end_width(run_length), width);
            assert_eq!(fixed.end_width(run_length), 0);
        }
    }

    #[test]
    fn behind_a_key_a_compressed_value_may_be_any_bytes() {
        let split = |entry| EntryLayout::Compressed.split(entry);
        for (entry, key) in [
            (&b"\xa1a\x20\x01\xff"[..], 2),
            (b"\x92\x01\x02\0", 3),
            (b"\x07\0\x07", 1),
        ] {
            let found = split(entry).unwrap();
            assert_eq!((found.key, found.value), entry.split_at(key));
        }
        // No key, none that is whole, and no value.
        for entry in [
            &b""[..],
            b"\xa2a",
            b"\x92\x01",
            b"\xc1\0",
            b"\xa1a",
            b"\x92\x01\x02",
        ] {
            assert_eq!(split(entry), None, "{entry:02x?}");
        }
    }
}
