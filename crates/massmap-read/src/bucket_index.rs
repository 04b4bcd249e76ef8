//! The bucket index of format 1 in two to three bytes a bucket.

use std::ops::Range;
use std::sync::OnceLock;

use massmap_format::{MassMapBucketMeta, MassMapHeader};

/// Buckets that share a base and the widths of their fields. Fewer, and `blocks` would not stay in the processor's caches; more,
/// and a single long bucket would widen the fields of more others.
const BLOCK: usize = 128;

/// The fields are read as eight bytes each, wherever they begin: so many stand behind the last one.
const PADDING: usize = size_of::<u64>();

/// Where each bucket lies and how many entries it has.
///
/// Buckets lie one behind the other in the order of the index, so that a bucket ends where the next one begins: it is enough
/// to keep where each begins, relative to the first of its block, and its count, both in as few bits as do for all of the
/// block. A row in `rows` is both, and behind the rows of a block stands once more where the last bucket ends. An empty
/// bucket begins where the next one does.
///
/// A lookup takes two accesses that depend on each other, to `blocks`, which mostly stays in the processor's caches, and to
/// `rows`.
#[derive(Debug, Clone)]
pub(crate) struct BucketIndex {
    /// Number of buckets.
    len: usize,
    /// One for each [`BLOCK`] buckets; the last one may have fewer.
    blocks: Vec<Block>,
    rows: Vec<u8>,
    entry_count: u64,
    occupied_count: u64,
    occupied_range: Range<usize>,
    /// Where the last bucket ends in the file.
    end: u64,
    /// All of it as one element a bucket, for those who ask.
    metas: OnceLock<Vec<MassMapBucketMeta>>,
}

/// Where the rows of a block are.
#[derive(Debug, Clone, Copy)]
struct Block {
    /// Where its first bucket begins in the file.
    base: u64,
    /// From the highest bits down: the first byte of its rows, the width in bits of where a bucket begins, and that of its
    /// count. In one word, so that a block takes 16 bytes.
    rows: u64,
}

impl Block {
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

/// How many bits the fields of a row take.
#[derive(Debug, Clone, Copy)]
struct Widths {
    /// Of where a bucket begins: at most 39, since no bucket is longer than 32 bits count.
    start: u32,
    /// Of how many entries it has: at most 32, and 0 only if all buckets of the block are empty.
    count: u32,
}

impl BucketIndex {
    /// Number of buckets.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Number of entries in all buckets.
    pub(crate) fn entry_count(&self) -> u64 {
        self.entry_count
    }

    /// Number of buckets that have entries.
    pub(crate) fn occupied_count(&self) -> u64 {
        self.occupied_count
    }

    /// Where the bucket `index` begins in the file, or would if it had entries; where the last one ends if there is no such
    /// bucket.
    pub(crate) fn offset(&self, index: usize) -> u64 {
        let start = || {
            let block = self.blocks.get(index / BLOCK).filter(|_| index < self.len)?;
            Some(block.base + self.field(block.bit(index % BLOCK), block.widths().start)?)
        };
        start().unwrap_or(self.end)
    }

    /// Where the bucket `index` lies and how many entries it has; `None` if there is no such bucket.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<MassMapBucketMeta> {
        if index >= self.len {
            return None;
        }
        let block = self.blocks.get(index / BLOCK)?;
        let widths = block.widths();
        let bit = block.bit(index % BLOCK);
        let start = self.field(bit, widths.start)?;
        let count = self.field(bit + u64::from(widths.start), widths.count)?;
        let end = self.field(bit + u64::from(widths.start + widths.count), widths.start)?;
        if count == 0 {
            return Some(MassMapBucketMeta::default());
        }
        Some(MassMapBucketMeta {
            offset: block.base + start,
            length: u32::try_from(end - start).ok()?,
            count: u32::try_from(count).ok()?,
        })
    }

