//! The hashes that an extent's entries may have.

use std::ops::Range;

use massmap_format::FormatError;

use super::buckets::BucketIndex;
use super::pages::PagedIndex;
use super::slot::Slot;

/// The hashes that an extent's entries may have, from [`Index::placement_range`](crate::Index::placement_range).
#[derive(Debug, Clone)]
pub struct PlacementRange<'a>(Hashes<'a>);

#[derive(Debug, Clone)]
enum Hashes<'a> {
    /// Those of a bucket.
    Bucket(&'a BucketIndex, usize),
    /// Those of the bins of a run of pages.
    Bins(&'a PagedIndex, Range<u64>),
}

impl<'a> PlacementRange<'a> {
    pub(super) const fn of_bucket(buckets: &'a BucketIndex, index: usize) -> Self {
        Self(Hashes::Bucket(buckets, index))
    }

    pub(super) const fn of_bins(pages: &'a PagedIndex, bins: Range<u64>) -> Self {
        Self(Hashes::Bins(pages, bins))
    }

    /// Whether an entry in this slot of the extent, from [`Block::slots`](crate::Block::slots), can have this hash. Buckets have no
    /// slots.
    #[must_use]
    pub fn allows(&self, hash: u64, slot: Option<Slot>) -> bool {
        match &self.0 {
            Hashes::Bucket(buckets, bucket) => buckets.bucket_of(hash) == *bucket,
            Hashes::Bins(pages, bins) => {
                slot.is_some_and(|slot| pages.is_slot_of(hash, bins, slot))
                    && match pages.may_contain(hash) {
                        Ok(may_contain) => may_contain,
                        // A filter that is read in parts does not contradict where its parts are missing.
                        Err(error) => matches!(error, FormatError::SectionPartMissing { .. }),
                    }
            }
        }
    }

    /// The bins of a run of pages; empty for a bucket.
    #[must_use]
    pub fn bins(self) -> Range<u64> {
        match self.0 {
            Hashes::Bucket(..) => 0..0,
            Hashes::Bins(_, bins) => bins,
        }
    }
}
