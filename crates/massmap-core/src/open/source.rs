//! The bytes supplied to an opening.

use std::ops::Range;

use bytes::Bytes;

/// The longest part of a file that is read at once, and the first piece of a longer one, in bytes. Reading this much takes less
/// time than another round trip, and the index of 32 GB of pages fits.
pub(super) const LONGEST_READ: u64 = 8 << 20;

/// The bytes of a range that was needed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source<'a> {
    /// They are only valid during the call.
    Borrowed(&'a [u8]),
    /// They can be shared, which keeps all of them in memory.
    Shared(&'a Bytes),
    /// They can be shared at no cost, as they lie in a mapping.
    Mapped(&'a Bytes),
}

impl<'a> Source<'a> {
    pub(super) fn bytes(self) -> &'a [u8] {
        match self {
            Self::Borrowed(bytes) => bytes,
            Self::Shared(bytes) | Self::Mapped(bytes) => bytes,
        }
    }

    /// Keeps the bytes in `range`, which lies within them.
    pub(super) fn keep(self, range: Range<usize>) -> Bytes {
        match self {
            Self::Mapped(bytes) => bytes.slice(range),
            // A slice keeps all of the bytes in memory.
            Self::Shared(bytes) if range.len() >= bytes.len() / 2 => bytes.slice(range),
            _ => Bytes::copy_from_slice(self.bytes().get(range).unwrap_or_default()),
        }
    }
}

/// Parts of the file that have been supplied before they were needed.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// The offset of each part, and its bytes.
    parts: Vec<(u64, Bytes)>,
    /// Whether the one part is the whole file, in a mapping.
    is_mapping: bool,
}

impl Parts {
    pub(super) fn mapping(file: Bytes) -> Self {
        Self {
            parts: vec![(0, file)],
            is_mapping: true,
        }
    }

    pub(super) fn add(&mut self, offset: u64, bytes: Bytes) {
        self.parts.push((offset, bytes));
    }

    pub(super) const fn is_mapping(&self) -> bool {
        self.is_mapping
    }

    /// The `length` bytes at `offset`, if they have been supplied.
    pub(super) fn get(&self, offset: u64, length: u64) -> Option<Bytes> {
        self.parts.iter().find_map(|(start, bytes)| {
            let from = usize::try_from(offset.checked_sub(*start)?).ok()?;
            let to = from.checked_add(usize::try_from(length).ok()?)?;
            (to <= bytes.len()).then(|| bytes.slice(from..to))
        })
    }
}
