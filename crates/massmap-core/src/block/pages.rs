//! Finding an entry in a run of pages.

use massmap_format::{EntryLayout, FormatError, Page, RawEntry};

use super::window::Window;
use crate::ReadError;
use crate::codec::Codec;
use crate::error::fallback::LookupError;
use crate::index::extent::Extent;

/// A run of pages whose entries are to be found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pages<'a> {
    /// Number of the first page.
    pub(super) index: usize,
    pub(super) codec: Codec,
    pub(super) page: Page<'a>,
}

/// The same run before it is decoded. Functions that are not inlined take this type. A [`Page`] has so many fields that passing
/// one would keep it in memory rather than in registers, even where these functions are not called.
#[derive(Debug, Clone, Copy)]
struct Undecoded<'a> {
    index: usize,
    codec: Codec,
    run: &'a [u8],
    entries: EntryLayout,
}

impl<'a> Undecoded<'a> {
    fn decode<E: LookupError>(self) -> Result<Pages<'a>, E> {
        match Page::decode(self.run, self.entries) {
            Ok(page) => Ok(Pages {
                index: self.index,
                codec: self.codec,
                page,
            }),
            Err(source) => Err(damaged(self.index, source)),
        }
    }
}

impl<'a> Pages<'a> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn undecoded(&self) -> Undecoded<'a> {
        Undecoded {
            index: self.index,
            codec: self.codec,
            run: self.page.bytes(),
            entries: self.page.entry_layout(),
        }
    }

    /// See [`Block::find`](super::Block::find).
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn find<E: LookupError>(
        self,
        extent: &Extent,
        mut is_key: impl FnMut(&'a [u8]) -> Result<bool, E>,
    ) -> Result<Option<RawEntry<'a>>, E> {
        let fingerprint = extent.fingerprint;
        let (bytes, count) = (self.page.bytes_from_fingerprints(), self.page.len());
        let Some(window) = Window::search(bytes, count, fingerprint, extent.interpolation) else {
            return Err(damaged_entry(self.index, count));
        };
        for number in window.matches() {
            let entry = self.entry::<E>(number)?;
            if is_key(entry.key)? {
                return self.first_of_equals(number, entry, is_key);
            }
        }
        find_outside(self.undecoded(), window, fingerprint, is_key)
    }

    /// The first entry with the key of `entry`, the entry number `number`. Entries with equal keys lie side by side.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn first_of_equals<E: LookupError>(
        self,
        number: usize,
        entry: RawEntry<'a>,
        is_key: impl FnMut(&'a [u8]) -> Result<bool, E>,
    ) -> Result<Option<RawEntry<'a>>, E> {
        let fingerprints = self.page.fingerprints();
        let before = number.checked_sub(1).and_then(|before| fingerprints.get(before));
        match before {
            Some(before) if fingerprints.get(number) == Some(before) => {
                first_with_fingerprint(self.undecoded(), number, is_key)
            }
            _ => Ok(Some(entry)),
        }
    }

    /// The entry number `number`, from 0.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn entry<E: LookupError>(self, number: usize) -> Result<RawEntry<'a>, E> {
        let bytes = self.page.entry_bytes(number);
        match bytes.and_then(|bytes| self.codec.split(bytes)) {
            Some(entry) => Ok(entry),
            None => Err(damaged_entry(self.index, number)),
        }
    }
}

/// Finds an entry that does not lie in `window`, like [`Pages::find`].
#[inline(never)]
fn find_outside<'a, E: LookupError>(
    pages: Undecoded<'a>,
    window: Window,
    fingerprint: u8,
    mut is_key: impl FnMut(&'a [u8]) -> Result<bool, E>,
) -> Result<Option<RawEntry<'a>>, E> {
    let pages = pages.decode::<E>()?;
    for number in window.matches_outside(pages.page.fingerprints(), fingerprint) {
        let entry = pages.entry::<E>(number)?;
        if is_key(entry.key)? {
            return pages.first_of_equals(number, entry, is_key);
        }
    }
    Ok(None)
}

/// Like [`Pages::first_of_equals`] for the entry number `number`, if the one before it has the same fingerprint.
#[cold]
#[inline(never)]
fn first_with_fingerprint<'a, E: LookupError>(
    pages: Undecoded<'a>,
    number: usize,
    mut is_key: impl FnMut(&'a [u8]) -> Result<bool, E>,
) -> Result<Option<RawEntry<'a>>, E> {
    let pages = pages.decode::<E>()?;
    let fingerprints = pages.page.fingerprints();
    let (before, rest) = fingerprints.split_at_checked(number).unwrap_or_default();
    let same = before
        .iter()
        .rev()
        .take_while(|other| Some(*other) == rest.first());
    // Other keys with the same hash may lie between equal ones.
    for earlier in number - same.count()..number {
        let entry = pages.entry::<E>(earlier)?;
        if is_key(entry.key)? {
            return Ok(Some(entry));
        }
    }
    pages.entry(number).map(Some)
}

#[cold]
#[inline(never)]
fn damaged_entry<E: LookupError>(page: usize, index: usize) -> E {
    damaged(page, FormatError::PageEntry { index })
}

#[cold]
fn damaged<E: LookupError>(page: usize, source: FormatError) -> E {
    ReadError::DamagedPage { page, source }.into()
}
