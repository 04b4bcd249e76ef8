//! Planning the reads for many lookups at once.

use std::ops::Range;

use crate::ReadError;
use crate::index::extent::Extent;

/// How nearby extents are combined into one read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coalescing {
    /// Most unused bytes between two extents that are read with them. 0 combines only adjacent extents.
    pub largest_gap: u64,
    /// Longest read of several extents, in bytes. A longer extent is a read of its own.
    pub longest_read: u64,
}

/// Collects probes and plans the reads for them: sorted by offset, without duplicates, coalesced.
///
/// It holds no keys and reads nothing. Each probe has a number by which its caller knows it.
///
/// ```
/// use massmap_core::{BatchPlan, Coalescing, Index, Probe, ReadError};
///
/// /// Calls `find` with the number of each hash and the bytes of its extent, which `read` reads.
/// fn look_up(
///     index: &Index,
///     hashes: &[u64],
///     read: impl Fn(u64, u64) -> Vec<u8>,
///     mut find: impl FnMut(u32, Option<&[u8]>),
/// ) -> Result<(), ReadError> {
///     let mut plan = BatchPlan::new(Coalescing { largest_gap: 4096, longest_read: 1 << 20 });
///     for (number, hash) in (0..).zip(hashes) {
///         match index.probe::<ReadError>(*hash)? {
///             Probe::Miss => find(number, None),
///             Probe::Read(extent) => plan.push(number, extent),
///         }
///     }
///     plan.sort();
///     for planned in plan.reads() {
///         let bytes = read(planned.offset(), planned.length());
///         for same in plan.extents_of(&planned) {
///             let part = planned.part(&bytes, same.extent())?;
///             same.probes().for_each(|(number, _)| find(number, Some(part)));
///         }
///     }
///     Ok(())
/// }
/// ```
#[derive(Debug, Clone)]
pub struct BatchPlan {
    coalescing: Coalescing,
    /// Sorted by offset once [`sort`](Self::sort) has been called.
    probes: Vec<(Extent, u32)>,
}

impl BatchPlan {
    /// An empty plan.
    #[must_use]
    pub const fn new(coalescing: Coalescing) -> Self {
        Self {
            coalescing,
            probes: Vec::new(),
        }
    }

    /// Reserves memory for `additional` more probes.
    pub fn reserve(&mut self, additional: usize) {
        self.probes.reserve(additional);
    }

    /// Adds a probe: the caller's number for it and the extent to read, which is not empty.
    pub fn push(&mut self, number: u32, extent: Extent) {
        self.probes.push((extent, number));
    }

    /// Removes all probes. The memory stays for the next ones.
    pub fn clear(&mut self) {
        self.probes.clear();
    }

    /// Number of probes.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.probes.len()
    }

    /// Whether there are no probes.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.probes.is_empty()
    }

    /// Sorts the probes by the offsets of their extents. Call this once all probes have been added.
    pub fn sort(&mut self) {
        self.probes
            .sort_unstable_by_key(|(extent, number)| (extent.offset, *number));
    }

    /// The reads, in the order of their offsets.
    #[must_use]
    pub fn reads(&self) -> BatchReads<'_> {
        BatchReads { plan: self, next: 0 }
    }

    /// The extents that `read`, a read of this plan, contains, with the probes of each.
    pub fn extents_of(&self, read: &BatchRead) -> impl Iterator<Item = SameExtent<'_>> {
        let probes = self.probes.get(read.probes.clone()).unwrap_or_default();
        // The index of a crafted file may make extents of different lengths begin at the same place.
        let is_same = |(one, _): &(Extent, u32), (other, _): &(Extent, u32)| {
            (one.offset, one.length()) == (other.offset, other.length())
        };
        probes.chunk_by(is_same).filter_map(|probes| {
            let (extent, _) = probes.first()?;
            Some(SameExtent { extent, probes })
        })
    }
}

/// The probes of one extent.
#[derive(Debug, Clone, Copy)]
pub struct SameExtent<'a> {
    extent: &'a Extent,
    probes: &'a [(Extent, u32)],
}

impl<'a> SameExtent<'a> {
    /// The extent.
    #[must_use]
    pub const fn extent(&self) -> &'a Extent {
        self.extent
    }

    /// The number of each probe, and the extent of its hash, to be passed to [`Block::find`](crate::Block::find).
    pub fn probes(&self) -> impl Iterator<Item = (u32, &'a Extent)> + use<'a> {
        self.probes.iter().map(|(extent, number)| (*number, extent))
    }
}

/// A part of the file that is read at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchRead {
    offset: u64,
    length: u64,
    /// The probes that are resolved there.
    probes: Range<usize>,
}

impl BatchRead {
    /// Offset in the file, in bytes.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Number of bytes, at least 1.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// Number of probes that are resolved there, at least 1.
    #[must_use]
    pub fn probe_count(&self) -> usize {
        self.probes.len()
    }

