//! The index of format 1, in two to three bytes a bucket.

use std::num::NonZeroU64;
use std::ops::Range;
use std::sync::OnceLock;

use massmap_format::{MassMapBucketMeta, MassMapHeader};

use super::extent::Extent;
use super::probe::Probe;
use crate::ReadError;
use crate::block::Block;
use crate::error::fallback::LookupError;

/// Number of buckets that share a base and the widths of their fields. With fewer, `groups` would not stay in the processor's
/// caches. With more, a single long bucket would widen the fields of more others.
const GROUP: usize = 128;

/// Number of bytes after the last field. Fields are read as eight bytes each, wherever they begin.
const PADDING: usize = size_of::<u64>();

/// Position and number of entries of each bucket.
///
/// Buckets follow each other in index order, and each ends where the next one begins. So it is enough to store, for each bucket,
/// its start relative to the first of its group, and its count, both in as few bits as the whole group needs. A row in `rows`
/// holds both. After the rows of a group comes the end of the last bucket. An empty bucket begins where the next one does.
///
/// A lookup takes two accesses that depend on each other, to `groups`, which mostly stays in the processor's caches, and to
/// `rows`.
#[derive(Debug, Clone)]
pub struct BucketIndex {
    /// Number of buckets.
    len: usize,
    /// One for each [`GROUP`] buckets; the last one may have fewer.
    groups: Vec<Group>,
    rows: Vec<u8>,
    entry_count: u64,
    occupied_count: u64,
    occupied_range: Range<usize>,
    /// Offset of the end of the last bucket.
    end: u64,
    /// The whole index with one element a bucket, built on demand.
    metas: OnceLock<Vec<MassMapBucketMeta>>,
}

/// The place and widths of the rows of a group.
#[derive(Debug, Clone, Copy)]
struct Group {
    /// Offset of its first bucket in the file.
    base: u64,
    /// From the highest bits down: the first byte of its rows, and the widths in bits of a bucket's start and of its count. In
    /// one word, so that a group takes 16 bytes.
    rows: u64,
}

impl Group {
    const fn new(base: u64, first_byte: usize, widths: Widths) -> Self {
        // 2^32 buckets of at most nine bytes each: far from 48 bits.
        Self {
            base,
            rows: (first_byte as u64) << 16 | (widths.start as u64) << 8 | widths.count as u64,
        }
    }

    #[inline]
    const fn widths(self) -> Widths {
        Widths {
            start: (self.rows >> 8 & 0xff) as u32,
            count: (self.rows & 0xff) as u32,
        }
    }

    /// The bit at which the row number `row` begins.
    #[inline]
    const fn bit(self, row: usize) -> u64 {
        let Widths { start, count } = self.widths();
        (self.rows >> 16) * 8 + row as u64 * (start + count) as u64
    }
}

/// Widths of the fields of a row, in bits.
#[derive(Debug, Clone, Copy)]
struct Widths {
    /// Width of a bucket's start: at most 39, since the length of a bucket fits in 32 bits.
    start: u32,
    /// Width of its number of entries: at most 32, and 0 only if all buckets of the group are empty.
    count: u32,
}

