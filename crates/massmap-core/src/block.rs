//! The bytes of an extent and the entries in them.

pub(crate) mod checksum;
mod pages;
pub(crate) mod slots;

use std::ops::Range;

use massmap_format::{BucketEntries, EntryLayout, FormatError, Page, RawEntry};

use crate::error::fallback::LookupError;
use crate::index::extent::Extent;
use crate::index::slot::Slot;
use crate::low_level::prefetch::touch;
use crate::{Place, ReadError};

use pages::Pages;

/// Number of cache lines of a bucket that are loaded at once, rather than one by one as the walk reaches them. This makes a
/// lookup among 16 entries in memory a sixth faster if they are in no cache. Walking over more lines takes longer than loading
/// them.
const MOST_LINES: usize = 64;

/// A bucket or a run of pages that has been read, made by [`Index::block`](crate::Index::block).
#[derive(Debug, Clone, Copy)]
pub struct Block<'a> {
    /// Index of the bucket, or number of the run's first page.
    index: usize,
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
    pub(crate) const fn bucket(index: usize, count: u32, bytes: &'a [u8]) -> Self {
        let content = Content::Bucket { count, bytes };
        Self { index, content }
    }

    pub(crate) const fn pages(index: usize, page: Page<'a>) -> Self {
        let content = Content::Pages(page);
        Self { index, content }
    }

    /// The block's place in the file.
    #[must_use]
    pub const fn place(&self) -> Place {
        match self.content {
            Content::Bucket { .. } => Place::Bucket(self.index),
            Content::Pages(_) => Place::Page(self.index),
        }
    }

    /// How the entries lie in the block.
    #[must_use]
    pub const fn entry_layout(&self) -> EntryLayout {
        match self.content {
            Content::Bucket { .. } => EntryLayout::Variable,
            Content::Pages(page) => page.layout().entries(),
        }
    }

    /// Finds the entry whose key has the hash of `extent` and satisfies `is_key`. Of several entries with equal keys, finds the
    /// first one that was inserted.
    ///
    /// `extent` is what [`Index::probe`](crate::Index::probe) gave. `is_key` is called with encoded keys. Values are not decoded.
    /// In a run of pages, `is_key` sees only keys in the hash's slot. In a bucket, it sees every key up to the match. A bucket
    /// has no checksum, so the walk continues to its end, and damage anywhere in its structure is an error for each of its
    /// keys.
    ///
    /// # Errors
    ///
    /// [`ReadError::DamagedBucket`] or [`ReadError::DamagedPage`]; any error of `is_key`.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn find<E: LookupError>(
        &self,
        extent: &Extent,
        is_key: impl FnMut(&'a [u8]) -> Result<bool, E>,
    ) -> Result<Option<RawEntry<'a>>, E> {
        match self.content {
            Content::Pages(page) => Pages {
                index: self.index,
                page,
            }
            .find(extent, is_key),
            Content::Bucket { count, bytes } => self.find_in_bucket(count, bytes, is_key),
        }
    }

    // A function of its own, so that the walk has all registers.
    #[inline(never)]
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
            #[cfg_attr(not(debug_assertions), inline(always))]
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

    /// The numbers of the entries that may have the hash of `extent`. If there are none, the map does not have the key. `None` for
    /// a bucket, and for a run of pages whose directory is damaged.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn candidates(&self, extent: &Extent) -> Option<Range<usize>> {
        self.as_pages()?.candidates(extent)
    }

    /// Like [`find`](Self::find) among the entries with these numbers, from [`candidates`](Self::candidates).
    ///
    /// # Errors
    ///
    /// [`ReadError::DamagedPage`]; any error of `is_key`.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn find_among<E: LookupError>(
        &self,
        candidates: Range<usize>,
        is_key: impl FnMut(&'a [u8]) -> Result<bool, E>,
    ) -> Result<Option<RawEntry<'a>>, E> {
        match self.as_pages() {
            Some(pages) => pages.find_among(candidates, is_key),
            None => Ok(None),
        }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn as_pages(&self) -> Option<Pages<'a>> {
        match self.content {
            Content::Bucket { .. } => None,
            Content::Pages(page) => Some(Pages {
                index: self.index,
                page,
            }),
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
                let pages = Pages {
                    index: self.index,
                    page,
                };
                (0..page.len()).try_for_each(|number| visit(pages.entry::<E>(number)?))
            }
        }
    }

    /// Walks over all entries and calls `visit` with each one until it returns `false`.
    #[cfg_attr(not(debug_assertions), inline(always))]
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
            Failure::Damaged(source) => {
                let bucket = self.index;
                ReadError::DamagedBucket { bucket, source }.into()
            }
            Failure::Other(error) => error,
        })
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

    /// The slot of each entry of a run of pages, in order; none for a bucket. A damaged directory may have fewer or more slots with
    /// entries than there are entries.
    pub fn slots(&self) -> impl Iterator<Item = Slot> + use<'a> {
        let page = match self.content {
            Content::Bucket { .. } => None,
            Content::Pages(page) => Some(page),
        };
        page.into_iter().flat_map(|page| {
            let directory = page.directory();
            let of = directory.slot_count();
            directory.slots().map(move |number| Slot { number, of })
        })
    }

    /// Number of entries that the directory of a run of pages tells of; 0 for a bucket, which has none.
    #[must_use]
    pub fn entries_in_directory(&self) -> u64 {
        match self.content {
            Content::Bucket { .. } => 0,
            Content::Pages(page) => page.directory().count_ones(),
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
}
