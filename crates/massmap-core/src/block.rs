//! The bytes of an extent and the entries in them.

pub(crate) mod checksum;
mod window;

use massmap_format::{BucketEntries, FormatError, Page, RawEntry, fingerprint_of, spread};

use crate::codec::Codec;
use crate::error::fallback::LookupError;
use crate::index::extent::Extent;
use crate::low_level::prefetch::touch;
use crate::{Place, ReadError};

use window::Window;

/// How many cache lines of a bucket are loaded at once, rather than one after the other as the walk reaches them. This makes a
/// lookup among 16 entries in memory a sixth faster if they are in none of the caches. Walking over more lines takes longer than
/// loading them.
const MOST_LINES: usize = 64;

/// A bucket or a run of pages that has been read, made by [`Index::block`](crate::Index::block).
#[derive(Debug, Clone, Copy)]
pub struct Block<'a> {
    /// Index of the bucket, or number of the run's first page.
    index: usize,
    codec: Codec,
    content: Content<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Content<'a> {
    Bucket { count: u32, bytes: &'a [u8] },
    Pages(Page<'a>),
}

/// Why a walk over a bucket ends early.
enum Failure<E> {
    Damaged(FormatError),
    Other(E),
}

impl<E> From<FormatError> for Failure<E> {
    fn from(error: FormatError) -> Self {
        Self::Damaged(error)
    }
}

impl<'a> Block<'a> {
    pub(crate) const fn bucket(index: usize, codec: Codec, count: u32, bytes: &'a [u8]) -> Self {
        let content = Content::Bucket { count, bytes };
        Self {
            index,
            codec,
            content,
        }
    }

    pub(crate) const fn pages(index: usize, codec: Codec, page: Page<'a>) -> Self {
        let content = Content::Pages(page);
        Self {
            index,
            codec,
            content,
        }
    }

    /// Where the block lies in the file.
    #[must_use]
    pub const fn place(&self) -> Place {
        match self.content {
            Content::Bucket { .. } => Place::Bucket(self.index),
            Content::Pages(_) => Place::Page(self.index),
        }
    }

    /// Finds the first entry whose key has the hash that `extent` was located for and satisfies `is_key`, in the order in which entries
    /// with equal keys were inserted.
    ///
    /// `extent` is what [`Index::probe`](crate::Index::probe) gave. `is_key` is called with encoded keys. Values are not decoded. In a run of pages, `is_key` sees the keys with
    /// the hash's fingerprint only. In a bucket, which has no checksum, it sees every key up to the one that is found, and the walk
    /// goes on to the end, so that damage anywhere in the bucket's structure is an error for each of its keys.
    ///
    /// # Errors
    ///
    /// [`ReadError::DamagedBucket`] or [`ReadError::DamagedPage`]; any error of `is_key`.
    #[inline(always)]
    pub fn find<E: LookupError>(
        &self,
        extent: &Extent,
        mut is_key: impl FnMut(&'a [u8]) -> Result<bool, E>,
    ) -> Result<Option<RawEntry<'a>>, E> {
        let page = match self.content {
            Content::Pages(page) => page,
            Content::Bucket { count, bytes } => return self.find_in_bucket(count, bytes, is_key),
        };
        let fingerprint = extent.fingerprint;
        let bytes = page.bytes_from_fingerprints();
        let Some(window) = Window::search(bytes, page.len(), fingerprint, extent.interpolation) else {
            return Err(self.damaged_entry(page.len()));
        };
        for index in window.matches() {
            let entry = self.entry::<E>(&page, index)?;
            if is_key(entry.key)? {
                return self.first_of_equals(page, index, entry, is_key);
            }
        }
        self.find_outside(window, page, fingerprint, is_key)
    }

    /// Finds an entry that does not lie in `window`, like [`find`](Self::find).
    #[inline(never)]
    fn find_outside<E: LookupError>(
        &self,
        window: Window,
        page: Page<'a>,
        fingerprint: u8,
        mut is_key: impl FnMut(&'a [u8]) -> Result<bool, E>,
    ) -> Result<Option<RawEntry<'a>>, E> {
        for index in window.matches_outside(page.fingerprints(), fingerprint) {
            let entry = self.entry::<E>(&page, index)?;
            if is_key(entry.key)? {
                return self.first_of_equals(page, index, entry, is_key);
            }
        }
        Ok(None)
    }

    /// The first entry with the key of `entry`, the entry number `index`. Entries with equal keys lie side by side.
    #[inline(always)]
    fn first_of_equals<E: LookupError>(
        &self,
        page: Page<'a>,
        index: usize,
        entry: RawEntry<'a>,
        is_key: impl FnMut(&'a [u8]) -> Result<bool, E>,
    ) -> Result<Option<RawEntry<'a>>, E> {
        let fingerprints = page.fingerprints();
        let before = index.checked_sub(1).and_then(|before| fingerprints.get(before));
        match before {
            Some(before) if fingerprints.get(index) == Some(before) => {
                self.first_with_fingerprint(page, index, entry, is_key)
            }
            _ => Ok(Some(entry)),
        }
    }

    /// Like [`first_of_equals`](Self::first_of_equals) for an entry behind one with the same fingerprint.
    #[cold]
    #[inline(never)]
    fn first_with_fingerprint<E: LookupError>(
        &self,
        page: Page<'a>,
        index: usize,
        entry: RawEntry<'a>,
        mut is_key: impl FnMut(&'a [u8]) -> Result<bool, E>,
    ) -> Result<Option<RawEntry<'a>>, E> {
        let (before, rest) = page.fingerprints().split_at_checked(index).unwrap_or_default();
        let same = before
            .iter()
            .rev()
            .take_while(|other| Some(*other) == rest.first());
        // Other keys with the same hash may lie between equal ones.
        for earlier in index - same.count()..index {
            let earlier = self.entry::<E>(&page, earlier)?;
            if is_key(earlier.key)? {
                return Ok(Some(earlier));
            }
        }
        Ok(Some(entry))
    }

    #[inline(always)]
    fn find_in_bucket<E: LookupError>(
        &self,
        count: u32,
        bytes: &'a [u8],
        mut is_key: impl FnMut(&'a [u8]) -> Result<bool, E>,
    ) -> Result<Option<RawEntry<'a>>, E> {
        let mut found = None;
        touch(bytes, MOST_LINES);
        self.visit_bucket::<E>(
            count,
            bytes,
            #[inline(always)]
            |entry| {
                let is_found = is_key(entry.key)?;
                if is_found {
                    found = Some(entry);
                }
                Ok(!is_found)
            },
        )?;
        Ok(found)
    }

    /// The bytes of the entry that is most likely to have the hash that `extent` was located for; `None` if no guess can be made, which says nothing.
    /// For prefetching. If the entry has the key that is looked up, it is the first one that has it.
    #[must_use]
    #[inline(always)]
    pub fn candidate(&self, extent: &Extent) -> Option<&'a [u8]> {
        let Content::Pages(page) = self.content else {
            return None;
        };
        let fingerprint = extent.fingerprint;
        let bytes = page.bytes_from_fingerprints();
        let window = Window::search(bytes, page.len(), fingerprint, extent.interpolation)?;
        let index = window.matches().next()?;
        let before = index
            .checked_sub(1)
            .and_then(|before| page.fingerprints().get(before));
        match before {
            // It could have the same key, and the first one counts.
            Some(before) if *before == fingerprint => None,
            _ => page.entry_bytes(index),
        }
    }

    /// Calls `visit` with each entry, in order.
    ///
    /// # Errors
    ///
    /// [`ReadError::DamagedBucket`] or [`ReadError::DamagedPage`]; any error of `visit`, which ends the walk.
    pub fn for_each<E: LookupError>(
        &self,
        mut visit: impl FnMut(RawEntry<'a>) -> Result<(), E>,
    ) -> Result<(), E> {
        match self.content {
            Content::Bucket { count, bytes } => {
                self.visit_bucket(count, bytes, |entry| visit(entry).map(|()| true))
            }
            Content::Pages(page) => {
                (0..page.len()).try_for_each(|index| visit(self.entry::<E>(&page, index)?))
            }
        }
    }

    /// Walks over all entries and calls `visit` with each one until it returns `false`.
    // A function of its own, so that the walk has all registers.
    #[inline(never)]
    fn visit_bucket<E: LookupError>(
        &self,
        count: u32,
        bytes: &'a [u8],
        mut visit: impl FnMut(RawEntry<'a>) -> Result<bool, E>,
    ) -> Result<(), E> {
        let visited = BucketEntries::decode(bytes, count)
            .map_err(Failure::Damaged)
            .and_then(|entries| entries.visit(|entry| visit(entry).map_err(Failure::Other)));
        visited.map_err(|failure| match failure {
            Failure::Damaged(source) => self.damaged(source),
            Failure::Other(error) => error,
        })
    }

    /// The entry number `index` of a run of pages.
    #[inline(always)]
    fn entry<E: LookupError>(&self, page: &Page<'a>, index: usize) -> Result<RawEntry<'a>, E> {
        match page.entry_bytes(index).and_then(|bytes| self.codec.split(bytes)) {
            Some(entry) => Ok(entry),
            None => Err(self.damaged_entry(index)),
        }
    }

    /// Number of entries.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self.content {
            Content::Bucket { count, .. } => count as usize,
            Content::Pages(page) => page.len(),
        }
    }

    /// Whether there are no entries.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Length in bytes.
    #[must_use]
    pub const fn byte_length(&self) -> usize {
        match self.content {
            Content::Bucket { bytes, .. } => bytes.len(),
            Content::Pages(page) => page.byte_length(),
        }
    }

    /// The fingerprints of a run's entries, in order; empty for a bucket, which stores none.
    #[must_use]
    pub const fn fingerprints(&self) -> &'a [u8] {
        match self.content {
            Content::Bucket { .. } => &[],
            Content::Pages(page) => page.fingerprints(),
        }
    }

    /// The bytes of the entry number `index` of a run of pages: its key and its value. `None` for a bucket.
    #[must_use]
    pub fn entry_bytes(&self, index: usize) -> Option<&'a [u8]> {
        match self.content {
            Content::Bucket { .. } => None,
            Content::Pages(page) => page.entry_bytes(index),
        }
    }

    /// The unused bytes of a run of pages, which must be zero.
    #[must_use]
    pub fn padding(&self) -> &'a [u8] {
        match self.content {
            Content::Bucket { .. } => &[],
            Content::Pages(page) => page.padding(),
        }
    }

    #[cold]
    #[inline(never)]
    fn damaged_entry<E: LookupError>(&self, index: usize) -> E {
        self.damaged(FormatError::PageEntry { index })
    }

    #[cold]
    fn damaged<E: LookupError>(&self, source: FormatError) -> E {
        match self.content {
            Content::Bucket { .. } => ReadError::DamagedBucket {
                bucket: self.index,
                source,
            },
            Content::Pages(_) => ReadError::DamagedPage {
                page: self.index,
                source,
            },
        }
        .into()
    }
}

/// The fingerprint that a page stores of a loader's hash.
pub(crate) const fn fingerprint(hash: u64) -> u8 {
    fingerprint_of(spread(hash))
}
