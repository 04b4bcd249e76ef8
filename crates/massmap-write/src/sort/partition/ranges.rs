//! Dividing the orders of entries into consecutive ranges.

/// A range of orders, divided into partitions of the same width; the last one may be narrower.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ranges {
    first: u64,
    last: u64,
    /// A partition is 2^shift orders wide.
    shift: u32,
}

impl Ranges {
    /// The orders from `first` to `last`, in at most `most` partitions, at least 1. Where `last` is lower, there are none of
    /// them, and one partition.
    pub(crate) fn new(first: u64, last: u64, most: usize) -> Self {
        let last = last.max(first);
        let width = last - first;
        let most = most.max(1) as u64;
        let shift = (0..64).find(|&shift| width >> shift < most);
        Self {
            first,
            last,
            shift: shift.unwrap_or(64),
        }
    }

    /// The partition that `order`, which is one of these, belongs to.
    #[inline]
    pub(crate) fn of(&self, order: u64) -> usize {
        let partition = (order - self.first).checked_shr(self.shift).unwrap_or(0);
        usize::try_from(partition).expect("a partition is one of as many as were asked for")
    }

    /// How many partitions there are.
    pub(crate) fn count(&self) -> usize {
        self.of(self.last) + 1
    }

    /// The first and the last order of a partition.
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
    fn partitions_cover_all_orders_one_behind_the_other() {
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
                let ranges = Ranges::new(first, last, most);
                assert!(ranges.count() <= most, "{ranges:?}");
                let mut next = Some(first);
                for partition in 0..ranges.count() {
                    let (start, end) = ranges.bounds(partition);
                    assert_eq!(Some(start), next);
                    assert!(end >= start);
                    assert_eq!((ranges.of(start), ranges.of(end)), (partition, partition));
                    next = end.checked_add(1);
                }
                assert_eq!(next, last.checked_add(1));
            }
        }
    }
}