    /// The first bucket within `range` that has entries.
    #[inline]
    pub(crate) fn next_occupied(&self, range: Range<usize>) -> Option<(usize, MassMapBucketMeta)> {
        let mut index = range.start.max(self.occupied_range.start);
        let end = range.end.min(self.occupied_range.end);
        while index < end {
            let meta = self.get(index)?;
            if meta.count > 0 {
                return Some((index, meta));
            }
            index += 1;
            while index.is_multiple_of(BLOCK) && self.blocks.get(index / BLOCK)?.widths().count == 0 {
                index += BLOCK;
            }
        }
        None
    }

    /// All buckets, as the file lists them. Made when first asked for, and kept.
    pub(crate) fn metas(&self) -> &[MassMapBucketMeta] {
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

/// Makes a [`BucketIndex`] of buckets that come one after the other.
#[derive(Debug)]
pub(crate) struct BucketIndexBuilder {
    /// What is finished of it, and its totals.
    index: BucketIndex,
    /// Where the buckets of the current block begin, and their counts.
    rows: Vec<(u64, u32)>,
}

impl BucketIndexBuilder {
    /// Begins an index, of which the first bucket that has entries stands behind the header.
    pub(crate) fn new() -> Self {
        let index = BucketIndex {
            len: 0,
            blocks: Vec::new(),
            rows: Vec::new(),
            entry_count: 0,
            occupied_count: 0,
            occupied_range: 0..0,
            end: MassMapHeader::SIZE as u64,
            metas: OnceLock::new(),
        };
        Self {
            index,
            rows: Vec::with_capacity(BLOCK),
        }
    }

    /// Adds a bucket: an empty one, which is all zeros, or one that begins where the one before it has ended.
    #[inline]
    pub(crate) fn push(&mut self, MassMapBucketMeta { length, count, .. }: MassMapBucketMeta) {
        self.rows.push((self.index.end, count));
        self.index.end += u64::from(length);
        if self.rows.len() == BLOCK {
            self.finish_block();
        }
    }

    pub(crate) fn finish(mut self) -> BucketIndex {
        if !self.rows.is_empty() {
            self.finish_block();
        }
        let mut index = self.index;
        index.rows.resize(index.rows.len() + PADDING, 0);
        index.rows.shrink_to_fit();
        index.blocks.shrink_to_fit();
        index
    }

    /// Packs the buckets of the current block, at least one.
    #[inline(never)]
    fn finish_block(&mut self) {
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
        index.blocks.push(Block::new(base, index.rows.len(), widths));
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
    /// How many they are, less than eight.
    count: u32,
    /// Where the byte that they begin goes.
    place: usize,
    /// Where the last byte ends.
    end: usize,
}

impl<'a> Packer<'a> {
    /// A packer that is going to append `bits` bits.
    fn new(bytes: &'a mut Vec<u8>, bits: u64) -> Self {
        let place = bytes.len();
        let length = usize::try_from(bits.div_ceil(8)).expect("a block takes little more than 1 KiB");
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

    /// Appends the lowest `width` bits of `value`, at most 56, of which it has no more.
    ///
    /// Writes eight bytes each time, of which the next one overwrites those that are not full: no branch, and nothing is read
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

    /// Puts buckets of these lengths and counts one behind the other.
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
        assert_eq!(index.len(), metas.len());
        for (bucket, meta) in metas.iter().enumerate() {
            assert_eq!(index.get(bucket), Some(*meta), "bucket {bucket}");
        }
        for beyond in [
            metas.len(),
            metas.len() + 1,
            metas.len().next_multiple_of(BLOCK),
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
    fn buckets_come_back_at_every_border_of_blocks() {
        for len in (0..4)
            .chain(BLOCK - 2..BLOCK + 3)
            .chain(2 * BLOCK - 2..2 * BLOCK + 3)
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
        check(&[(u32::MAX, u32::MAX); 3 * BLOCK]);
        let mut buckets = vec![(20, 1); 5 * BLOCK];
        buckets[2 * BLOCK + 1] = (u32::MAX, u32::MAX);
        check(&buckets);
    }

    #[test]
    fn typical_indexes_take_two_or_three_bytes_a_bucket_and_one_long_bucket_hardly_more() {
        let bytes =
            |index: &BucketIndex| index.rows.capacity() + index.blocks.capacity() * size_of::<Block>();
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
