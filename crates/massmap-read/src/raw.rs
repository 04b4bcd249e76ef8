//! Walks over the encoded entries of a map, for merging and verifying.

mod long_run;

use std::fmt;
use std::hash::Hash;
use std::io;
use std::ops::Range;

use massmap_format::RawEntry;
use massmap_hash::MassMapHashLoader;
use massmap_io::MassMapReader;
use serde::Deserialize;

use crate::extents::Extents;
use crate::layout::{Extent, Layout, bucket_of, fingerprint};
use crate::scan::Block;
use crate::sequential::Sequential;
use crate::{MassMapInner, ReadError};

use long_run::Pieces;

/// The entries of one bucket or run of pages, still encoded.
#[derive(Debug, Clone, Default)]
pub struct RawBlock {
    /// Keys and values, one behind the other.
    bytes: Vec<u8>,
    /// For each entry, where its key and its value end.
    ends: Vec<(usize, usize)>,
    /// Index of the bucket, or number of the run's first page.
    index: usize,
    /// How many entries of a long run come before these.
    first: usize,
    /// What hashes of a run's entries lead to.
    bins: Range<u64>,
    /// What a run of pages keeps of the hash of each entry.
    fingerprints: Vec<u8>,
}

impl RawBlock {
    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The entry number `index`, from 0.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<RawEntry<'_>> {
        let start = match index.checked_sub(1) {
            Some(previous) => self.ends.get(previous)?.1,
            None => 0,
        };
        let &(key_end, end) = self.ends.get(index)?;
        Some(RawEntry {
            key: self.bytes.get(start..key_end)?,
            value: self.bytes.get(key_end..end)?,
        })
    }

    /// A copy of the entries of `block`.
    pub(crate) fn of(block: &Block<'_>) -> io::Result<Self> {
        let mut raw = Self {
            index: block.origin.index,
            fingerprints: block.fingerprints().to_vec(),
            ..Self::default()
        };
        let length = block.byte_length();
        // Entries may be as large as memory, of which there may be little.
        raw.bytes
            .try_reserve_exact(length)
            .map_err(|_| ReadError::OutOfMemory {
                bucket: block.origin.index,
                length,
            })?;
        block.for_each(|RawEntry { key, value }| {
            raw.bytes.extend_from_slice(key);
            let key_end = raw.bytes.len();
            raw.bytes.extend_from_slice(value);
            raw.ends.push((key_end, raw.bytes.len()));
            Ok(())
        })?;
        Ok(raw)
    }

    /// The block, which is `extent` of `inner`, with the bins that it covers.
    fn with_bins<R: MassMapReader, H: MassMapHashLoader>(
        mut self,
        inner: &MassMapInner<R, H>,
        extent: &Extent,
    ) -> Self {
        self.bins = inner.places().home(extent).bins();
        self
    }

    /// The entries, in order.
    pub fn iter(&self) -> impl Iterator<Item = RawEntry<'_>> {
        (0..self.len()).map_while(|index| self.get(index))
    }
}

/// The longest read of several blocks, in bytes: merging has one such buffer for each of what may be hundreds of maps.
const LONGEST_READ: u64 = 64 << 10;

/// Longer runs of pages are read in pieces, twice if their checksum is checked.
const LONGEST_RUN: u64 = 1 << 20;

/// Iterator over the blocks of a map, made by [`MassMapInner::raw_blocks`].
pub struct RawBlocks<'a, R: MassMapReader, H: MassMapHashLoader> {
    inner: &'a MassMapInner<R, H>,
    extents: Extents<'a>,
    reads: Sequential<'a, R, H>,
    /// A long run that is being read.
    pieces: Option<Pieces>,
}

impl<R: MassMapReader, H: MassMapHashLoader> MassMapInner<R, H> {
    /// Reads all entries without decoding them, a bucket or a run of pages at a time, in their order. A run of more than 1 MiB
    /// comes in several blocks, of at most 256 KiB unless a single entry is longer.
    ///
    /// Reads up to 64 KiB at once, or one longer block. Damage is yielded as an error in place of a block's entries.
    pub fn raw_blocks(&self) -> RawBlocks<'_, R, H> {
        RawBlocks {
            inner: self,
            extents: self.places().extents(),
            pieces: None,
            reads: Sequential::new(self, self.layout().offset(usize::MAX), LONGEST_READ),
        }
    }

    /// Reads all entries of the bucket `index` without decoding them. In format 2, those of the run of pages that begins at page
    /// `index`; none if it goes on one.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) with [`ReadError::BucketOutOfRange`](crate::ReadError::BucketOutOfRange) or
    /// [`ReadError::PageOutOfRange`](crate::ReadError::PageOutOfRange) unless `index` is less than [`bucket_count`](Self::bucket_count); any error of the reader;
    /// [`InvalidData`](io::ErrorKind::InvalidData) with a [`ReadError`](crate::ReadError) if the bucket is damaged.
    pub fn raw_block(&self, index: usize) -> io::Result<RawBlock> {
        let extent = self.places().extent(index)?;
        let block = self.read(extent, |block| RawBlock::of(&block))?;
        Ok(block.with_bins(self, &extent))
    }

    /// The hash of the key of the entry number `index` of `block`, a block of this map, once it has been decoded as a `K`.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) if there is no such entry;
    /// [`InvalidData`](io::ErrorKind::InvalidData) with [`ReadError::Key`](crate::ReadError::Key) if it cannot be decoded, and with
    /// [`ReadError::HashMismatch`](crate::ReadError::HashMismatch) if a lookup of it would look elsewhere.
    pub fn hash_stored_key<K>(&self, block: &RawBlock, index: usize) -> io::Result<u64>
    where
        K: for<'de> Deserialize<'de> + Hash,
    {
        let entry = block.get(index).ok_or(io::ErrorKind::InvalidInput)?;
        let hash = self.hash(&self.origin(block.index).decode_key::<K>(&entry)?);
        let belongs = match self.layout() {
            Layout::Buckets(buckets) => bucket_of(buckets, hash) == block.index,
            Layout::Pages(pages) => {
                block.bins.contains(&pages.bin_of_hash(hash))
                    && block.fingerprints.get(index) == Some(&fingerprint(hash))
            }
        };
        match belongs {
            true => Ok(hash),
            false => Err(self.mismatch::<K>(block.index, block.first + index, hash).into()),
        }
    }
}

impl<R: MassMapReader, H: MassMapHashLoader> Iterator for RawBlocks<'_, R, H> {
    type Item = io::Result<RawBlock>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(pieces) = &mut self.pieces {
            let next = pieces.next(self.inner).transpose();
            if !matches!(next, Some(Ok(_))) {
                self.pieces = None;
            }
            if next.is_some() {
                return next;
            }
        }
        let extent = match self.extents.next()? {
            Ok(extent) => extent,
            Err(error) => return Some(Err(error)),
        };
        let pages = match self.inner.layout() {
            Layout::Pages(pages) if extent.length > LONGEST_RUN => pages,
            _ => {
                let block = self.reads.read(extent, |block| RawBlock::of(&block));
                return Some(block.map(|block| block.with_bins(self.inner, &extent)));
            }
        };
        match Pieces::begin(self.inner, pages, extent) {
            // It has entries: a run without any is damaged.
            Ok(pieces) => self.pieces.insert(pieces).next(self.inner).transpose(),
            Err(error) => Some(Err(error)),
        }
    }
}

impl<R: MassMapReader, H: MassMapHashLoader> fmt::Debug for RawBlocks<'_, R, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawBlocks").finish_non_exhaustive()
    }
}
