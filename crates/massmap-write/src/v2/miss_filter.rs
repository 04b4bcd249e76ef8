//! Making the miss filter of a file of format 2, in parts if it has many entries.

use std::io;

use massmap_format::{MissFilter, MissFilterHeader, MissFilterTable, SectionKind, bin_of};
use xorf::BinaryFuse8;

use crate::error::WriteError;
use crate::resources::{Memory, Spool, TemporaryFiles};

/// How many entries a part is for, about. Making a filter takes some 30 bytes for each.
///
/// Files depend on it, and those of so many entries or fewer have their filter in one piece.
const ENTRIES_PER_PART: u64 = 1 << 20;

/// How many parts the filter of these entries has, which fill one of `shards` equal ranges of hashes.
pub(crate) fn parts(entry_count: u64, shards: u32) -> u64 {
    match entry_count.div_ceil(ENTRIES_PER_PART) {
        0 | 1 => 1,
        // The table of parts, nearly all empty, shall not outgrow the filter: it gets a bit for each entry at most.
        parts => parts.saturating_mul(shards.into()).min(entry_count / 64),
    }
}

/// A filter that is made while the spread hashes go by, in their order.
pub(crate) struct FilterInProgress {
    /// In how many equal ranges the spread hashes are divided.
    parts: u64,
    /// The one that `hashes` belong to.
    part: u64,
    /// The hashes of that part so far, in order and all different.
    hashes: Vec<u64>,
    table: MissFilterTable,
    encoded_table: Spool,
    encoded_parts: Spool,
}

/// An encoded filter.
pub(crate) struct EncodedFilter {
    pub(crate) kind: SectionKind,
    table: Spool,
    parts: Spool,
}

impl FilterInProgress {
    /// Begins a filter of so many parts, at least 1.
    pub(crate) fn new(parts: u64, memory: Memory, files: &TemporaryFiles) -> io::Result<Self> {
        let table = MissFilterTable::new(parts);
        let mut encoded_table = Spool::new(files, memory.spool());
        encoded_table.write(&table.encode_start().concat())?;
        Ok(Self {
            parts,
            part: 0,
            hashes: Vec::new(),
            table,
            encoded_table,
            encoded_parts: Spool::new(files, memory.spool()),
        })
    }

    /// Adds a spread hash, which is not less than any before it.
    #[inline]
    pub(crate) fn add(&mut self, spread: u64) -> io::Result<()> {
        // The filter's construction fails on duplicates, and they come one behind the other.
        if self.hashes.last() == Some(&spread) {
            return Ok(());
        }
        let part = bin_of(spread, self.parts);
        while self.part < part {
            self.end_part()?;
        }
        self.hashes.push(spread);
        Ok(())
    }

    fn end_part(&mut self) -> io::Result<()> {
        let encoded = match &self.hashes[..] {
            // An empty part of a filter in parts takes no bytes.
            [] if self.parts > 1 => Vec::new(),
            hashes => encode_filter(hashes)?,
        };
        self.encoded_table
            .write(&self.table.encode_part(encoded.len() as u64))?;
        self.encoded_parts.write(&encoded)?;
        self.hashes.clear();
        self.part += 1;
        Ok(())
    }

    /// Ends the filter.
    pub(crate) fn finish(mut self) -> io::Result<EncodedFilter> {
        while self.part < self.parts {
            self.end_part()?;
        }
        let kind = match self.parts {
            1 => SectionKind::MissFilter,
            _ => SectionKind::MissFilterParts,
        };
        Ok(EncodedFilter {
            kind,
            table: self.encoded_table,
            parts: self.encoded_parts,
        })
    }
}

impl EncodedFilter {
    /// Calls `write` with the bytes of the section, piece by piece.
    pub(crate) fn write(&self, write: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        if self.kind == SectionKind::MissFilterParts {
            self.table.read(0..self.table.len(), 1, &mut *write)?;
        }
        self.parts.read(0..self.parts.len(), 1, write)
    }
}

