//! The index of a file: which part of it holds the entries of a hash.

pub(crate) mod buckets;
pub(crate) mod extent;
pub(crate) mod extents;
pub(crate) mod fraction;
pub(crate) mod pages;
pub(crate) mod placement_range;
pub(crate) mod prefetch;
pub(crate) mod probe;
pub(crate) mod section_bytes;
pub(crate) mod slot;

use std::ops::Range;

use bytes::Bytes;
use massmap_format::{FormatError, FormatVersion, PagedHeader, RawEntry};

use crate::block::Block;
use crate::block::checksum::{ChecksumPolicy, Checksums};
use crate::codec::{Codec, EntryCodec};
use crate::error::fallback::LookupError;
use crate::{Place, ReadError};

use buckets::BucketIndex;
use extent::Extent;
use extents::Extents;
use pages::PagedIndex;
use pages::fast::FastSearch;
use placement_range::PlacementRange;
use probe::Probe;

/// The index of an open file, made by [`Opening`](crate::Opening).
///
/// It takes two to three bytes a bucket of format 1, or about one byte a page of format 2 plus the miss filter. Bytes that were
/// supplied as a shared mapping are used in place and take no memory.
#[derive(Debug, Clone)]
pub struct Index {
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    /// Format 1; there is at least one bucket.
    Buckets(BucketIndex),
    /// Format 2.
    Pages(Box<PagedIndex>),
}

impl Index {
    pub(crate) const fn buckets(buckets: BucketIndex) -> Self {
        Self {
            kind: Kind::Buckets(buckets),
        }
    }

    pub(crate) fn pages(pages: PagedIndex) -> Self {
        Self {
            kind: Kind::Pages(Box::new(pages)),
        }
    }

