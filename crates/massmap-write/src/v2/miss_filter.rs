//! Building the miss filter of a file of format 2, in parts if there are many entries.

use std::io;

use massmap_format::{MissFilter, MissFilterHeader, MissFilterTable, SectionKind, bin_of};
use xorf::BinaryFuse8;

use crate::error::WriteError;
use crate::resources::{Memory, SpooledFile, TemporaryFiles};

/// Approximate number of entries of a part. Building a filter takes about 30 bytes for each.
///
/// The bytes of files depend on it. Files of so many entries or fewer have their filter in one piece.
const ENTRIES_PER_PART: u64 = 1 << 20;

/// Number of parts of the filter for entries in one of `shards` equal ranges of hashes.
pub(crate) fn parts(entry_count: u64, shards: u32) -> u64 {
    match entry_count.div_ceil(ENTRIES_PER_PART) {
        0 | 1 => 1,
        // With many shards, most parts are empty. The table of parts must not outgrow the filter: it takes at most a bit an entry.
        parts => parts.saturating_mul(shards.into()).min(entry_count / 64),
    }
}

/// Builds a filter from sorted spread hashes.
pub(crate) struct MissFilterBuilder {
    /// Number of equal ranges that the spread hashes are divided into.
    parts: u64,
    /// The range of `hashes`.
    part: u64,
    /// The hashes of that range so far, sorted and without duplicates.
    hashes: Vec<u64>,
    table: MissFilterTable,
    encoded_table: SpooledFile,
    encoded_parts: SpooledFile,
}

/// An encoded filter.
pub(crate) struct EncodedFilter {
    pub(crate) kind: SectionKind,
    table: SpooledFile,
    parts: SpooledFile,
}

impl MissFilterBuilder {
    /// Begins a filter of `parts` parts, at least 1.
    pub(crate) fn new(parts: u64, memory: Memory, files: &TemporaryFiles) -> io::Result<Self> {
        let table = MissFilterTable::new(parts);
        let mut encoded_table = SpooledFile::new(files, memory.spooled_file());
        encoded_table.write(&table.encode_start().concat())?;
        Ok(Self {
            parts,
            part: 0,
            hashes: Vec::new(),
            table,
            encoded_table,
            encoded_parts: SpooledFile::new(files, memory.spooled_file()),
        })
    }

    /// Adds a spread hash, which must not be less than the one before.
    #[inline]
    pub(crate) fn add(&mut self, spread: u64) -> io::Result<()> {
        // The construction of a filter fails on duplicates. They come one after the other.
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

    /// Completes the filter.
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

/// Builds and encodes a filter of `hashes`, which must be different.
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
    // A filter that ruled out a key would make lookups miss it. One pass rules that out, whatever the construction does.
    let filter = MissFilter::new(&bytes).map_err(|_| failed("its fields are inconsistent"))?;
    if hashes.iter().any(|hash| !filter.may_contain(*hash)) {
        return Err(failed("it rules out keys that it was built from"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use massmap_format::{MissFilterParts, encode_miss_filter_parts, spread};

    /// `count` sorted spread hashes, each `times` times.
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
        let mut filter = MissFilterBuilder::new(parts, memory, &TemporaryFiles::default()).unwrap();
        for hash in hashes {
            filter.add(*hash).unwrap();
            // Since they are sorted, all hashes in memory are of one part if the first one is.
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
    fn filters_of_up_to_a_million_entries_have_one_part_and_larger_ones_one_for_each_million() {
        for (entries, shards, expected) in [
            (0, 1, 1),
            (1 << 20, 1, 1),
            (1 << 20, u32::MAX, 1),
            ((1 << 20) + 1, 1, 2),
            (3 << 20, 1, 3),
            (3 << 20, 100, 300),
            // A bit for each of 2^21 entries makes 2^15 offsets.
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
