//! Dividing sort keys into consecutive ranges.

/// A range of sort keys, divided into partitions of the same width. The last one may be narrower.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PartitionRanges {
    first: u64,
    last: u64,
    /// A partition is `2^shift` sort keys wide.
    shift: u32,
}

impl PartitionRanges {
    /// The sort keys from `first` to `last`, in at most `max_partitions` partitions. If `last` is lower than `first`, there is one
    /// partition without entries.
    pub(crate) fn new(first: u64, last: u64, max_partitions: usize) -> Self {
        let last = last.max(first);
        let width = last - first;
        let max_partitions = max_partitions.max(1) as u64;
        let shift = (0..64).find(|&shift| width >> shift < max_partitions);
        Self {
            first,
            last,
            shift: shift.unwrap_or(64),
        }
    }

    /// The partition that `sort_key` belongs to, which must be in the range.
    #[inline]
    pub(crate) fn partition_of(&self, sort_key: u64) -> usize {
        let partition = (sort_key - self.first).checked_shr(self.shift).unwrap_or(0);
        usize::try_from(partition).expect("there are at most as many partitions as a usize counts")
    }

    /// Number of partitions.
    pub(crate) fn count(&self) -> usize {
        self.partition_of(self.last) + 1
    }

    /// The first and the last sort key of a partition.
    pub(crate) fn bounds(&self, partition: usize) -> (u64, u64) {
        if self.shift == 64 {
            return (self.first, self.last);
        }
        let first = self.first + ((partition as u64) << self.shift);
        let width = (1 << self.shift) - 1;
        (first, self.last.min(first.saturating_add(width)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_cover_all_sort_keys_one_after_the_other() {
        for (first, last) in [
            (0, 0),
            (0, 1),
            (5, 1000),
            (0, u64::MAX),
            (1 << 63, u64::MAX),
            (u64::MAX, u64::MAX),
            (3, u64::MAX - 7),
        ] {
            for most in [1, 2, 16, 1000, 1024] {
                let ranges = PartitionRanges::new(first, last, most);
                assert!(ranges.count() <= most, "{ranges:?}");
                let mut next = Some(first);
                for partition in 0..ranges.count() {
                    let (start, end) = ranges.bounds(partition);
                    assert_eq!(Some(start), next);
                    assert!(end >= start);
                    assert_eq!(
                        (ranges.partition_of(start), ranges.partition_of(end)),
                        (partition, partition)
                    );
                    next = end.checked_add(1);
                }
                assert_eq!(next, last.checked_add(1));
            }
        }
    }
}