    /// How the keys are encoded.
    #[must_use]
    #[inline]
    pub fn key_codec(&self) -> Codec<'_> {
        match self.entry_codec() {
            Some(codec) => Codec::Record(&codec.key),
            None => Codec::MessagePack,
        }
    }

    /// How the values are encoded.
    #[must_use]
    #[inline]
    pub fn value_codec(&self) -> Codec<'_> {
        match (self.entry_codec(), self.as_pages()) {
            (Some(codec), _) => Codec::Record(&codec.value),
            (None, Some(pages)) => match &pages.values {
                Some(decoder) => Codec::Compressed(decoder),
                None => Codec::MessagePack,
            },
            (None, None) => Codec::MessagePack,
        }
    }

    /// The codec of the entries, if all have the same width.
    #[inline]
    fn entry_codec(&self) -> Option<&EntryCodec> {
        match &self.kind {
            Kind::Buckets(_) => None,
            Kind::Pages(pages) => pages.codec.as_ref(),
        }
    }

    /// The format of the file.
    #[must_use]
    pub const fn format(&self) -> FormatVersion {
        match self.kind {
            Kind::Buckets(_) => FormatVersion::V1,
            Kind::Pages(_) => FormatVersion::V2,
        }
    }

    /// The index of a file of format 1.
    #[must_use]
    pub const fn as_buckets(&self) -> Option<&BucketIndex> {
        match &self.kind {
            Kind::Buckets(buckets) => Some(buckets),
            Kind::Pages(_) => None,
        }
    }

    /// The index of a file of format 2.
    #[must_use]
    #[inline]
    pub fn as_pages(&self) -> Option<&PagedIndex> {
        match &self.kind {
            Kind::Buckets(_) => None,
            Kind::Pages(pages) => Some(pages),
        }
    }

    /// Header of a file of format 2.
    #[must_use]
    pub fn paged_header(&self) -> Option<&PagedHeader> {
        self.as_pages().map(|pages| &pages.header)
    }

    /// Sets when the checksums of pages are checked; [`ChecksumPolicy::EveryRead`] unless set. No effect in format 1.
    pub fn set_checksum_policy(&mut self, policy: ChecksumPolicy) {
        if let Kind::Pages(pages) = &mut self.kind {
            pages.checksums = Checksums::new(policy, pages.header.page_count);
        }
    }

    /// Number of bytes that buckets or page index, miss filter and dictionary take: of memory, or of the mapping in which index and
    /// filter are used.
    #[must_use]
    pub fn byte_length(&self) -> usize {
        match &self.kind {
            Kind::Buckets(buckets) => buckets.byte_length(),
            Kind::Pages(pages) => pages.byte_length(),
        }
    }

    /// Number of buckets, at least 1, or of pages.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.kind {
            Kind::Buckets(buckets) => buckets.bucket_count(),
            Kind::Pages(pages) => usize::try_from(pages.header.page_count).unwrap_or(usize::MAX),
        }
    }

    /// Whether there are no pages.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Offset of the bucket or page `index` in the file; the end of the last one if there is no such one.
    #[must_use]
    pub fn offset(&self, index: usize) -> u64 {
        match &self.kind {
            Kind::Buckets(buckets) => buckets.offset(index),
            Kind::Pages(pages) => {
                let page = pages.header.page_count.min(index as u64);
                pages.header.page_offset(page).unwrap_or(u64::MAX)
            }
        }
    }

    /// Offset of the end of the last bucket or page in the file.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.offset(usize::MAX)
    }

    /// Number of entries, duplicates included.
    #[must_use]
    pub fn entry_count(&self) -> u64 {
        match &self.kind {
            Kind::Buckets(buckets) => buckets.entry_count(),
            Kind::Pages(pages) => pages.header.entry_count,
        }
    }

    /// Names the bucket, or the page, with this index.
    #[must_use]
    pub const fn place(&self, index: usize) -> Place {
        match self.kind {
            Kind::Buckets(_) => Place::Bucket(index),
            Kind::Pages(_) => Place::Page(index),
        }
    }

    /// Finds the extent in which entries with this hash belong.
    ///
    /// # Errors
    ///
    /// A [`FormatError`] if the page index is damaged.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn probe<E: LookupError>(&self, hash: u64) -> Result<Probe, E> {
        match &self.kind {
            Kind::Buckets(buckets) => Ok(buckets.probe(hash)),
            Kind::Pages(pages) => pages.probe(hash),
        }
    }

    /// Index of the bucket or page in which entries with this hash belong, whether there are any or not. `None` in a map without
    /// pages, or if the index is damaged.
    #[must_use]
    pub fn index_of_hash(&self, hash: u64) -> Option<usize> {
        match &self.kind {
            Kind::Buckets(buckets) => Some(buckets.bucket_of(hash)),
            Kind::Pages(pages) => pages.page_of(hash),
        }
    }

    /// The extent of the bucket or page `index`. A page that does not begin a run counts as empty.
    ///
    /// # Errors
    ///
    /// [`ReadError::BucketOutOfRange`] or [`ReadError::PageOutOfRange`] unless `index` is less than [`len`](Self::len);
    /// [`ReadError::Format`] if the page index is damaged.
    pub fn extent(&self, index: usize) -> Result<Extent, ReadError> {
        match &self.kind {
            Kind::Buckets(buckets) => buckets.extent(index),
            Kind::Pages(pages) => pages.extent_at(index),
        }
    }

    /// The extent of the bucket `index`, or of the run that the page `index` belongs to.
    ///
    /// # Errors
    ///
    /// Those of [`extent`](Self::extent).
    pub fn extent_around(&self, index: usize) -> Result<Extent, ReadError> {
        match &self.kind {
            Kind::Buckets(buckets) => buckets.extent(index),
            Kind::Pages(pages) => pages.extent_around(index),
        }
    }

    /// Checks the whole page index: every search in it succeeds, and no bits are set that searches do not use.
    ///
    /// # Errors
    ///
    /// A [`FormatError`] that says what is wrong.
    pub fn verify(&self) -> Result<(), FormatError> {
        match &self.kind {
            Kind::Buckets(_) => Ok(()),
            Kind::Pages(pages) => pages.index()?.map_or(Ok(()), |index| index.verify()),
        }
    }

    /// All extents that have entries, in order. A damaged page index ends them with an error.
    #[must_use]
    pub fn extents(&self) -> Extents<'_> {
        self.extents_within(0..self.len())
    }

    /// The extents that have entries and begin within `range`, in order. A damaged page index ends them with an error.
    #[must_use]
    pub fn extents_within(&self, range: Range<usize>) -> Extents<'_> {
        let range = range.start..range.end.min(self.len());
        match &self.kind {
            Kind::Buckets(buckets) => Extents::of_buckets(buckets, range),
            Kind::Pages(pages) => Extents::of_pages(pages, range),
        }
    }

    /// The hashes that entries of `extent` may have.
    #[must_use]
    pub fn placement_range(&self, extent: &Extent) -> PlacementRange<'_> {
        match &self.kind {
            Kind::Buckets(buckets) => PlacementRange::of_bucket(buckets, extent.index),
            Kind::Pages(pages) => {
                let index = pages.index().ok().flatten();
                let run = index.and_then(|index| index.run_of_page(extent.index as u64).ok());
                // A damaged index places nothing anywhere.
                PlacementRange::of_bins(pages, run.map_or(0..0, |run| run.first_bin..run.end_bin))
            }
        }
    }

    /// The hashes that entries of the extent may have in which entries with this hash belong. Unlike
    /// [`placement_range`](Self::placement_range), it needs no more parts of an index that is [read in
    /// parts](crate::Opening::with_index_in_parts) than a probe of the hash.
    ///
    /// # Errors
    ///
    /// A [`FormatError`] if the page index is damaged.
    pub fn placement_around(&self, hash: u64) -> Result<PlacementRange<'_>, FormatError> {
        Ok(match &self.kind {
            Kind::Buckets(buckets) => PlacementRange::of_bucket(buckets, buckets.bucket_of(hash)),
            Kind::Pages(pages) => PlacementRange::of_bins(pages, pages.bins_around(hash)?),
        })
    }

    /// Like [`probe`](Self::probe), but asks no miss filter.
    ///
    /// # Errors
    ///
    /// Those of [`probe`](Self::probe).
    pub fn probe_unfiltered(&self, hash: u64) -> Result<Probe, FormatError> {
        match &self.kind {
            Kind::Buckets(buckets) => Ok(buckets.probe(hash)),
            Kind::Pages(pages) => pages.probe_unfiltered(hash),
        }
    }

    /// Offset and length of a range to [supply](Self::supply) so that walks over all extents can be made; `None` unless the index is [read in
    /// parts](crate::Opening::with_index_in_parts) and some may be missing.
    ///
    /// What needs one of them fails with [`FormatError::SectionPartMissing`], and succeeds once that part has been supplied.
    #[must_use]
    pub fn next_missing(&self) -> Option<(u64, u64)> {
        self.as_pages()?.next_missing()
    }

    /// Takes the bytes at `offset` of the file, which [`FormatError::SectionPartMissing`] has asked for, and checks the checksums of their
    /// blocks.
    ///
    /// # Errors
    ///
    /// [`FormatError::BlockChecksum`]; [`ReadError::NotRequested`] for other bytes than were asked for.
    pub fn supply(&self, offset: u64, bytes: &Bytes) -> Result<(), ReadError> {
        match self.as_pages() {
            Some(pages) if pages.supply(offset, bytes)? => Ok(()),
            _ => Err(ReadError::NotRequested),
        }
    }

    /// Decodes `bytes`, the bytes of `extent`, into a block. Checks their checksum if the format has one and the map's policy
    /// says so.
    ///
    /// # Errors
    ///
    /// [`ReadError::WrongLength`] unless `bytes` have the extent's length; [`ReadError::DamagedPage`].
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn block<'a, E: LookupError>(&self, extent: &Extent, bytes: &'a [u8]) -> Result<Block<'a>, E> {
        self.block_with_policy(extent, bytes, None)
    }

    /// Like [`block`](Self::block), with `policy` in place of the map's.
    ///
    /// # Errors
    ///
    /// Those of [`block`](Self::block).
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn block_with_policy<'a, E: LookupError>(
        &self,
        extent: &Extent,
        bytes: &'a [u8],
        policy: Option<ChecksumPolicy>,
    ) -> Result<Block<'a>, E> {
        match &self.kind {
            Kind::Buckets(_) => buckets::block(extent, bytes),
            Kind::Pages(pages) => pages.block(extent, bytes, policy),
        }
    }

    /// Fast lookups in `memory`, the bytes of the file; `None` if they are not for this file.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn fast_search<'a>(&'a self, memory: &'a [u8]) -> Option<FastSearch<'a>> {
        self.as_pages()?.fast_search(memory)
    }

    /// Looks up the first entry with the hash `hash` whose encoded key satisfies `is_key`, in a file whose bytes lie in memory.
    /// Returns the index of its bucket or its run's first page, and the entry.
    ///
    /// `bytes_of` gives the bytes of an extent. `is_key` is called with the same index and a key.
    ///
    /// # Errors
    ///
    /// Those of [`probe`](Self::probe), [`block`](Self::block) and [`Block::find`], and those of `bytes_of` and `is_key`.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn find_in_memory<'a, E: LookupError>(
        &self,
        hash: u64,
        bytes_of: impl FnOnce(&Extent) -> Result<&'a [u8], E>,
        mut is_key: impl FnMut(usize, &'a [u8]) -> Result<bool, E>,
    ) -> Result<Option<(usize, RawEntry<'a>)>, E> {
        match &self.kind {
            Kind::Buckets(buckets) => match buckets.probe(hash) {
                Probe::Miss => Ok(None),
                Probe::Read(extent) => {
                    let index = extent.index;
                    let block = buckets::block::<E>(&extent, bytes_of(&extent)?)?;
                    let entry = block.find(
                        &extent,
                        #[cfg_attr(not(debug_assertions), inline(always))]
                        move |key| is_key(index, key),
                    )?;
                    Ok(entry.map(|entry| (extent.index, entry)))
                }
            },
            Kind::Pages(pages) => match pages.probe::<E>(hash)? {
                Probe::Miss => Ok(None),
                Probe::Read(extent) => pages.find_in_memory(&extent, bytes_of, is_key),
            },
        }
    }
}
