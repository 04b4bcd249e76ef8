//! Walks over the encoded entries of a map, for merging and verifying.

pub(crate) mod block;
mod long_run;

use std::any::type_name;
use std::fmt;
use std::hash::Hash;
use std::io;
use std::ops::Range;

use massmap_core::{Codec, Extents};
use massmap_hash::MassMapHashLoader;
use massmap_io::MassMapReader;
use serde::Deserialize;

use super::sequential::Sequential;
use crate::MassMapInner;

use block::{Form, RawBlock};
use long_run::Pieces;

/// The longest read of several blocks, in bytes. Merging has one such buffer for each map, and there may be hundreds of maps.
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
    form: Form,
}

impl<R: MassMapReader, H: MassMapHashLoader> MassMapInner<R, H> {
    /// Reads all entries as MessagePack, a bucket or a run of pages at a time, in order. A run of more than 1 MiB comes in
    /// several blocks, of at most 256 KiB unless a single entry is longer.
    ///
    /// Reads up to 64 KiB at once, or one longer block. Damage is yielded as an error in place of a block's entries.
    pub fn raw_blocks(&self) -> RawBlocks<'_, R, H> {
        self.blocks(Form::Encoded, 0..usize::MAX)
    }

    /// Reads the entries of the buckets, or of the runs of pages that begin, within `range`; otherwise like
    /// [`raw_blocks`](Self::raw_blocks).
    pub fn raw_blocks_within(&self, range: Range<usize>) -> RawBlocks<'_, R, H> {
        self.blocks(Form::Encoded, range)
    }

    /// Reads all entries as they are stored; otherwise like [`raw_blocks`](Self::raw_blocks). For files whose [keys and values are
    /// records](massmap_format::EntryLayout::Fixed), the keys cannot be [hashed](Self::hash_stored_key).
    ///
    /// For copying [compressed values](massmap_format::StoredValue) to files with the same compression.
    pub fn stored_blocks(&self) -> RawBlocks<'_, R, H> {
        self.blocks(Form::Stored, 0..usize::MAX)
    }

    fn blocks(&self, form: Form, range: Range<usize>) -> RawBlocks<'_, R, H> {
        let index = self.index();
        RawBlocks {
            form,
            inner: self,
            pieces: None,
            reads: Sequential::new(self, index.offset(range.end), LONGEST_READ),
            extents: index.extents_within(range),
        }
    }

    /// Reads all entries of the bucket `index` as MessagePack. In format 2, those of the run of pages that begins at page
    /// `index`; none if that page continues a run.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) with [`ReadError::BucketOutOfRange`](crate::ReadError::BucketOutOfRange) or
    /// [`ReadError::PageOutOfRange`](crate::ReadError::PageOutOfRange) unless `index` is less than [`bucket_count`](Self::bucket_count); any error of the reader;
    /// [`InvalidData`](io::ErrorKind::InvalidData) with a [`ReadError`](crate::ReadError) if the bucket is damaged.
    pub fn raw_block(&self, index: usize) -> io::Result<RawBlock> {
        let extent = self.index().extent(index)?;
        let block = self.read(&extent, |block| RawBlock::encoded(self, &extent, &block))?;
        Ok(block.with_bins(self.index().placement_range(&extent).bins()))
    }

    /// Decodes the key of entry `index` of `block`, a block of this map, as a `K` and returns its hash.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) if there is no such entry; [`InvalidData`](io::ErrorKind::InvalidData) with
    /// [`ReadError::Key`](crate::ReadError::Key) if the key cannot be decoded, and with
    /// [`ReadError::HashMismatch`](crate::ReadError::HashMismatch) if a lookup would search for it elsewhere.
    pub fn hash_stored_key<K>(&self, block: &RawBlock, index: usize) -> io::Result<u64>
    where
        K: for<'de> Deserialize<'de> + Hash,
    {
        let entry = block.get(index).ok_or(io::ErrorKind::InvalidInput)?;
        let key = Codec::MessagePack.decode::<K>(entry.key);
        let key = key.map_err(|cause| io::Error::from(self.undecodable_key::<K>(block.index, cause)))?;
        let hash = self.hash(&key);
        let belongs = match self.index().as_pages() {
            None => self.index().index_of_hash(hash) == Some(block.index),
            Some(pages) => block
                .slot(index)
                .is_some_and(|slot| pages.is_slot_of(hash, &block.bins, slot)),
        };
        if belongs {
            return Ok(hash);
        }
        let entry = block.first + index;
        let (names, key_type) = (self.names(), type_name::<K>());
        Err(names
            .misplaced_key(self.index(), block.index, entry, hash, key_type)
            .into())
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
            Err(error) => return Some(Err(error.into())),
        };
        let index = self.inner.index();
        let pages = match index.as_pages() {
            Some(pages) if extent.length() > LONGEST_RUN => pages,
            _ => {
                let inner = self.inner;
                let form = self.form;
                let block = self.reads.read(&extent, |block| match form {
                    Form::Encoded => RawBlock::encoded(inner, &extent, &block),
                    Form::Stored => RawBlock::stored(&extent, &block),
                });
                let bins = || index.placement_range(&extent).bins();
                return Some(block.map(|block| block.with_bins(bins())));
            }
        };
        match Pieces::begin(self.inner, pages, extent, self.form) {
            // The run has entries: one without any is damaged.
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
