//! Finding an entry in a run of pages.

use std::ops::Range;

use massmap_format::{FormatError, Page, RawEntry};

use super::slots::entries_of_slot;
use crate::ReadError;
use crate::error::fallback::LookupError;
use crate::index::extent::Extent;

/// A run of pages whose entries are to be found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pages<'a> {
    /// Number of the first page.
    pub(super) index: usize,
    pub(super) page: Page<'a>,
}

impl<'a> Pages<'a> {
    /// See [`Block::find`](super::Block::find).
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn find<E: LookupError>(
        self,
        extent: &Extent,
        is_key: impl FnMut(&'a [u8]) -> Result<bool, E>,
    ) -> Result<Option<RawEntry<'a>>, E> {
        match self.candidates(extent) {
            Some(candidates) => self.find_among(candidates, is_key),
            None => Err(damaged_directory(self.index, self.page.byte_length())),
        }
    }

    /// The entries in the slot of the hash of `extent`. `None` if the directory is damaged.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn candidates(&self, extent: &Extent) -> Option<Range<usize>> {
        let slot = extent.fraction.slot(self.page.directory().slot_count());
        entries_of_slot(&self.page, slot)
    }

    /// The first one of these entries whose key satisfies `is_key`. A key that cannot be compared hides no other entry: it is an
    /// error only if none satisfies it.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn find_among<E: LookupError>(
        self,
        candidates: Range<usize>,
        mut is_key: impl FnMut(&'a [u8]) -> Result<bool, E>,
    ) -> Result<Option<RawEntry<'a>>, E> {
        let mut failure = None;
        for number in candidates {
            let entry = self.entry::<E>(number)?;
            match is_key(entry.key) {
                Ok(true) => return Ok(Some(entry)),
                Ok(false) => {}
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        failure.map_or(Ok(None), Err)
    }

    /// The entry number `number`, from 0.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn entry<E: LookupError>(self, number: usize) -> Result<RawEntry<'a>, E> {
        let bytes = self.page.entry_bytes(number);
        match bytes.and_then(|bytes| self.page.layout().entries().split(bytes)) {
            Some(entry) => Ok(entry),
            None => Err(damaged_entry(self.index, number)),
        }
    }
}

#[cold]
#[inline(never)]
fn damaged_entry<E: LookupError>(page: usize, index: usize) -> E {
    let source = FormatError::PageEntry { index };
    ReadError::DamagedPage { page, source }.into()
}

#[cold]
#[inline(never)]
fn damaged_directory<E: LookupError>(page: usize, length: usize) -> E {
    let source = FormatError::PageDirectory { length };
    ReadError::DamagedPage { page, source }.into()
}
