//! Building the miss filter of a file of format 2, line by line.

use std::collections::VecDeque;
use std::io;

use massmap_format::{MissFilterEncoder, MissFilterLine};

use crate::resources::{Resources, SpooledFile, Task, Threads};

/// Number of entries for each line, on average. A line of this filter takes 64 bytes, so an entry takes 9.85 bits, and 0.45 % of the
/// keys that are not in the map pass. With 48, these are 10.7 bits and 0.41 %, with 54 9.5 bits and 0.52 %.
///
/// The bytes of files depend on it.
const ENTRIES_PER_LINE: u64 = 52;

/// Number of hashes that a task makes lines of, at least.
const HASHES_PER_TASK: usize = 1 << 15;

/// More hashes than this need not be kept. So many are there only if the line of the last one has 512, too many to know anything.
const MOST_HASHES: usize = HASHES_PER_TASK + 512;

/// The most lines of a task. Of hashes that are not uniform, few may lie in many lines.
const MOST_LINES: u64 = 1 << 12;

/// The most tasks whose lines have not been written.
const MOST_TASKS: usize = 8;

/// Number of lines for all hashes of the filter for entries in one of `shards` equal ranges of hashes.
pub(crate) fn lines(entry_count: u64, shards: u32) -> u64 {
    let lines = entry_count.div_ceil(ENTRIES_PER_LINE).max(1);
    lines.saturating_mul(shards.into())
}

/// Builds a filter from sorted spread hashes.
pub(crate) struct MissFilterBuilder {
    encoder: MissFilterEncoder,
    threads: Threads,
    /// The first line that has a key.
    first: Option<u64>,
    /// The next line to be made, that of the first of `hashes`.
    next: u64,
    /// Hashes of which no lines have been made, sorted and without duplicates.
    hashes: Vec<u64>,
    tasks: VecDeque<Task<Vec<u8>>>,
    encoded: SpooledFile,
}

impl MissFilterBuilder {
    /// Begins a filter of `lines` lines for all hashes, at least 1.
    pub(crate) fn new(lines: u64, resources: &Resources) -> Self {
        Self {
            encoder: MissFilterEncoder::new(lines),
            threads: resources.threads.clone(),
            first: None,
            next: 0,
            hashes: Vec::new(),
            tasks: VecDeque::new(),
            encoded: SpooledFile::new(&resources.files, resources.memory.spooled_file()),
        }
    }

    /// Adds a spread hash, which must not be less than the one before.
    #[inline]
    pub(crate) fn add(&mut self, spread: u64) -> io::Result<()> {
        match self.hashes.last() {
            Some(last) if *last == spread => return Ok(()),
            Some(last) if self.hashes.len() >= HASHES_PER_TASK => {
                let line = self.encoder.line_of(spread);
                if self.encoder.line_of(*last) < line {
                    self.end_lines(line)?;
                } else if self.hashes.len() >= MOST_HASHES {
                    return Ok(());
                }
            }
            _ => {}
        }
        self.hashes.push(spread);
        Ok(())
    }

    /// Makes the lines before `end`.
    fn end_lines(&mut self, end: u64) -> io::Result<()> {
        let Some(hash) = self.hashes.first() else {
            return Ok(());
        };
        let encoder = self.encoder;
        if self.first.is_none() {
            self.next = encoder.line_of(*hash);
            self.first = Some(self.next);
        }
        while self.next < end {
            if self.tasks.len() >= MOST_TASKS {
                self.write_next()?;
            }
            let (start, end) = (self.next, end.min(self.next + MOST_LINES));
            let count = self.hashes.partition_point(|hash| encoder.line_of(*hash) < end);
            let rest = self.hashes.split_off(count);
            let hashes = std::mem::replace(&mut self.hashes, rest);
            let task = self
                .threads
                .spawn(move || encode_lines(encoder, &hashes, start, end))?;
            self.tasks.push_back(task);
            self.next = end;
        }
        Ok(())
    }

    fn write_next(&mut self) -> io::Result<()> {
        match self.tasks.pop_front() {
            Some(task) => self.encoded.write(&task.wait()),
            None => Ok(()),
        }
    }