impl BucketIndex {
    /// The bucket in which entries with this hash belong.
    #[must_use]
    #[inline]
    pub fn bucket_of(&self, hash: u64) -> usize {
        let count = NonZeroU64::new(self.len as u64).expect("there is at least one bucket");
        usize::try_from(massmap_format::bucket_of(hash, count)).expect("less than the number of buckets")
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn probe(&self, hash: u64) -> Probe {
        let index = self.bucket_of(hash);
        match self.get(index) {
            Some(meta) if meta.length > 0 => Probe::Read(Extent::bucket(index, &meta)),
            _ => Probe::Miss,
        }
    }

    pub(super) fn extent(&self, index: usize) -> Result<Extent, ReadError> {
        let meta = self.get(index).ok_or(ReadError::BucketOutOfRange {
            bucket: index,
            bucket_count: self.len,
        })?;
        Ok(Extent::bucket(index, &meta))
    }

    /// Number of buckets, at least 1.
    #[must_use]
    pub const fn bucket_count(&self) -> usize {
        self.len
    }

    /// Number of bytes of memory that the index takes, without [`metas`](Self::metas).
    #[must_use]
    pub fn byte_length(&self) -> usize {
        size_of_val(self.groups.as_slice()) + self.rows.len()
    }

    /// Number of entries in all buckets.
    #[must_use]
    pub const fn entry_count(&self) -> u64 {
        self.entry_count
    }

    /// Number of buckets that have entries.
    #[must_use]
    pub const fn occupied_count(&self) -> u64 {
        self.occupied_count
    }

    /// Offset of the bucket `index` in the file, even if it is empty; the end of the last one if there is no such bucket.
    #[must_use]
    pub fn offset(&self, index: usize) -> u64 {
        let start = || {
            let group = self.groups.get(index / GROUP).filter(|_| index < self.len)?;
            Some(group.base + self.field(group.bit(index % GROUP), group.widths().start)?)
        };
        start().unwrap_or(self.end)
    }

    /// Position and number of entries of the bucket `index`; `None` if there is no such bucket.
    #[must_use]
    #[inline]
    pub fn get(&self, index: usize) -> Option<MassMapBucketMeta> {
        if index >= self.len {
            return None;
        }
        let group = self.groups.get(index / GROUP)?;
        let widths = group.widths();
        let bit = group.bit(index % GROUP);
        let start = self.field(bit, widths.start)?;
        let count = self.field(bit + u64::from(widths.start), widths.count)?;
        let end = self.field(bit + u64::from(widths.start + widths.count), widths.start)?;
        if count == 0 {
            return Some(MassMapBucketMeta::default());
        }
        Some(MassMapBucketMeta {
            offset: group.base + start,
            length: u32::try_from(end - start).ok()?,
            count: u32::try_from(count).ok()?,
        })
    }

    /// The first bucket within `range` that has entries.
    #[must_use]
    #[inline]
    pub fn next_occupied(&self, range: Range<usize>) -> Option<(usize, MassMapBucketMeta)> {
        let mut index = range.start.max(self.occupied_range.start);
        let end = range.end.min(self.occupied_range.end);
        while index < end {
            let meta = self.get(index)?;
            if meta.count > 0 {
                return Some((index, meta));
            }
            index += 1;
            while index.is_multiple_of(GROUP) && self.groups.get(index / GROUP)?.widths().count == 0 {
                index += GROUP;
            }
        }
        None
    }

    /// All buckets, as the file lists them. Built at the first call and then kept.
    #[must_use]
    pub fn metas(&self) -> &[MassMapBucketMeta] {
        self.metas.get_or_init(|| {
            let mut metas = Vec::with_capacity(self.len);
            metas.extend((0..self.len).filter_map(|index| self.get(index)));
            metas
        })
    }

    /// `width` bits of `rows` from `bit` on; at most 57.
    #[inline]
    fn field(&self, bit: u64, width: u32) -> Option<u64> {
        let byte = usize::try_from(bit / 8).ok()?;
        let bytes = self.rows.get(byte..)?.first_chunk()?;
        Some(u64::from_le_bytes(*bytes) >> (bit % 8) & !(u64::MAX << width))
    }
}

/// Makes a block of `bytes`, the bytes of a bucket.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(super) fn block<'a, E: LookupError>(extent: &Extent, bytes: &'a [u8]) -> Result<Block<'a>, E> {
    match bytes.len() as u64 == extent.length() {
        true => Ok(Block::bucket(extent.index, extent.count, bytes)),
        false => Err(extent.wrong_length(bytes.len())),
    }
}

/// Builds a [`BucketIndex`] from buckets, one after the other.
#[derive(Debug)]
pub(crate) struct BucketIndexBuilder {
    /// The finished groups, and the totals.
    index: BucketIndex,
    /// The starts of the buckets of the current group, and their counts.
    rows: Vec<(u64, u32)>,
}

impl BucketIndexBuilder {
    /// Begins an index. Its first bucket that has entries follows the header.
    pub(crate) fn new() -> Self {
        let index = BucketIndex {
            len: 0,
            groups: Vec::new(),
            rows: Vec::new(),
            entry_count: 0,
            occupied_count: 0,
            occupied_range: 0..0,
            end: MassMapHeader::SIZE as u64,
            metas: OnceLock::new(),
        };
        Self {
            index,
            rows: Vec::with_capacity(GROUP),
        }
    }

    /// Adds a bucket: an empty one, which is all zeros, or one that begins where the one before it ends.
    #[inline]
    pub(crate) fn push(&mut self, MassMapBucketMeta { length, count, .. }: MassMapBucketMeta) {
        self.rows.push((self.index.end, count));
        self.index.end += u64::from(length);
        if self.rows.len() == GROUP {
            self.finish_group();
        }
    }