    /// The bytes of `extent` in `bytes`, the bytes of this read.
    ///
    /// # Errors
    ///
    /// [`ReadError::WrongLength`] if there are too few `bytes`.
    pub fn part<'a>(&self, bytes: &'a [u8], extent: &Extent) -> Result<&'a [u8], ReadError> {
        extent.bytes_in(bytes, self.offset).ok_or(ReadError::WrongLength {
            expected: self.length,
            found: bytes.len(),
        })
    }
}

/// Iterator over the reads of a [`BatchPlan`].
#[derive(Debug, Clone)]
pub struct BatchReads<'a> {
    plan: &'a BatchPlan,
    next: usize,
}

impl Iterator for BatchReads<'_> {
    type Item = BatchRead;

    fn next(&mut self) -> Option<BatchRead> {
        let Coalescing {
            largest_gap,
            longest_read,
        } = self.plan.coalescing;
        let ahead = self.plan.probes.get(self.next..)?;
        let (first, _) = ahead.first()?;
        let offset = first.offset;
        let mut length = first.length();
        let count = ahead
            .iter()
            .take_while(|(extent, _)| {
                let start = extent.offset.saturating_sub(offset);
                let end = start.saturating_add(extent.length());
                if end > length && start <= length.saturating_add(largest_gap) && end <= longest_read {
                    length = end;
                }
                end <= length
            })
            .count();
        let probes = self.next..self.next + count;
        self.next = probes.end;
        Some(BatchRead {
            offset,
            length,
            probes,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn extent(offset: u64, length: u64) -> Extent {
        Extent {
            offset,
            length: length as u32,
            ..Extent::empty(0)
        }
    }

    /// The reads that these extents take, as offset, length and numbers.
    fn reads(extents: &[(u64, u64)], largest_gap: u64, longest_read: u64) -> Vec<(u64, u64, Vec<u32>)> {
        let mut plan = BatchPlan::new(Coalescing {
            largest_gap,
            longest_read,
        });
        for (number, (offset, length)) in (0..).zip(extents) {
            plan.push(number, extent(*offset, *length));
        }
        plan.sort();
        plan.reads()
            .map(|read| {
                let numbers = plan
                    .extents_of(&read)
                    .flat_map(|same| same.probes())
                    .map(|(number, _)| number)
                    .collect();
                (read.offset(), read.length(), numbers)
            })
            .collect()
    }

    #[test]
    fn extents_that_touch_or_are_the_same_are_one_read() {
        let extents = [(4096, 4096), (0, 4096), (4096, 4096), (12_288, 4096)];
        assert_eq!(
            reads(&extents, 0, 1 << 16),
            [(0, 8192, vec![1, 0, 2]), (12_288, 4096, vec![3])]
        );
        assert_eq!(reads(&extents, 4096, 1 << 16), [(0, 16_384, vec![1, 0, 2, 3])]);
        assert_eq!(
            reads(&extents, 4095, 8192),
            [(0, 8192, vec![1, 0, 2]), (12_288, 4096, vec![3])]
        );
    }

    #[test]
    fn no_read_of_several_extents_is_longer_than_the_longest() {
        let extents = [(0, 4096), (4096, 4096), (8192, 4096), (12_288, 100_000)];
        assert_eq!(
            reads(&extents, 0, 8192),
            [
                (0, 8192, vec![0, 1]),
                (8192, 4096, vec![2]),
                (12_288, 100_000, vec![3])
            ]
        );
    }

    #[test]
    fn extents_of_different_lengths_at_one_place_are_told_apart() {
        let mut plan = BatchPlan::new(Coalescing {
            largest_gap: 0,
            longest_read: 1 << 16,
        });
        plan.push(0, extent(0, 4096));
        plan.push(1, extent(0, 8192));
        plan.sort();
        let lengths = |read: &BatchRead| -> Vec<_> {
            plan.extents_of(read).map(|same| same.extent().length()).collect()
        };
        let all: Vec<_> = plan.reads().map(|read| lengths(&read)).collect();
        assert_eq!(all, [[4096, 8192]]);
    }

    proptest! {
        #[test]
        fn every_probe_lies_in_exactly_one_read(
            extents in proptest::collection::vec((0u64..50, 1u64..4), 0..60),
            largest_gap in 0u64..4,
            longest_read in 0u64..20,
        ) {
            let reads = reads(&extents, largest_gap, longest_read);
            let mut numbers = Vec::new();
            let mut end = 0;
            for (offset, length, of_read) in reads {
                prop_assert!(length > 0);
                for number in of_read {
                    let (start, part) = extents[number as usize];
                    prop_assert!(offset <= start && start + part <= offset + length);
                    prop_assert!(length <= longest_read.max(part) || extents.iter().any(|(_, longest)| *longest == length));
                    numbers.push(number);
                }
                prop_assert!(offset >= end || longest_read < end, "reads do not overlap");
                end = end.max(offset);
            }
            numbers.sort_unstable();
            prop_assert_eq!(numbers, (0..extents.len() as u32).collect::<Vec<_>>());
        }
    }
}
