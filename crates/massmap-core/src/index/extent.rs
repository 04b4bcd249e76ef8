//! A part of a file that a lookup reads.

use massmap_format::MassMapBucketMeta;

use super::fraction::Fraction;
use crate::ReadError;
use crate::error::fallback::LookupError;

/// A part of the file that is read at once: a bucket of format 1, or a run of pages of format 2.
///
/// An extent from [`Index::probe`](crate::Index::probe) also knows which of its entries may have the probed hash.
#[derive(Debug, Clone, Copy)]
pub struct Extent {
    pub(crate) index: usize,
    pub(crate) offset: u64,
    pub(crate) length: u32,
    /// Number of entries of a bucket. A run of pages stores its own.
    pub(crate) count: u32,
    /// Place of the probed hash within the extent's range of hashes.
    pub(crate) fraction: Fraction,
}

impl Extent {
    /// An extent without entries, which needs no read.
    pub(crate) const fn empty(index: usize) -> Self {
        Self {
            index,
            offset: 0,
            length: 0,
            count: 0,
            fraction: Fraction::START,
        }
    }

    /// The bucket `index`.
    pub(crate) fn bucket(index: usize, meta: &MassMapBucketMeta) -> Self {
        Self {
            index,
            offset: meta.offset,
            length: meta.length,
            count: meta.count,
            fraction: Fraction::START,
        }
    }

    /// Index of the bucket, or number of the run's first page.
    #[must_use]
    #[inline]
    pub const fn index(&self) -> usize {
        self.index
    }

    /// Offset of the extent in the file, in bytes.
    #[must_use]
    #[inline]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Length in bytes.
    #[must_use]
    #[inline]
    pub const fn length(&self) -> u64 {
        self.length as u64
    }

    /// Whether the extent has no entries and needs no read.
    #[must_use]
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Number of entries of a bucket; 0 for a run of pages, which stores its own.
    #[must_use]
    #[inline]
    pub const fn entry_count(&self) -> u32 {
        self.count
    }

    /// The extent's bytes in `memory`, which holds the file from the offset `start` on. `None` if it does not hold all of them, or
    /// if the extent is empty.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn bytes_in<'a>(&self, memory: &'a [u8], start: u64) -> Option<&'a [u8]> {
        let from = usize::try_from(self.offset.checked_sub(start)?).ok()?;
        let length = self.length as usize;
        memory
            .get(from..from.checked_add(length)?)
            .filter(|bytes| !bytes.is_empty())
    }

    /// The error of a reader that returned `found` bytes.
    #[cold]
    #[inline(never)]
    pub(super) fn wrong_length<E: LookupError>(self, found: usize) -> E {
        ReadError::WrongLength {
            expected: self.length(),
            found,
        }
        .into()
    }
}