    pub(crate) fn finish(mut self) -> BucketIndex {
        if !self.rows.is_empty() {
            self.finish_group();
        }
        let mut index = self.index;
        index.rows.resize(index.rows.len() + PADDING, 0);
        index.rows.shrink_to_fit();
        index.groups.shrink_to_fit();
        index
    }

    /// Packs the buckets of the current group, at least one.
    #[inline(never)]
    fn finish_group(&mut self) {
        let index = &mut self.index;
        let has_entries = |(_, count): &(u64, u32)| *count > 0;
        if let Some(first) = self.rows.iter().position(has_entries) {
            let last = self.rows.iter().rposition(has_entries).unwrap_or(first);
            if index.occupied_count == 0 {
                index.occupied_range.start = index.len + first;
            }
            index.occupied_range.end = index.len + last + 1;
        }
        let mut counts = 0;
        for (_, count) in &self.rows {
            counts |= *count;
            index.entry_count += u64::from(*count);
            index.occupied_count += u64::from(*count > 0);
        }
        index.len += self.rows.len();

        let base = self.rows.first().map_or(index.end, |(start, _)| *start);
        let length = index.end - base;
        let widths = Widths {
            start: u64::BITS - length.leading_zeros(),
            count: u32::BITS - counts.leading_zeros(),
        };
        index.groups.push(Group::new(base, index.rows.len(), widths));
        let bits = self.rows.len() as u64 * u64::from(widths.start + widths.count) + u64::from(widths.start);
        let mut packer = Packer::new(&mut index.rows, bits);
        for (start, count) in self.rows.drain(..) {
            packer.push(start - base, widths.start);
            packer.push(count.into(), widths.count);
        }
        packer.push(length, widths.start);
        packer.finish();
    }
}

/// Appends numbers of any width to bytes, the lowest bits first.
struct Packer<'a> {
    bytes: &'a mut Vec<u8>,
    /// The bits that do not fill a byte yet.
    pending: u64,
    /// Number of these bits, less than eight.
    count: u32,
    /// Position of the byte that they begin.
    place: usize,
    /// End of the last byte.
    end: usize,
}

impl<'a> Packer<'a> {
    /// A packer with room for `bits` bits.
    fn new(bytes: &'a mut Vec<u8>, bits: u64) -> Self {
        let place = bytes.len();
        let length = usize::try_from(bits.div_ceil(8)).expect("a group takes little more than 1 KiB");
        let end = place + length;
        bytes.resize(end + PADDING, 0);
        Self {
            bytes,
            pending: 0,
            count: 0,
            place,
            end,
        }
    }

    /// Appends the lowest `width` bits of `value`, at most 56. Its higher bits must be zero.
    ///
    /// Writes eight bytes each time. The next call overwrites those that are not full. This needs no branch and reads nothing
    /// that was just written.
    #[inline]
    fn push(&mut self, value: u64, width: u32) {
        self.pending |= value << self.count;
        self.count += width;
        let place = self.bytes.get_mut(self.place..).and_then(<[u8]>::first_chunk_mut);
        *place.expect("all bits have been announced") = self.pending.to_le_bytes();
        let full = self.count / 8;
        self.place += full as usize;
        self.pending >>= 8 * full;
        self.count %= 8;
    }

