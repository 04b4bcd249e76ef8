//! Sorting entries by key in bounded memory.

mod run;

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use massmap::dynamic::StaticSchema;

use run::{RunFile, RunReader};

/// The lowest memory limit, in bytes.
const LEAST_MEMORY: usize = 64 << 10;

/// The shortest and the longest buffer of a run that is read, in bytes.
const SHORTEST_BUFFER: usize = 4 << 10;
const LONGEST_BUFFER: usize = 1 << 20;

/// Sorts entries by key. Those that do not fit in memory go to temporary files, which have no name: nothing is left of them.
///
/// Entries with equal keys stay in their order.
#[derive(Debug)]
pub struct EntrySorter {
    /// What the keys are.
    schema: StaticSchema,
    memory: usize,
    directory: PathBuf,
    /// Keys and values, back to back.
    bytes: Vec<u8>,
    entries: Vec<Place>,
    /// Sorted entries.
    runs: Option<RunFile>,
}

/// An entry in memory.
#[derive(Debug, Clone, Copy)]
struct Place {
    start: usize,
    key_length: u32,
    value_length: u32,
}

impl Place {
    fn split(self, bytes: &[u8]) -> (&[u8], &[u8]) {
        let entry = bytes.get(self.start..).unwrap_or_default();
        let (key, rest) = entry
            .split_at_checked(self.key_length as usize)
            .unwrap_or_default();
        (key, rest.get(..self.value_length as usize).unwrap_or_default())
    }
}

impl EntrySorter {
    /// A sorter of entries whose keys have this schema. It takes about `memory` bytes, but at least 64 KiB, and that of a longer entry.
    /// Temporary files go to `directory`.
    #[must_use]
    pub fn new(schema: &StaticSchema, memory: usize, directory: &Path) -> Self {
        Self {
            schema: schema.clone(),
            memory: memory.max(LEAST_MEMORY),
            directory: directory.to_owned(),
            bytes: Vec::new(),
            entries: Vec::new(),
            runs: None,
        }
    }

    /// Adds an entry, whose key and value are MessagePack.
    ///
    /// # Errors
    ///
    /// Those of temporary files; [`OutOfMemory`](io::ErrorKind::OutOfMemory).
    pub fn push(&mut self, key: &[u8], value: &[u8]) -> io::Result<()> {
        let length = key.len().saturating_add(value.len());
        // Sorting takes as much again for half of the places.
        let places = (self.entries.len() + 1) * size_of::<Place>() * 3 / 2;
        if self.bytes.len().saturating_add(length).saturating_add(places) > self.memory / 2 {
            self.spill()?;
        }
        let too_long = |_| io::Error::from(io::ErrorKind::InvalidInput);
        let place = Place {
            start: self.bytes.len(),
            key_length: u32::try_from(key.len()).map_err(too_long)?,
            value_length: u32::try_from(value.len()).map_err(too_long)?,
        };
        // Twice as much memory is taken while it grows: therefore the half.
        let reserved = self.bytes.try_reserve(length);
        reserved
            .and_then(|()| self.entries.try_reserve(1))
            .map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
        self.bytes.extend_from_slice(key);
        self.bytes.extend_from_slice(value);
        self.entries.push(place);
        Ok(())
    }

    fn sort(&mut self) {
        let Self {
            schema,
            bytes,
            entries,
            ..
        } = self;
        entries.sort_by(|one, other| schema.compare(one.split(bytes).0, other.split(bytes).0));
    }

    /// Writes the entries in memory to a run.
    fn spill(&mut self) -> io::Result<()> {
        if self.entries.is_empty() {
            return Ok(());
        }
        self.sort();
        let Self {
            bytes,
            entries,
            runs,
            directory,
            ..
        } = self;
        let runs = match runs {
            Some(runs) => runs,
            None => runs.insert(RunFile::create(directory)?),
        };
        runs.append(entries.iter().map(|place| Ok(place.split(bytes))))?;
        bytes.clear();
        entries.clear();
        Ok(())
    }

    /// Calls `f` with key and value of each entry, in order.
    ///
    /// # Errors
    ///
    /// Those of temporary files, and those of `f`.
    pub fn for_each<E: From<io::Error>>(
        mut self,
        mut f: impl FnMut(&[u8], &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.runs.is_none() {
            self.sort();
            return self.entries.iter().try_for_each(|place| {
                let (key, value) = place.split(&self.bytes);
                f(key, value)
            });
        }
        self.spill()?;
        let Self {
            schema,
            memory,
            directory,
            runs,
            ..
        } = self;
        let Some(mut runs) = runs else { return Ok(()) };
        let most = (memory / 2 / SHORTEST_BUFFER).max(2);
        // Too many to have a buffer each.
        while runs.ranges().len() > most {
            let mut merged = RunFile::create(&directory)?;
            for some in runs.ranges().chunks(most) {
                let mut merge = Merge::new(&schema, runs.file(), some, memory)?;
                merged.append_with(|write| merge.for_each(|key, value| write(key, value)))?;
            }
            runs = merged;
        }
        Merge::new(&schema, runs.file(), runs.ranges(), memory)?.for_each(f)
    }
}

/// Merges runs.
struct Merge<'a> {
    heap: BinaryHeap<Head<'a>>,
}

