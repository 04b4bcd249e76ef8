//! Bringing the entries of a batch together by partition.

use super::ranges::Ranges;
use crate::entry::{Batch, Head};

/// The entries of a batch by partition; those of a partition in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Scattered {
    heads: Vec<Head>,
    bytes: Vec<u8>,
    /// Where each partition begins, and at last where the last one ends.
    starts: Vec<Start>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Start {
    head: usize,
    byte: usize,
}

/// The entries of a partition in one batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part<'a> {
    pub(crate) heads: &'a [Head],
    pub(crate) bytes: &'a [u8],
    /// Where `bytes` begin among the bytes of all partitions.
    pub(crate) start: usize,
}

impl Part<'_> {
    /// How many bytes of memory the entries take.
    pub(crate) fn size(&self) -> u64 {
        (self.heads.len() * Head::SIZE + self.bytes.len()) as u64
    }
}

const COUNTED: &str = "room was made for every entry";

impl Scattered {
    /// Takes the entries out of `batch`, whose orders are in `ranges`, into the memory of `spare`. What memory of the batch it
    /// does not need for that, it leaves.
    pub(crate) fn take(batch: &mut Batch, ranges: &Ranges, spare: Self) -> Self {
        let Self {
            mut heads,
            mut bytes,
            mut starts,
        } = spare;
        starts.clear();
        starts.resize(ranges.count() + 1, Start::default());
        for head in &batch.heads {
            let start = starts.get_mut(ranges.of(head.order)).expect(COUNTED);
            start.head += 1;
            start.byte += head.length();
        }
        let mut next = Start::default();
        for start in &mut starts {
            let counts = std::mem::replace(start, next);
            next.head += counts.head;
            next.byte += counts.byte;
        }
        if ranges.count() == 1 || batch.heads.len() == 1 {
            // In place already. A single entry may be as large as memory allows, but only once.
            return Self {
                heads: std::mem::take(&mut batch.heads),
                bytes: std::mem::take(&mut batch.bytes),
                starts,
            };
        }

        // What was there before is written over.
        heads.resize(batch.heads.len(), Head::default());
        bytes.resize(batch.bytes.len(), 0);
        let mut next = starts.clone();
        let mut behind = batch.bytes.as_slice();
        for head in &batch.heads {
            let (entry, rest) = behind.split_at_checked(head.length()).expect(COUNTED);
            behind = rest;
            let next = next.get_mut(ranges.of(head.order)).expect(COUNTED);
            *heads.get_mut(next.head).expect(COUNTED) = *head;
            let end = next.byte + entry.len();
            bytes
                .get_mut(next.byte..end)
                .expect(COUNTED)
                .copy_from_slice(entry);
            next.head += 1;
            next.byte = end;
        }
        batch.clear();
        Self { heads, bytes, starts }
    }

    /// The entries of a partition.
    pub(crate) fn part(&self, partition: usize) -> Part<'_> {
        const THERE: &str = "there is a start for each partition, and an end";
        let start = self.starts.get(partition).expect(THERE);
        let end = self.starts.get(partition + 1).expect(THERE);
        Part {
            heads: self.heads.get(start.head..end.head).expect(THERE),
            bytes: self.bytes.get(start.byte..end.byte).expect(THERE),
            start: start.byte,
        }
    }

    /// The bytes of all partitions.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The entries as a batch, in the order of the partitions.
    pub(crate) fn into_batch(self) -> Batch {
        Batch {
            heads: self.heads,
            bytes: self.bytes,
        }
    }

    /// How many bytes of memory the entries take.
    pub(crate) fn size(&self) -> usize {
        self.heads.capacity() * Head::SIZE + self.bytes.capacity() + self.starts.len() * size_of::<Start>()
    }
}

#[cfg(test)]
mod tests {
    use massmap_format::RawEntry;

    use super::*;

    #[test]
    fn entries_come_together_by_partition_and_stay_in_their_order() {
        let mut batch = Batch::default();
        let orders = [9, 3, 7, 3, 0, 9, 9, 1];
        for (ordinal, order) in (0u8..).zip(orders) {
            let key = [ordinal; 3];
            let entry = RawEntry {
                key: &key[..usize::from(ordinal % 3) + 1],
                value: &[ordinal],
            };
            batch.push_raw(ordinal.into(), order, &entry).unwrap();
        }
        let mut spare = Scattered::default();
        for most in [16, 1, 4, 16] {
            let ranges = Ranges::new(0, 9, most);
            let mut copy = Batch {
                heads: batch.heads.clone(),
                bytes: batch.bytes.clone(),
            };
            let scattered = Scattered::take(&mut copy, &ranges, spare);
            for partition in 0..ranges.count() {
                let part = scattered.part(partition);
                let expected: Vec<_> = batch
                    .iter()
                    .filter(|(head, _)| ranges.of(head.order) == partition)
                    .collect();
                let bytes: Vec<u8> = expected
                    .iter()
                    .flat_map(|(_, entry)| [entry.key, entry.value].concat())
                    .collect();
                assert_eq!(part.bytes, bytes);
                assert_eq!(&scattered.bytes()[part.start..][..bytes.len()], bytes);
                assert!(part.heads.iter().eq(expected.iter().map(|(head, _)| *head)));
            }
            spare = scattered;
        }
    }
}