    fn finish(self) {
        self.bytes.truncate(self.end);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn index_of(metas: &[MassMapBucketMeta]) -> BucketIndex {
        let mut builder = BucketIndexBuilder::new();
        metas.iter().for_each(|meta| builder.push(*meta));
        builder.finish()
    }

    /// Puts buckets of these lengths and counts one after the other.
    fn metas(buckets: &[(u32, u32)]) -> Vec<MassMapBucketMeta> {
        let mut end = 24;
        let of = |&(length, count): &(u32, u32)| {
            if count == 0 {
                return MassMapBucketMeta::default();
            }
            let offset = end;
            end += u64::from(length);
            MassMapBucketMeta {
                offset,
                length,
                count,
            }
        };
        buckets.iter().map(of).collect()
    }

    #[track_caller]
    fn check(buckets: &[(u32, u32)]) {
        let metas = metas(buckets);
        let index = index_of(&metas);
        assert_eq!(index.bucket_count(), metas.len());
        for (bucket, meta) in metas.iter().enumerate() {
            assert_eq!(index.get(bucket), Some(*meta), "bucket {bucket}");
        }
        for beyond in [
            metas.len(),
            metas.len() + 1,
            metas.len().next_multiple_of(GROUP),
            usize::MAX,
        ] {
            assert_eq!(index.get(beyond), None);
            assert_eq!(index.next_occupied(beyond..usize::MAX), None);
            assert_eq!(index.offset(beyond), index.end);
        }
        assert_eq!(index.metas(), metas);

        let occupied: Vec<_> = (0..)
            .zip(metas.iter().copied())
            .filter(|(_, meta)| meta.count > 0)
            .collect();
        let mut found = Vec::new();
        while let Some(bucket) =
            index.next_occupied(found.last().map_or(0, |(last, _)| last + 1)..metas.len())
        {
            assert_eq!(index.next_occupied(bucket.0..bucket.0), None);
            assert_eq!(index.offset(bucket.0), bucket.1.offset);
            found.push(bucket);
        }
        assert_eq!(found, occupied);
        assert_eq!(index.occupied_count(), occupied.len() as u64);
        let entries = occupied
            .iter()
            .map(|(_, meta)| u64::from(meta.count))
            .sum::<u64>();
        assert_eq!(index.entry_count(), entries);
        let end = occupied
            .last()
            .map_or(24, |(_, meta)| meta.offset + u64::from(meta.length));
        assert_eq!(index.end, end);
    }

    #[test]
    fn buckets_come_back_at_every_border_of_groups() {
        for len in (0..4)
            .chain(GROUP - 2..GROUP + 3)
            .chain(2 * GROUP - 2..2 * GROUP + 3)
        {
            check(&vec![(0, 0); len]);
            check(&vec![(7, 2); len]);
            let single = |at| {
                (0..len)
                    .map(|index| if index == at { (9, 1) } else { (0, 0) })
                    .collect()
            };
            (0..len).for_each(|at| check(&Vec::from_iter::<Vec<_>>(single(at))));
        }
    }

    #[test]
    fn the_widest_fields_come_back() {
        check(&[(u32::MAX, u32::MAX); 3 * GROUP]);
        let mut buckets = vec![(20, 1); 5 * GROUP];
        buckets[2 * GROUP + 1] = (u32::MAX, u32::MAX);
        check(&buckets);
    }

    #[test]
    fn typical_indexes_take_two_or_three_bytes_a_bucket_and_one_long_bucket_hardly_more() {
        let bytes = |index: &BucketIndex| {
            let taken = index.rows.capacity() + index.groups.capacity() * size_of::<Group>();
            assert_eq!(index.byte_length(), taken);
            taken
        };
        let len = 100_000;
        // One entry a bucket on average, of 20 bytes; and sixteen.
        for (most, bits) in [(2, 17), (32, 24)] {
            let mut buckets: Vec<_> = (0..len)
                .map(|index| index * 7919 % (most + 1))
                .map(|n| (1 + 20 * n, n))
                .collect();
            let index = index_of(&metas(&buckets));
            assert!(
                bytes(&index) <= (len * bits / 8) as usize,
                "{} bytes",
                bytes(&index)
            );
            buckets[777] = (u32::MAX, 1 << 27);
            let with_long = index_of(&metas(&buckets));
            assert!(bytes(&with_long) < bytes(&index) + 1000);
        }
    }

    proptest! {
        #[test]
        fn whatever_was_pushed_comes_back(
            buckets in proptest::collection::vec(
                (0u32..33, 0u32..33, any::<u32>(), any::<u32>(), 0u8..4),
                0..300,
            ),
            empties in proptest::collection::vec((0usize..300, 0usize..200), 0..3),
        ) {
            let mut buckets: Vec<_> = buckets
                .into_iter()
                .map(|(length_bits, count_bits, length, count, kind)| match kind {
                    0 => (0, 0),
                    // Of all magnitudes.
                    1 => (length.checked_shr(length_bits).unwrap_or(0), count.checked_shr(count_bits).unwrap_or(0)),
                    _ => (1 + length % 500, count % 20),
                })
                .collect();
            for (at, run) in empties {
                let at = at.min(buckets.len());
                buckets.splice(at..at, vec![(0, 0); run]);
            }
            check(&buckets);
        }
    }
}
