//! Grouping the entries of a batch by partition.

use super::ranges::PartitionRanges;
use crate::entry::{Batch, EntryHeader};

/// The entries of a batch, grouped by partition. Within a partition they keep their order.
#[derive(Debug, Default)]
pub(crate) struct PartitionedBatch {
    headers: Vec<EntryHeader>,
    bytes: Vec<u8>,
    /// Where each partition begins, and finally where the last one ends.
    starts: Vec<Start>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Start {
    header: usize,
    byte: usize,
}

/// The entries of a batch in one partition.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BatchSlice<'a> {
    pub(crate) headers: &'a [EntryHeader],
    pub(crate) bytes: &'a [u8],
    /// Offset of `bytes` in the bytes of the batch.
    pub(crate) start: usize,
}

impl BatchSlice<'_> {
    /// Memory that the entries take, in bytes.
    pub(crate) fn size(&self) -> u64 {
        (self.headers.len() * EntryHeader::SIZE + self.bytes.len()) as u64
    }
}

const COUNTED: &str = "there is room for every entry";

impl PartitionedBatch {
    /// Moves the entries of `batch`, whose sort keys are in `ranges`, into the memory of `spare`. The batch keeps its own memory
    /// unless that is needed.
    pub(crate) fn group(batch: &mut Batch, ranges: &PartitionRanges, spare: Self) -> Self {
        let Self {
            mut headers,
            mut bytes,
            mut starts,
        } = spare;
        starts.clear();
        starts.resize(ranges.count() + 1, Start::default());
        for header in &batch.headers {
            let start = starts
                .get_mut(ranges.partition_of(header.sort_key))
                .expect(COUNTED);
            start.header += 1;
            start.byte += header.length();
        }
        let mut next = Start::default();
        for start in &mut starts {
            let counts = std::mem::replace(start, next);
            next.header += counts.header;
            next.byte += counts.byte;
        }
        if ranges.count() == 1 || batch.headers.len() == 1 {
            // Already grouped. A single entry may be too large to be in memory twice.
            return Self {
                headers: std::mem::take(&mut batch.headers),
                bytes: std::mem::take(&mut batch.bytes),
                starts,
            };
        }

        // The old content is overwritten.
        headers.resize(batch.headers.len(), EntryHeader::default());
        bytes.resize(batch.bytes.len(), 0);
        let mut next = starts.clone();
        let mut rest = batch.bytes.as_slice();
        for header in &batch.headers {
            let (entry, after) = rest.split_at_checked(header.length()).expect(COUNTED);
            rest = after;
            let next = next.get_mut(ranges.partition_of(header.sort_key)).expect(COUNTED);
            *headers.get_mut(next.header).expect(COUNTED) = *header;
            let end = next.byte + entry.len();
            bytes
                .get_mut(next.byte..end)
                .expect(COUNTED)
                .copy_from_slice(entry);
            next.header += 1;
            next.byte = end;
        }
        batch.clear();
        Self {
            headers,
            bytes,
            starts,
        }
    }

    /// The entries of a partition.
    pub(crate) fn slice(&self, partition: usize) -> BatchSlice<'_> {
        const THERE: &str = "there is a start for each partition, and an end";
        let start = self.starts.get(partition).expect(THERE);
        let end = self.starts.get(partition + 1).expect(THERE);
        BatchSlice {
            headers: self.headers.get(start.header..end.header).expect(THERE),
            bytes: self.bytes.get(start.byte..end.byte).expect(THERE),
            start: start.byte,
        }
    }

    /// The bytes of all partitions.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The entries as a batch, ordered by partition.
    pub(crate) fn into_batch(self) -> Batch {
        Batch {
            headers: self.headers,
            bytes: self.bytes,
            ..Batch::default()
        }
    }

    /// Memory that the entries take, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.headers.capacity() * EntryHeader::SIZE
            + self.bytes.capacity()
            + self.starts.len() * size_of::<Start>()
    }
}

#[cfg(test)]
mod tests {
    use massmap_format::RawEntry;

    use super::*;

    #[test]
    fn entries_are_grouped_by_partition_and_keep_their_order() {
        let mut batch = Batch::default();
        let sort_keys = [9, 3, 7, 3, 0, 9, 9, 1];
        for (ordinal, sort_key) in (0u8..).zip(sort_keys) {
            let key = [ordinal; 3];
            let entry = RawEntry {
                key: &key[..usize::from(ordinal % 3) + 1],
                value: &[ordinal],
            };
            batch.push_raw(ordinal.into(), sort_key, &entry).unwrap();
        }
        let mut spare = PartitionedBatch::default();
        for most in [16, 1, 4, 16] {
            let ranges = PartitionRanges::new(0, 9, most);
            let mut copy = Batch {
                headers: batch.headers.clone(),
                bytes: batch.bytes.clone(),
                ..Batch::default()
            };
            let grouped = PartitionedBatch::group(&mut copy, &ranges, spare);
            for partition in 0..ranges.count() {
                let slice = grouped.slice(partition);
                let expected: Vec<_> = batch
                    .iter()
                    .filter(|(header, _)| ranges.partition_of(header.sort_key) == partition)
                    .collect();
                let bytes: Vec<u8> = expected
                    .iter()
                    .flat_map(|(_, entry)| [entry.key, entry.value].concat())
                    .collect();
                assert_eq!(slice.bytes, bytes);
                assert_eq!(&grouped.bytes()[slice.start..][..bytes.len()], bytes);
                assert!(
                    slice
                        .headers
                        .iter()
                        .eq(expected.iter().map(|(header, _)| *header))
                );
            }
            spare = grouped;
        }
    }
}