/// The next entry of a run.
struct Head<'a> {
    schema: &'a StaticSchema,
    run: RunReader<'a>,
    /// The number of the run: entries of earlier ones come first.
    number: usize,
}

impl<'a> Merge<'a> {
    fn new(
        schema: &'a StaticSchema,
        file: &'a File,
        ranges: &[std::ops::Range<u64>],
        memory: usize,
    ) -> io::Result<Self> {
        let buffer = (memory / 2 / ranges.len().max(1)).clamp(SHORTEST_BUFFER, LONGEST_BUFFER);
        let mut heap = BinaryHeap::with_capacity(ranges.len());
        for (number, range) in ranges.iter().enumerate() {
            let mut run = RunReader::new(file, range.clone(), buffer);
            if run.advance()? {
                heap.push(Head { schema, run, number });
            }
        }
        Ok(Self { heap })
    }

    fn for_each<E: From<io::Error>>(
        &mut self,
        mut f: impl FnMut(&[u8], &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        while let Some(mut head) = self.heap.pop() {
            let (key, value) = head.run.entry();
            f(key, value)?;
            if head.run.advance()? {
                self.heap.push(head);
            }
        }
        Ok(())
    }
}

impl Ord for Head<'_> {
    /// Reversed, since the heap gives the greatest one first.
    fn cmp(&self, other: &Self) -> Ordering {
        let (key, other_key) = (self.run.entry().0, other.run.entry().0);
        self.schema
            .compare(other_key, key)
            .then(other.number.cmp(&self.number))
    }
}

impl PartialOrd for Head<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Head<'_> {}

#[cfg(test)]
mod tests {
    use massmap::{IntegerType, Schema};

    use super::*;

    /// Numbers in an order without a pattern, most of them several times.
    fn numbers(count: u64) -> impl Iterator<Item = u64> {
        (0..count).map(move |number| number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % (count / 2 + 1))
    }

    fn sorted(count: u64, memory: usize, length: usize) -> Vec<(u64, u64)> {
        let directory = tempfile::tempdir().unwrap();
        let schema = StaticSchema::new(Schema::Integer(IntegerType::U64));
        let mut sorter = EntrySorter::new(&schema, memory, directory.path());
        for (ordinal, number) in (0..).zip(numbers(count)) {
            let key = rmp_serde::to_vec(&number).unwrap();
            let value = rmp_serde::to_vec(&(ordinal as u64, "x".repeat(length))).unwrap();
            sorter.push(&key, &value).unwrap();
        }
        let mut found = Vec::new();
        let each = sorter.for_each::<io::Error>(|key, value| {
            let (ordinal, text): (u64, String) = rmp_serde::from_slice(value).unwrap();
            assert_eq!(text.len(), length);
            found.push((rmp_serde::from_slice(key).unwrap(), ordinal));
            Ok(())
        });
        each.unwrap();
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
        found
    }

    #[test]
    fn entries_are_sorted_in_any_memory_and_equal_ones_stay_in_their_order() {
        for (count, memory, length) in [
            (0, 0, 0),
            (1, 0, 10),
            (1000, usize::MAX, 10),
            (1000, 0, 10),
            // Entries longer than the memory.
            (20, 0, 200_000),
            // More runs than can be merged at once.
            (20_000, 0, 100),
        ] {
            let mut expected: Vec<_> = numbers(count).zip(0..).collect();
            expected.sort();
            assert_eq!(
                sorted(count, memory, length),
                expected,
                "{count} {memory} {length}"
            );
        }
    }

    #[test]
    fn an_error_ends_the_walk() {
        let schema = StaticSchema::new(Schema::Any);
        let mut sorter = EntrySorter::new(&schema, 0, Path::new("/nowhere"));
        sorter.push(b"\x02", b"\xc0").unwrap();
        sorter.push(b"\x01", b"\xc0").unwrap();
        let mut seen = Vec::new();
        let error = sorter.for_each::<io::Error>(|key, _| {
            seen.push(key.to_vec());
            Err(io::ErrorKind::BrokenPipe.into())
        });
        assert_eq!(error.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        assert_eq!(seen, [b"\x01"]);
    }

    #[test]
    fn a_directory_for_temporary_files_that_is_not_there_is_named() {
        let schema = StaticSchema::new(Schema::Any);
        let mut sorter = EntrySorter::new(&schema, 0, Path::new("/nowhere"));
        let long = [&b"\xda\xff\xff"[..], &[b'x'; 65_535]].concat();
        sorter.push(&long, b"\xc0").unwrap();
        let error = sorter.push(&long, b"\xc0").unwrap_err();
        assert!(error.to_string().contains("/nowhere"), "{error}");
    }
}