    /// Completes the filter. Returns its header and its lines.
    pub(crate) fn finish(mut self) -> io::Result<([u8; 64], SpooledFile)> {
        if let Some(last) = self.hashes.last() {
            self.end_lines(self.encoder.line_of(*last) + 1)?;
        }
        while !self.tasks.is_empty() {
            self.write_next()?;
        }
        let header = self.encoder.encode_header(self.first.unwrap_or(0));
        Ok((header, self.encoded))
    }
}

/// The lines from `start` to before `end`, which have these hashes.
fn encode_lines(encoder: MissFilterEncoder, mut hashes: &[u64], start: u64, end: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut line = MissFilterLine::default();
    for number in start..end {
        while let [hash, rest @ ..] = hashes
            && encoder.line_of(*hash) == number
        {
            line.add(*hash);
            hashes = rest;
        }
        bytes.extend_from_slice(&line.encode());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use massmap_format::{MissFilter, spread};

    use super::*;
    use crate::resources::{Memory, TemporaryFiles};

    /// `count` sorted spread hashes from `start` to before `end`, each `times` times.
    fn hashes(count: u64, times: usize, start: u64, end: u64) -> Vec<u64> {
        let mut hashes: Vec<u64> = (0..count).map(|n| start + spread(n) % (end - start)).collect();
        hashes.sort_unstable();
        hashes
            .into_iter()
            .flat_map(|hash| std::iter::repeat_n(hash, times))
            .collect()
    }

    fn encoded(hashes: &[u64], lines: u64, threads: usize, memory: usize) -> Vec<u8> {
        let resources = Resources {
            memory: Memory::new(Some(memory)),
            threads: Threads::new(Some(threads)),
            files: TemporaryFiles::default(),
        };
        let mut filter = MissFilterBuilder::new(lines, &resources);
        hashes.iter().for_each(|hash| filter.add(*hash).unwrap());
        let (header, encoded) = filter.finish().unwrap();
        let mut bytes = header.to_vec();
        encoded
            .read(0..encoded.len(), 1, |piece| {
                bytes.extend_from_slice(piece);
                io::Result::Ok(())
            })
            .unwrap();
        bytes
    }

    #[test]
    fn a_filter_has_a_line_for_52_entries() {
        for (entries, shards, expected) in [
            (0, 1, 1),
            (1, 1, 1),
            (52, 1, 1),
            (53, 1, 2),
            (520, 100, 1000),
            (u64::MAX, u32::MAX, u64::MAX),
        ] {
            assert_eq!(lines(entries, shards), expected, "{entries} in one of {shards}");
        }
    }

    #[test]
    fn a_filter_is_the_same_whatever_threads_and_memory() {
        let count = 100_000;
        let expected = encoded(&hashes(count, 1, 0, u64::MAX), lines(count, 1), 1, 1 << 30);
        for (times, threads, memory) in [(1, 1, 0), (1, 3, 0), (3, 2, 1 << 30)] {
            let hashes = hashes(count, times, 0, u64::MAX);
            assert!(encoded(&hashes, lines(count, 1), threads, memory) == expected);
        }
        let filter = MissFilter::new(expected).unwrap();
        let hashes = hashes(count, 1, 0, u64::MAX);
        assert!(hashes.iter().all(|hash| filter.may_contain(*hash) == Some(true)));
    }

    #[test]
    fn only_the_lines_from_the_first_to_the_last_hash_are_stored() {
        let count = 1000;
        let lines = lines(count, 1 << 16);
        for (start, end) in [(0, 1 << 48), (7 << 48, 8 << 48), (0xffff << 48, u64::MAX)] {
            let hashes = hashes(count, 1, start, end);
            let bytes = encoded(&hashes, lines, 2, 0);
            assert!(bytes.len() <= 64 * (1 + 21), "{}", bytes.len());
            let filter = MissFilter::new(bytes).unwrap();
            assert!(hashes.iter().all(|hash| filter.may_contain(*hash) == Some(true)));
        }
    }

    #[test]
    fn any_hashes_make_a_filter() {
        // All of them in one line, or in two far apart.
        for (start, end) in [(0, 1 << 20), (u64::MAX - 70_000, u64::MAX)] {
            let mut hashes = hashes(70_000, 1, start, end);
            hashes.insert(0, 0);
            let filter = MissFilter::new(encoded(&hashes, 1000, 2, 0)).unwrap();
            assert!(hashes.iter().all(|hash| filter.may_contain(*hash) == Some(true)));
        }
    }
}