/// Makes and encodes a filter of `hashes`, which are all different.
fn encode_filter(hashes: &[u64]) -> Result<Vec<u8>, WriteError> {
    let failed = |reason| WriteError::MissFilter {
        count: hashes.len() as u64,
        reason,
    };
    let filter = BinaryFuse8::try_from(hashes).map_err(failed)?;
    let header = MissFilterHeader {
        seed: filter.descriptor.seed,
        segment_length: filter.descriptor.segment_length,
        segment_count_length: filter.descriptor.segment_count_length,
    };
    let bytes = header.encode(&filter.fingerprints);
    // A filter that denied a key would make lookups miss it: one pass rules that out, whatever the construction does.
    let filter = MissFilter::new(&bytes).map_err(|_| failed("its parts do not fit together"))?;
    if hashes.iter().any(|hash| !filter.may_contain(*hash)) {
        return Err(failed("it denies keys that it was made of"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use massmap_format::{MissFilterParts, encode_miss_filter_parts, spread};

    /// `count` spread hashes in order, each so many times.
    fn hashes(count: u64, times: usize) -> Vec<u64> {
        let mut hashes: Vec<u64> = (0..count).map(spread).collect();
        hashes.sort_unstable();
        hashes
            .into_iter()
            .flat_map(|hash| std::iter::repeat_n(hash, times))
            .collect()
    }

    fn encoded(hashes: &[u64], parts: u64, memory: usize) -> (SectionKind, Vec<u8>) {
        let memory = Memory::new(Some(memory));
        let mut filter = FilterInProgress::new(parts, memory, &TemporaryFiles::default()).unwrap();
        for hash in hashes {
            filter.add(*hash).unwrap();
            // Since they are sorted, all that are kept are of one part if the first one is.
            let first = filter.hashes.first().map(|first| bin_of(*first, parts));
            assert_eq!(first, Some(bin_of(*hash, parts)));
        }
        let filter = filter.finish().unwrap();
        let mut bytes = Vec::new();
        filter
            .write(&mut |piece| {
                bytes.extend_from_slice(piece);
                Ok(())
            })
            .unwrap();
        (filter.kind, bytes)
    }

    #[test]
    fn a_filter_of_up_to_a_million_entries_is_in_one_piece_and_larger_ones_have_a_part_for_each() {
        for (entries, shards, expected) in [
            (0, 1, 1),
            (1 << 20, 1, 1),
            (1 << 20, u32::MAX, 1),
            ((1 << 20) + 1, 1, 2),
            (3 << 20, 1, 3),
            (3 << 20, 100, 300),
            // A bit each for 2^21 entries are 2^15 offsets.
            (1 << 21, u32::MAX, 1 << 15),
            (u64::MAX, 1, 1 << 44),
        ] {
            assert_eq!(parts(entries, shards), expected, "{entries} in one of {shards}");
        }
    }

    #[test]
    fn one_part_is_the_section_of_a_filter_in_one_piece() {
        for times in [1, 3] {
            let (kind, bytes) = encoded(&hashes(1000, times), 1, 0);
            assert_eq!(kind, SectionKind::MissFilter);
            assert_eq!(bytes, encode_filter(&hashes(1000, 1)).unwrap());
        }
    }

    #[test]
    fn parts_are_the_filters_of_their_ranges_whatever_memory_there_is() {
        // With 5000 parts most are empty.
        for (count, parts) in [(1, 2), (1000, 3), (20_000, 7), (1000, 5000)] {
            let all = hashes(count, 1);
            let filters: Vec<_> = (0..parts)
                .map(|part| {
                    let range = all.iter().copied().filter(|hash| bin_of(*hash, parts) == part);
                    match &range.collect::<Vec<_>>()[..] {
                        [] => Vec::new(),
                        range => encode_filter(range).unwrap(),
                    }
                })
                .collect();
            let expected = encode_miss_filter_parts(&filters);
            for (times, memory) in [(1, 0), (1, 1 << 30), (2, 0)] {
                let (kind, bytes) = encoded(&hashes(count, times), parts, memory);
                assert_eq!(kind, SectionKind::MissFilterParts);
                assert!(bytes == expected, "{count} hashes in {parts} parts");
            }
            let filter = MissFilterParts::new(expected).unwrap();
            assert!(all.iter().all(|hash| filter.may_contain(*hash)));
        }
    }
}
