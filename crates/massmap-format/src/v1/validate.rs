//! Whether header, metadata fields and bucket index fit together, `FORMAT.md` section 1.6.

use super::bucket::min_length;
use crate::{FormatError, MassMapBucketMeta, MassMapHeader, MassMapMeta};

/// Checks that the counts of `meta` are those of the index, and that the buckets fill the file from the header to the
/// metadata, in index order, without gap or overlap.
pub(super) fn validate(
    header: &MassMapHeader,
    meta: &MassMapMeta,
    buckets: &[MassMapBucketMeta],
) -> Result<(), FormatError> {
    if buckets.is_empty() {
        return Err(FormatError::ZeroBuckets);
    }
    check_count("bucket_count", meta.bucket_count, buckets.len() as u64)?;

    let mut end = MassMapHeader::SIZE as u64;
    let mut entries = 0;
    let mut occupied = 0;
    let mut occupied_range = 0..0;
    for (index, bucket) in (0..).zip(buckets) {
        let &MassMapBucketMeta {
            offset,
            length,
            count,
        } = bucket;
        if count == 0 {
            if offset != 0 || length != 0 {
                return Err(FormatError::EmptyBucketNotZero {
                    index,
                    offset,
                    length,
                });
            }
            continue;
        }
        if offset != end {
            return Err(FormatError::BucketNotContiguous {
                index,
                offset,
                expected: end,
            });
        }
        if u64::from(length) < min_length(count) {
            return Err(FormatError::BucketTooShort { index, length, count });
        }
        // Neither sum can overflow: there are at most 2^32 buckets, and lengths and counts are below 2^32.
        end += u64::from(length);
        entries += u64::from(count);
        if occupied == 0 {
            occupied_range.start = index;
        }
        occupied_range.end = index + 1;
        occupied += 1;
    }
    check_count("entry_count", meta.entry_count, entries)?;
    check_count("occupied_bucket_count", meta.occupied_bucket_count, occupied)?;
    if meta.occupied_bucket_range != occupied_range {
        let meta = meta.occupied_bucket_range.clone();
        return Err(FormatError::OccupiedRangeMismatch {
            meta,
            index: occupied_range,
        });
    }
    if end != header.meta_offset {
        return Err(FormatError::BucketsEnd {
            end,
            meta_offset: header.meta_offset,
        });
    }
    Ok(())
}

fn check_count(field: &'static str, meta: u64, index: u64) -> Result<(), FormatError> {
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
        header: MassMapHeader,
        meta: MassMapMeta,
        buckets: Vec<MassMapBucketMeta>,
    }

    impl Sample {
        fn new() -> Self {
            let empty = MassMapBucketMeta::default();
            Self {
                header: MassMapHeader {
                    meta_offset: 24 + 10 + 20,
                    meta_length: 99,
                },
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

        /// What is found after a change.
        fn after(change: impl FnOnce(&mut Self)) -> FormatError {
            let mut sample = Self::new();
            validate(&sample.header, &sample.meta, &sample.buckets).unwrap();
            change(&mut sample);
            validate(&sample.header, &sample.meta, &sample.buckets).unwrap_err()
        }
    }

    #[test]
    fn an_empty_map_is_valid() {
        let header = MassMapHeader {
            meta_offset: 24,
            meta_length: 9,
        };
        let meta = MassMapMeta {
            bucket_count: 2,
            ..MassMapMeta::default()
        };
        validate(&header, &meta, &[MassMapBucketMeta::default(); 2]).unwrap();
    }

    #[test]
    fn a_map_without_buckets_is_refused() {
        let error = Sample::after(|s| s.buckets.clear());
        assert!(matches!(error, FormatError::ZeroBuckets), "{error}");
    }

    #[test]
    fn counts_that_disagree_with_the_index_are_refused() {
        for (change, name) in [
            (
                (|meta| meta.bucket_count = 6) as fn(&mut MassMapMeta),
                "bucket_count",
            ),
            (|meta| meta.entry_count = 4, "entry_count"),
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
    fn an_empty_bucket_with_a_place_is_refused() {
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
