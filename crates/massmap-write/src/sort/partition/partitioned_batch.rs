//! Grouping the entries of a batch by partition.

use super::ranges::PartitionRanges;
use crate::entry::{Batch, EntryHeader};

/// Average length from which entries stay where they were serialized, in bytes. Shorter ones are moved, so that those of a partition
/// lie together: otherwise each would be fetched from memory by itself when the partition is sorted.
const LONG_ENTRIES: usize = 1024;

/// The entries of a batch, grouped by partition. Within a partition they keep their order.
#[derive(Debug, Default)]
pub(crate) struct PartitionedBatch {
    headers: Vec<EntryHeader>,
    /// Where each entry begins in `bytes`, if these are in the order of the input. Empty if they are grouped like the headers.
    places: Vec<u32>,
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
    /// Where each entry begins in the bytes of the batch, unless they lie one after the other.
    pub(crate) places: Option<&'a [u32]>,
    /// The bytes of the batch.
    bytes: &'a [u8],
    /// Where the entries begin in `bytes`, if they lie one after the other.
    pub(crate) start: usize,
    /// Total length of the entries, in bytes.
    pub(crate) length: usize,
}

impl BatchSlice<'_> {
    /// Memory that the entries take, in bytes.
    pub(crate) fn size(&self) -> u64 {
        (self.headers.len() * EntryHeader::SIZE + self.length) as u64
    }

    /// Calls `f` with the bytes of the entries, in pieces.
    pub(crate) fn for_each_piece<E>(&self, mut f: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let piece = |start: usize, length: usize| self.bytes.get(start..start + length).expect(COUNTED);
        match self.places {
            Some(places) => self
                .headers
                .iter()
                .zip(places)
                .try_for_each(|(header, place)| f(piece(*place as usize, header.length()))),
            None => f(piece(self.start, self.length)),
        }
    }
}

const COUNTED: &str = "there is room for every entry";

impl PartitionedBatch {
    /// Moves the entries of `batch`, whose sort keys are in `ranges`, into the memory of `spare`. The batch keeps its own memory
    /// unless that is needed, or gets that of `spare`.
    pub(crate) fn group(batch: &mut Batch, ranges: &PartitionRanges, spare: Self) -> Self {
        let Self {
            mut headers,
            mut places,
            mut bytes,
            mut starts,
        } = spare;
        places.clear();
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
                places,
                bytes: std::mem::take(&mut batch.bytes),
                starts,
            };
        }
        if batch.bytes.len() >= LONG_ENTRIES * batch.headers.len() && u32::try_from(batch.bytes.len()).is_ok()
        {
            headers.resize(batch.headers.len(), EntryHeader::default());
            places.resize(batch.headers.len(), 0);
            let mut next = starts.clone();
            let mut place = 0;
            for header in &batch.headers {
                let next = next.get_mut(ranges.partition_of(header.sort_key)).expect(COUNTED);
                *headers.get_mut(next.header).expect(COUNTED) = *header;
                *places.get_mut(next.header).expect(COUNTED) = u32::try_from(place).expect(COUNTED);
                next.header += 1;
                place += header.length();
            }
            std::mem::swap(&mut batch.bytes, &mut bytes);
            batch.clear();
            batch.bytes.reserve_exact(bytes.capacity());
            return Self {
                headers,
                places,
                bytes,
                starts,
            };
        }

        // The old content is overwritten. New memory comes with zeros from the system, without writing them.
        headers.resize(batch.headers.len(), EntryHeader::default());
        match bytes.capacity() {
            0 => bytes = vec![0; batch.bytes.len()],
            _ => bytes.resize(batch.bytes.len(), 0),
        }
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
            places,
            bytes,
            starts,
        }
    }

    /// The entries of a partition.
    pub(crate) fn slice(&self, partition: usize) -> BatchSlice<'_> {
        const THERE: &str = "there is a start for each partition, and an end";
        let start = self.starts.get(partition).expect(THERE);
        let end = self.starts.get(partition + 1).expect(THERE);
        let range = start.header..end.header;
        BatchSlice {
            headers: self.headers.get(range.clone()).expect(THERE),
            places: match self.places.is_empty() {
                true => None,
                false => Some(self.places.get(range).expect(THERE)),
            },
            bytes: &self.bytes,
            start: start.byte,
            length: end.byte - start.byte,
        }
    }

    /// The bytes of all partitions.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The entries as a batch, ordered by partition.
    pub(crate) fn into_batch(self) -> Batch {
        let mut bytes = self.bytes;
        if !self.places.is_empty() {
            let mut grouped = Vec::with_capacity(bytes.len());
            for (header, place) in self.headers.iter().zip(&self.places) {
                let start = *place as usize;
                grouped.extend_from_slice(bytes.get(start..start + header.length()).expect(COUNTED));
            }
            bytes = grouped;
        }
        Batch {
            headers: self.headers,
            bytes,
            ..Batch::default()
        }
    }

    /// Memory that the entries take, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.headers.capacity() * EntryHeader::SIZE
            + self.places.capacity() * size_of::<u32>()
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
        check(1);
        check(2 * LONG_ENTRIES);
    }

    /// Groups entries with values of this length.
    fn check(value: usize) {
        let mut batch = Batch::default();
        let sort_keys = [9, 3, 7, 3, 0, 9, 9, 1];
        for (ordinal, sort_key) in (0u8..).zip(sort_keys) {
            let (key, value) = ([ordinal; 3], vec![ordinal; value]);
            let entry = RawEntry {
                key: &key[..usize::from(ordinal % 3) + 1],
                value: &value,
            };
            batch.push_raw(ordinal.into(), sort_key, &entry).unwrap();
        }
        let mut spare = PartitionedBatch::default();
        for most in [16, 1, 4, 16] {
            let ranges = PartitionRanges::new(0, 9, most);
            let grouped = PartitionedBatch::group(&mut copy_of(&batch), &ranges, spare);
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
                let mut found = Vec::new();
                let add = |piece: &[u8]| {
                    found.extend_from_slice(piece);
                    Ok::<_, ()>(())
                };
                slice.for_each_piece(add).unwrap();
                assert_eq!(found, bytes);
                assert_eq!(slice.length, bytes.len());
                assert!(
                    slice
                        .headers
                        .iter()
                        .eq(expected.iter().map(|(header, _)| *header))
                );
            }
            assert_eq!(grouped.places.is_empty(), value == 1 || ranges.count() == 1);
            let ordered: Vec<u8> = (0..ranges.count())
                .flat_map(|partition| {
                    let mut bytes = Vec::new();
                    let add = |piece: &[u8]| {
                        bytes.extend_from_slice(piece);
                        Ok::<_, ()>(())
                    };
                    grouped.slice(partition).for_each_piece(add).unwrap();
                    bytes
                })
                .collect();
            let again = PartitionedBatch::group(&mut copy_of(&batch), &ranges, PartitionedBatch::default());
            assert_eq!(again.into_batch().bytes, ordered);
            spare = grouped;
        }
    }

    fn copy_of(batch: &Batch) -> Batch {
        Batch {
            headers: batch.headers.clone(),
            bytes: batch.bytes.clone(),
            ..Batch::default()
        }
    }
}
