//! Checking that header, metadata fields and bucket index agree, `FORMAT.md` section 1.6.

use std::ops::Range;

use super::bucket::min_length;
use crate::{FormatError, MassMapBucketMeta, MassMapHeader, MassMapMeta};

/// Checks one index entry after the other, and finally their sums.
#[derive(Debug)]
pub(super) struct Validator {
    /// The bucket to be checked next.
    index: u64,
    /// The end of the last bucket that has entries, where the next one must begin.
    end: u64,
    entries: u64,
    occupied: u64,
    /// The range from the first bucket that has entries to the last one.
    occupied_range: Range<u64>,
}

impl Validator {
    pub(super) const fn new() -> Self {
        Self {
            index: 0,
            end: MassMapHeader::SIZE as u64,
            entries: 0,
            occupied: 0,
            occupied_range: 0..0,
        }
    }

    /// Checks that the next bucket follows the previous ones without gap or overlap, or is empty and all zeros.
    #[inline]
    pub(super) fn check(&mut self, bucket: &MassMapBucketMeta) -> Result<(), FormatError> {
        let &MassMapBucketMeta {
            offset,
            length,
            count,
        } = bucket;
        let index = self.index;
        self.index += 1;
        if count == 0 {
            if offset != 0 || length != 0 {
                return Err(FormatError::EmptyBucketNotZero {
                    index,
                    offset,
                    length,
                });
            }
            return Ok(());
        }
        if offset != self.end {
            return Err(FormatError::BucketNotContiguous {
                index,
                offset,
                expected: self.end,
            });
        }
        if u64::from(length) < min_length(count) {
            return Err(FormatError::BucketTooShort { index, length, count });
        }
        // Neither sum can overflow: there are at most 2^32 buckets, and lengths and counts are below 2^32.
        self.end += u64::from(length);
        self.entries += u64::from(count);
        if self.occupied == 0 {
            self.occupied_range.start = index;
        }
        self.occupied_range.end = index + 1;
        self.occupied += 1;
        Ok(())
    }

    /// Checks that the counts of `meta` are those of the index, and that the buckets end where the metadata begins.
    pub(super) fn finish(self, meta_offset: u64, meta: &MassMapMeta) -> Result<(), FormatError> {
        check_count("entry_count", meta.entry_count, self.entries)?;
        check_count("occupied_bucket_count", meta.occupied_bucket_count, self.occupied)?;
        if meta.occupied_bucket_range != self.occupied_range {
            let meta = meta.occupied_bucket_range.clone();
            return Err(FormatError::OccupiedRangeMismatch {
                meta,
                index: self.occupied_range,
            });
        }
        if self.end != meta_offset {
            return Err(FormatError::BucketsEnd {
                end: self.end,
                meta_offset,
            });
        }
        Ok(())
    }
}

pub(super) fn check_count(field: &'static str, meta: u64, index: u64) -> Result<(), FormatError> {
    if meta == index {
        Ok(())
    } else {
        Err(FormatError::CountMismatch { field, meta, index })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sample {
        meta_offset: u64,
        meta: MassMapMeta,
        buckets: Vec<MassMapBucketMeta>,
    }

    impl Sample {
        fn new() -> Self {
            let empty = MassMapBucketMeta::default();
            Self {
                meta_offset: 24 + 10 + 20,
                meta: MassMapMeta {
                    entry_count: 5,
                    bucket_count: 5,
                    occupied_bucket_count: 2,
                    occupied_bucket_range: 1..4,
                    ..MassMapMeta::default()
                },
                buckets: vec![
                    empty,
                    MassMapBucketMeta {
                        offset: 24,
                        length: 10,
                        count: 3,
                    },
                    empty,
                    MassMapBucketMeta {
                        offset: 34,
                        length: 20,
                        count: 2,
                    },
                    empty,
                ],
            }
        }

        fn validate(&self) -> Result<(), FormatError> {
            let mut validator = Validator::new();
            self.buckets
                .iter()
                .try_for_each(|bucket| validator.check(bucket))?;
            validator.finish(self.meta_offset, &self.meta)
        }

        /// The error after a change.
        fn after(change: impl FnOnce(&mut Self)) -> FormatError {
            let mut sample = Self::new();
            sample.validate().unwrap();
            change(&mut sample);
            sample.validate().unwrap_err()
        }
    }

    #[test]
    fn an_empty_map_is_valid() {
        let sample = Sample {
            meta_offset: 24,
            meta: MassMapMeta {
                bucket_count: 2,
                ..MassMapMeta::default()
            },
            buckets: vec![MassMapBucketMeta::default(); 2],
        };
        sample.validate().unwrap();
    }

    #[test]
    fn counts_that_disagree_with_the_index_are_refused() {
        for (change, name) in [
            (
                (|meta| meta.entry_count = 4) as fn(&mut MassMapMeta),
                "entry_count",
            ),
            (|meta| meta.occupied_bucket_count = 3, "occupied_bucket_count"),
        ] {
            let error = Sample::after(|s| change(&mut s.meta));
            assert!(
                matches!(error, FormatError::CountMismatch { field, .. } if field == name),
                "{error}"
            );
        }
    }

    #[test]
    fn an_occupied_range_that_disagrees_with_the_index_is_refused() {
        for range in [0..4, 1..5, 2..4, 0..0, 1..u64::MAX] {
            let error = Sample::after(|s| s.meta.occupied_bucket_range = range);
            assert!(matches!(error, FormatError::OccupiedRangeMismatch { index, .. } if index == (1..4)));
        }
    }

    #[test]
    fn an_empty_bucket_with_an_offset_or_a_length_is_refused() {
        for (offset, length) in [(24, 0), (0, 1)] {
            let error = Sample::after(|s| {
                s.buckets[2] = MassMapBucketMeta {
                    offset,
                    length,
                    count: 0,
                }
            });
            assert!(
                matches!(error, FormatError::EmptyBucketNotZero { index: 2, .. }),
                "{error}"
            );
        }
    }

    #[test]
    fn gaps_overlaps_and_buckets_outside_the_file_are_refused() {
        for offset in [0, 33, 35, u64::MAX] {
            let error = Sample::after(|s| s.buckets[3].offset = offset);
            assert!(
                matches!(
                    error,
                    FormatError::BucketNotContiguous {
                        index: 3,
                        expected: 34,
                        ..
                    }
                ),
                "{error}"
            );
        }
        for length in [19, 21, u32::MAX] {
            let error = Sample::after(|s| s.buckets[3].length = length);
            assert!(
                matches!(error, FormatError::BucketsEnd { meta_offset: 54, .. }),
                "{error}"
            );
        }
    }

    #[test]
    fn more_entries_than_a_bucket_can_hold_are_refused() {
        let error = Sample::after(|s| s.buckets[1].count = 4);
        assert!(
            matches!(
                error,
                FormatError::BucketTooShort {
                    index: 1,
                    length: 10,
                    count: 4
                }
            ),
            "{error}"
        );
    }
}
