//! Opening a file of format 1.

use std::collections::BTreeMap;

use massmap_format::{DuplicateKeys, MassMapHeader, MassMapMeta, MetadataDecoder, MetadataStream};

use super::opened::Opened;
use super::source::LONGEST_READ;
use crate::index::buckets::{BucketIndex, BucketIndexBuilder};
use crate::{Index, ReadError};

/// Reads the metadata that the header describes.
#[derive(Debug)]
pub(super) struct OpeningBuckets {
    header: MassMapHeader,
    /// Set if the metadata are read in pieces.
    pieces: Option<Pieces>,
}

/// Metadata that are decoded piece by piece. Memory holds at most twice the bytes decoded so far.
#[derive(Debug)]
struct Pieces {
    stream: MetadataStream,
    buckets: BucketIndexBuilder,
    /// Length of the next piece.
    length: u64,
}

impl OpeningBuckets {
    /// Begins with a valid header.
    pub(super) const fn new(header: MassMapHeader) -> Self {
        Self { header, pieces: None }
    }

    /// Offset and length of the metadata.
    pub(super) const fn metadata(&self) -> (u64, u64) {
        (self.header.meta_offset, self.header.meta_length)
    }

    /// Starts reading the metadata in pieces.
    pub(super) fn begin_pieces(&mut self) -> Result<(), ReadError> {
        self.pieces = Some(Pieces {
            stream: MetadataStream::new(&self.header)?,
            buckets: BucketIndexBuilder::new(),
            length: LONGEST_READ,
        });
        Ok(())
    }

    /// Offset and length of the next piece; `None` if the metadata are read at once.
    pub(super) fn next_piece(&self) -> Option<(u64, u64)> {
        let pieces = self.pieces.as_ref()?;
        let (offset, length) = self.metadata();
        let position = pieces.stream.position();
        Some((offset + position, pieces.length.min(length - position)))
    }

    /// Takes the next piece. Returns the result of opening after the last one.
    pub(super) fn add_piece(&mut self, piece: &[u8]) -> Result<Option<Opened>, ReadError> {
        let Some(mut pieces) = self.pieces.take() else {
            return Ok(None);
        };
        let buckets = &mut pieces.buckets;
        pieces.stream.add(piece, |bucket| buckets.push(bucket))?;
        if pieces.stream.position() < self.header.meta_length {
            pieces.length = pieces.length.saturating_mul(2);
            self.pieces = Some(pieces);
            return Ok(None);
        }
        let meta = pieces.stream.finish()?;
        Ok(Some(self.opened(meta, pieces.buckets.finish())))
    }

    /// Decodes all of the metadata.
    pub(super) fn decode(&self, metadata: &[u8]) -> Result<Opened, ReadError> {
        let mut buckets = BucketIndexBuilder::new();
        let meta = MetadataDecoder::new(&self.header, metadata)?.visit(|bucket| buckets.push(bucket))?;
        Ok(self.opened(meta, buckets.finish()))
    }

    fn opened(&self, meta: MassMapMeta, buckets: BucketIndex) -> Opened {
        Opened {
            header: self.header.clone(),
            meta,
            index: Index::buckets(buckets),
            duplicate_keys: DuplicateKeys::KeepAll,
            user_metadata: BTreeMap::new(),
            hash_probes: None,
            types: None,
            has_type_names: true,
        }
    }
}
