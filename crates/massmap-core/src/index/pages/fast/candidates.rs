//! Comparing the entries of a slot with a key.

use std::borrow::Borrow;
use std::hint::select_unpredictable;
use std::ops::Range;

use massmap_format::{EntryLayout, EntryWidths, Page, PageLayout, RawEntry};
use serde::Deserialize;

use super::FastLayout;
use crate::codec::{Codec, EntryCodec};
use crate::error::fallback::Fallback;
use crate::low_level::prefetch::{prefetch, prefetch_all};
use crate::low_level::records::Records;

/// Number of records that are compared at once. Slots have 4/3 on average; one entry in twenty is in a slot with more than these.
const AT_ONCE: usize = 4;

/// The longest entries of which so many are compared at once, in bytes: few enough cache lines, and no more than what comes behind
/// the pages of any file.
pub(super) const LONGEST_AT_ONCE: u32 = 64;

/// The entries of a page that may have a key.
#[derive(Debug, Clone, Copy)]
pub struct Candidates<'a> {
    /// The page and the rest of the file.
    pub(super) onwards: &'a [u8],
    /// Number of the first one.
    pub(super) first: usize,
    /// How many there are.
    pub(super) count: usize,
    /// Where the entries of the page end at the latest.
    pub(super) entries_end: usize,
    pub(super) layout: &'a FastLayout,
    /// Reads entries of fixed width.
    pub(super) codec: Option<&'a EntryCodec>,
}

impl<'a> Candidates<'a> {
    /// Prefetches the candidates, or the first one if they are of any length. A hint for many lookups at once.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn prefetch(&self) {
        match self.layout.entries {
            EntryLayout::Fixed(widths) => {
                let length = widths.entry() as usize;
                let first = self.place_of_record(widths, self.first);
                prefetch(self.onwards, first);
                prefetch(
                    self.onwards,
                    first
                        .wrapping_add(self.count.wrapping_mul(length))
                        .wrapping_sub(1),
                );
            }
            EntryLayout::Variable | EntryLayout::Compressed => {
                prefetch_all(self.bytes_of(0).unwrap_or_default())
            }
        }
    }

    /// Whether the parts of the page `page` that hold the candidates have their checksums.
    #[inline(never)]
    pub(super) fn are_intact(&self, layout: PageLayout, page: u64) -> bool {
        let Some(run) = self.onwards.get(..self.layout.page_size) else {
            return false;
        };
        let is_intact = |bytes| Page::verify_parts(run, layout, page, bytes).is_ok();
        let Some(last) = self.count.checked_sub(1) else {
            return true;
        };
        if !matches!(self.layout.entries, EntryLayout::Fixed(_)) {
            // An entry begins at the end of the one before it.
            let ends = |entries: usize| run.len().saturating_sub(2 * entries);
            let ends = ends(self.first + self.count)..ends(self.first.saturating_sub(1));
            if !is_intact(ends) {
                return false;
            }
        }
        match (self.range_of(run, 0), self.range_of(run, last)) {
            (Some(first), Some(last)) => is_intact(first.start..last.end),
            _ => false,
        }
    }

    /// The first candidate whose key is `sought`.
    ///
    /// # Errors
    ///
    /// [`Fallback`] if only the general path can tell.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn find_key<K, Q>(self, sought: &Q) -> Result<Option<RawEntry<'a>>, Fallback>
    where
        K: for<'de> Deserialize<'de> + Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let keys = match self.codec {
            Some(codec) => Codec::Record(&codec.key),
            None => Codec::MessagePack,
        };
        self.find_among(
            #[cfg_attr(not(debug_assertions), inline(always))]
            |encoded| keys.is_key::<K, Q>(encoded, sought).map_err(|_| Fallback),
        )
    }

    /// The first candidate whose key has the record `sought`.
    ///
    /// # Errors
    ///
    /// [`Fallback`] if only the general path can tell.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn find_record<const W: usize>(
        self,
        sought: [u8; W],
    ) -> Result<Option<RawEntry<'a>>, Fallback> {
        let EntryLayout::Fixed(widths) = self.layout.entries else {
            return Err(Fallback);
        };
        // Records behind the candidates are compared too, and those of another page or none, so that nothing depends on how many
        // there are.
        let first = self.place_of_record(widths, self.first);
        let records = Records::<AT_ONCE>::new(self.onwards.get(first..).unwrap_or_default(), widths.entry());
        let Some((records, keys)) = records.and_then(|records| Some((records, records.beginnings()?))) else {
            return Err(Fallback);
        };
        let mut found = AT_ONCE;
        for (number, key) in keys.iter().enumerate().rev() {
            found = select_unpredictable(*key == sought, number, found);
        }
        match records.get(found) {
            Some(record) if found < self.count => widths.split(record).map(Some).ok_or(Fallback),
            // An equal record behind the candidates comes before no equal one among them.
            Some(_) => Ok(None),
            None if self.count <= AT_ONCE => Ok(None),
            // One entry in a hundred.
            None => Err(Fallback),
        }
    }

    /// The first candidate whose key satisfies `is_key`.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn find_among(
        self,
        mut is_key: impl FnMut(&'a [u8]) -> Result<bool, Fallback>,
    ) -> Result<Option<RawEntry<'a>>, Fallback> {
        for number in 0..self.count {
            let bytes = self.bytes_of(number).ok_or(Fallback)?;
            let entry = self.layout.entries.split(bytes).ok_or(Fallback)?;
            if is_key(entry.key)? {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    /// The bytes of the candidate with this number, from 0.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn bytes_of(self, number: usize) -> Option<&'a [u8]> {
        let page = self.onwards.get(..self.layout.page_size)?;
        page.get(self.range_of(page, number)?)
    }

    /// Where the candidate with this number lies in the page, or would lie if it were there.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn range_of(self, page: &[u8], number: usize) -> Option<Range<usize>> {
        let number = self.first.wrapping_add(number);
        match self.layout.entries {
            EntryLayout::Fixed(widths) => {
                let start = self.place_of_record(widths, number);
                Some(start..start.checked_add(widths.entry() as usize)?)
            }
            EntryLayout::Variable | EntryLayout::Compressed => {
                let entries_start = self.layout.entries_start;
                let end = end_of(page, number)?;
                let start = match number {
                    0 => entries_start,
                    _ => end_of(page, number - 1)?,
                };
                (start >= entries_start && end <= self.entries_end).then_some(start..end)
            }
        }
    }

    /// Where the record with this number begins, if it is in the page.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn place_of_record(&self, widths: EntryWidths, number: usize) -> usize {
        number
            .wrapping_mul(widths.entry() as usize)
            .wrapping_add(self.layout.entries_start)
    }
}

/// The end of the entry with this number in a page whose entries are of any length.
#[cfg_attr(not(debug_assertions), inline(always))]
fn end_of(page: &[u8], number: usize) -> Option<usize> {
    let place = page.len().wrapping_sub(number.wrapping_mul(2)).wrapping_sub(2);
    Some(u16::from_le_bytes(*page.get(place..)?.first_chunk()?).into())
}
