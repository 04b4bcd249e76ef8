//! Comparing the entries of a slot with a key.

use std::borrow::Borrow;
use std::hint::select_unpredictable;

use massmap_format::{EntryLayout, EntryWidths, Page, RawEntry};
use serde::Deserialize;

use super::FastSearch;
use crate::codec::Codec;
use crate::codec::fixed::ShortKey;
use crate::error::fallback::Fallback;
use crate::low_level::prefetch::{prefetch, prefetch_all};
use crate::low_level::records::Records;

/// Number of records that are compared at once. Slots have 4/3 on average; one entry in twenty is in a slot with more than these.
const AT_ONCE: usize = 4;

/// The entries of a page that may have a key.
#[derive(Debug, Clone, Copy)]
pub struct Candidates<'a> {
    /// The page and the rest of the file.
    pub(super) onwards: &'a [u8],
    /// Number of the first one.
    pub(super) first: usize,
    /// How many there are.
    pub(super) count: u32,
    /// Number of the page.
    pub(super) page: u64,
}

impl Candidates<'_> {
    /// Number of the page.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn page(&self) -> usize {
        // The page is in memory, so that its number fits.
        usize::try_from(self.page).unwrap_or(usize::MAX)
    }
}

impl<'a> FastSearch<'a> {
    /// Prefetches the candidates, or the first one if they are of any length. A hint for many lookups at once.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn prefetch_candidates(&self, candidates: &Candidates<'a>) {
        match self.layout.entries {
            EntryLayout::Fixed(widths) => {
                let length = widths.entry() as usize;
                let first = self.place_of_record(widths, candidates.first);
                prefetch(candidates.onwards, first);
                prefetch(
                    candidates.onwards,
                    first
                        .wrapping_add((candidates.count as usize).wrapping_mul(length))
                        .wrapping_sub(1),
                );
            }
            EntryLayout::Variable | EntryLayout::Compressed => {
                let first = self
                    .entries_from(candidates)
                    .and_then(|mut entries| entries.next());
                prefetch_all(first.unwrap_or_default());
            }
        }
    }

    /// Finds the entry of the key `sought` among the candidates, and the number of its page, as [`look_up`](Self::look_up) does.
    ///
    /// # Errors
    ///
    /// [`Fallback`] if only the general path can tell.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn find<K, Q>(
        &self,
        candidates: &Candidates<'a>,
        sought: &Q,
    ) -> Result<Option<(usize, RawEntry<'a>)>, Fallback>
    where
        K: for<'de> Deserialize<'de> + Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let found = match self.short_key::<K, Q>(sought) {
            Some((ShortKey::One(key), widths)) => self.find_record(candidates, key, widths),
            Some((ShortKey::Two(key), widths)) => self.find_record(candidates, key, widths),
            Some((ShortKey::Four(key), widths)) => self.find_record(candidates, key, widths),
            Some((ShortKey::Eight(key), widths)) => self.find_record(candidates, key, widths),
            Some((ShortKey::Sixteen(key), widths)) => self.find_record(candidates, key, widths),
            None => self.find_key::<K, Q>(candidates, sought),
        };
        match found {
            Ok(Some(entry)) => Ok(Some((candidates.page(), entry))),
            Ok(None) => Ok(None),
            Err(Fallback) => Err(Fallback),
        }
    }

    /// The first candidate whose key is `sought`.
    ///
    /// # Errors
    ///
    /// [`Fallback`] if only the general path can tell.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn find_key<K, Q>(
        &self,
        candidates: &Candidates<'a>,
        sought: &Q,
    ) -> Result<Option<RawEntry<'a>>, Fallback>
    where
        K: for<'de> Deserialize<'de> + Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let keys = match &self.pages.codec {
            Some(codec) => Codec::Record(&codec.key),
            None => Codec::MessagePack,
        };
        self.find_among(
            candidates,
            #[cfg_attr(not(debug_assertions), inline(always))]
            |stored| keys.is_key::<K, Q>(stored, sought).map_err(|_| Fallback),
        )
    }

    /// The first candidate whose key, as it is stored, `is_key` takes for the one that is sought, and the number of its page.
    ///
    /// # Errors
    ///
    /// [`Fallback`] if only the general path can tell, and those of `is_key`.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn find_by(
        &self,
        candidates: &Candidates<'a>,
        is_key: impl FnMut(&'a [u8]) -> Result<bool, Fallback>,
    ) -> Result<Option<(usize, RawEntry<'a>)>, Fallback> {
        let found = self.find_among(candidates, is_key)?;
        Ok(found.map(|entry| (candidates.page(), entry)))
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn find_among(
        &self,
        candidates: &Candidates<'a>,
        mut is_key: impl FnMut(&'a [u8]) -> Result<bool, Fallback>,
    ) -> Result<Option<RawEntry<'a>>, Fallback> {
        let mut entries = self.entries_from(candidates).ok_or(Fallback)?;
        for _ in 0..candidates.count {
            let bytes = entries.next().ok_or(Fallback)?;
            let entry = self.layout.entries.split(bytes).ok_or(Fallback)?;
            if is_key(entry.key)? {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    /// The first candidate whose key has the record `sought`.
    ///
    /// # Errors
    ///
    /// [`Fallback`] if only the general path can tell.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn find_record<const W: usize>(
        &self,
        candidates: &Candidates<'a>,
        sought: [u8; W],
        widths: EntryWidths,
    ) -> Result<Option<RawEntry<'a>>, Fallback> {
        // Records behind the candidates are compared too, and those of another page or none, so that nothing depends on how many
        // there are.
        let first = self.place_of_record(widths, candidates.first);
        let Some(bytes) = candidates.onwards.get(first..) else {
            return Err(Fallback);
        };
        let Some(records) = Records::<AT_ONCE>::new(bytes, widths.entry()) else {
            return Err(Fallback);
        };
        let Some(keys) = records.beginnings() else {
            return Err(Fallback);
        };
        let mut found = AT_ONCE;
        for (number, key) in keys.iter().enumerate().rev() {
            found = select_unpredictable(*key == sought, number, found);
        }
        // An equal record behind the candidates comes before no equal one among them.
        if found < candidates.count as usize {
            match records.get(found) {
                // A key of this type has this width.
                Some(record) => match record.split_at_checked(W) {
                    Some((key, value)) => Ok(Some(RawEntry { key, value })),
                    None => Err(Fallback),
                },
                // There are more candidates, as for one entry in a hundred.
                None => Err(Fallback),
            }
        } else {
            Ok(None)
        }
    }

    /// The bytes of the candidates, and of the entries behind.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn entries_from(&self, candidates: &Candidates<'a>) -> Option<Entries<'a>> {
        let page = candidates.onwards.get(..self.layout.page_size)?;
        let (first, entries_start) = (candidates.first, self.layout.entries_start);
        match self.layout.entries {
            EntryLayout::Fixed(widths) => Some(Entries {
                page,
                entries: page,
                start: self.place_of_record(widths, first),
                end: End::Behind(widths.entry() as usize),
            }),
            EntryLayout::Variable | EntryLayout::Compressed => {
                let [_, _, _, _, count @ ..] = *page.first_chunk::<{ Page::HEADER_LENGTH }>()?;
                let ends = usize::try_from(u32::from_le_bytes(count)).ok()?.checked_mul(2)?;
                let start = match first {
                    0 => entries_start,
                    _ => end_of(page, first - 1)?,
                };
                (start >= entries_start).then_some(Entries {
                    page,
                    entries: page.get(..page.len().checked_sub(ends)?)?,
                    start,
                    end: End::Stored(first),
                })
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

/// The entries of a page from one of them on.
pub(super) struct Entries<'a> {
    page: &'a [u8],
    /// The part of the page before the ends.
    entries: &'a [u8],
    /// Where the next entry begins.
    start: usize,
    end: End,
}

/// Where the next entry ends.
enum End {
    /// So many bytes behind its start.
    Behind(usize),
    /// Where the page says that the entry with this number does.
    Stored(usize),
}

impl<'a> Entries<'a> {
    /// Where the next entry begins.
    pub(super) fn start(&self) -> usize {
        self.start
    }

    /// The bytes of the next entry. `None` if they do not lie in the page.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn next(&mut self) -> Option<&'a [u8]> {
        let end = match &mut self.end {
            End::Behind(length) => self.start.checked_add(*length)?,
            End::Stored(number) => {
                let end = end_of(self.page, *number)?;
                *number += 1;
                end
            }
        };
        let entry = self.entries.get(self.start..end)?;
        self.start = end;
        Some(entry)
    }
}

/// The end of the entry with this number in a page whose entries are of any length.
#[cfg_attr(not(debug_assertions), inline(always))]
fn end_of(page: &[u8], number: usize) -> Option<usize> {
    let place = page.len().wrapping_sub(number.wrapping_mul(2)).wrapping_sub(2);
    Some(u16::from_le_bytes(*page.get(place..)?.first_chunk()?).into())
}
