//! The page index, and access to its parts.

use std::ops::Range;

use super::layout::{GROUPS, HEADER_LENGTH, Layout, RANK_LENGTH, RECORD_LENGTH, TABLE_LENGTH};
use crate::FormatError;
use crate::v2::tail::stored_bytes::StoredBytes;

/// A run of whole pages, which is read at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRun {
    /// Number of its first page, from 0.
    pub first_page: u64,
    /// Number of its pages, at least 1.
    pub pages: u64,
    /// The first bin whose entries it holds.
    pub first_bin: u64,
    /// 1 + the last bin whose entries it holds.
    pub end_bin: u64,
}

/// The index from bins to pages.
///
/// Each page has a first bin; the pages of a run have the same. A damaged index gives errors, but never a page or bin out of
/// range.
#[derive(Debug, Clone)]
pub struct PageIndex<B> {
    pub(super) bytes: B,
    pub(super) layout: Layout,
}

impl<B> PageIndex<B> {
    /// The same index over other memory: `bytes` must have the same content. If they do not, the index is damaged.
    #[must_use]
    #[inline]
    pub fn with_bytes<C>(&self, bytes: C) -> PageIndex<C> {
        PageIndex {
            bytes,
            layout: self.layout,
        }
    }

    /// The bytes of the index.
    #[must_use]
    #[inline]
    pub const fn bytes(&self) -> &B {
        &self.bytes
    }

    /// The bins that the runs cover: from the first one of the first run to the last one of the last run. Other bins are empty.
    #[must_use]
    #[inline]
    pub const fn bins(&self) -> Range<u64> {
        self.layout.first_bin..self.layout.end_bin
    }
}

impl<B: StoredBytes> PageIndex<B> {
    /// Decodes the index of `pages` pages over `bins` bins. Checks its length only.
    ///
    /// # Errors
    ///
    /// [`FormatError::PageIndexLength`] if the length does not fit these numbers of pages and bins, and the bins that the index
    /// covers.
    pub fn new(bytes: B, pages: u64, bins: u64) -> Result<Self, FormatError> {
        let length = bytes.length() as u64;
        let beginning = bytes.range(0..HEADER_LENGTH).unwrap_or_default();
        match Layout::decode(beginning, length, pages, bins) {
            Some(layout) => Ok(Self { bytes, layout }),
            None => Err(FormatError::PageIndexLength { length, pages, bins }),
        }
    }

    /// The number of pages that begin before the groups of `record`.
    pub(super) fn record_rank(&self, record: usize) -> Option<u64> {
        self.rank_at(HEADER_LENGTH + RECORD_LENGTH * record)
    }

    /// The number of pages whose first bins lie before `group`; that of all pages for the number of groups.
    pub(super) fn rank(&self, group: u64) -> Option<u64> {
        if group >= self.layout.groups {
            return Some(self.layout.pages);
        }
        let record = usize::try_from(group / GROUPS as u64).ok()?;
        let base = self.record_rank(record)?;
        let pages = self.record_rank(record + 1)?.checked_sub(base)?;
        let place = group % GROUPS as u64;
        let rank = match self.deviation(record, place)? {
            0 if pages == 0 => base,
            0 => self.exact_rank(record, place)?,
            deviation => (base + ((place * pages) >> 5) + deviation).checked_sub(8)?,
        };
        (rank <= self.layout.pages).then_some(rank)
    }

    /// The deviation of the group at `place` in `record` from the straight line, plus 8; 0 if it is not stored there.
    fn deviation(&self, record: usize, place: u64) -> Option<u64> {
        let deviations = HEADER_LENGTH + RECORD_LENGTH * record + RANK_LENGTH;
        let [pair] = *self.bytes.array(deviations + usize::try_from(place / 2).ok()?)?;
        Some(u64::from(pair >> (place % 2 * 4) & 15))
    }

    /// The rank of the group at `place` in `record`, which has an exact table.
    fn exact_rank(&self, record: usize, place: u64) -> Option<u64> {
        let numbers = self.layout.numbers;
        let (mut low, mut high) = (0, self.layout.tables);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.rank_at(numbers + RANK_LENGTH * middle)? < record as u64 {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        if low == self.layout.tables || self.rank_at(numbers + RANK_LENGTH * low)? != record as u64 {
            return None;
        }
        let table = self.layout.table_start() + TABLE_LENGTH * low;
        self.rank_at(table + RANK_LENGTH * usize::try_from(place).ok()?)
    }

    fn rank_at(&self, place: usize) -> Option<u64> {
        let rank = self.bytes.array(place)?;
        Some(u32::from_le_bytes(*rank).into())
    }

    /// The positions in their groups of the first bins of `pages`.
    pub(super) fn positions(&self, pages: Range<u64>) -> Option<&[u8]> {
        let (start, end) = (
            usize::try_from(pages.start).ok()?,
            usize::try_from(pages.end).ok()?,
        );
        let is_within = pages.end <= self.layout.pages;
        let positions = self.layout.positions;
        self.bytes
            .range(positions.checked_add(start)?..positions.checked_add(end)?)
            .filter(|_| is_within)
    }

    pub(super) fn position(&self, page: u64) -> Option<u8> {
        self.positions(page..page.checked_add(1)?)?.first().copied()
    }
}
