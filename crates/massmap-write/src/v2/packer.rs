//! Packing entries, sorted by their spread hashes, into runs of pages.

mod encode_runs;

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use massmap_format::{EntryLayout, RunEncoder, bin_of};

use super::oversized_bin::OversizedBin;
use super::packing::{EntriesSize, OpenRun};
use super::page_file::PageFile;
use crate::error::WriteError;
use crate::resources::{Resources, Task};
use crate::sort::{Chunk, Entry};
use encode_runs::{Run, RunSettings};

/// Packs entries into pages, which other threads encode.
///
/// A run takes whole bins, up to the longest run of the settings, a single page by default. It ends where the least space stays
/// empty. A bin that does not fit takes a run of its own.
pub(crate) struct PagePacker<'w> {
    file: PageFile<'w>,
    resources: Resources,
    /// Entries of the run that is being filled, followed by those of a bin that may be incomplete.
    rest: Chunk,
    /// The first bin of that run; `None` while it is empty.
    first_bin: Option<u64>,
    oversized: Option<OversizedBin>,
    /// Runs that are being encoded, in order, with the memory that is free once they are written.
    tasks: VecDeque<(Task<EncodedRuns>, u64)>,
    /// Memory that is not free yet.
    in_flight: u64,
    /// Memory of written runs, for later ones. There is no more of it than there were tasks at a time.
    spare: Vec<Vec<u8>>,
}

/// The bytes of encoded runs.
type EncodedRuns = Result<Vec<u8>, WriteError>;

impl<'w> PagePacker<'w> {
    pub(crate) fn new(file: PageFile<'w>, resources: &Resources) -> Self {
        Self {
            file,
            resources: resources.clone(),
            rest: Chunk::default(),
            first_bin: None,
            oversized: None,
            tasks: VecDeque::new(),
            in_flight: 0,
            spare: Vec::new(),
        }
    }

    /// Adds sorted entries that follow all others.
    pub(crate) fn push(&mut self, mut chunk: Chunk) -> io::Result<()> {
        for entry in chunk.entries() {
            self.file.count(entry.sort_key, entry.length())?;
        }
        if let Some(oversized) = &mut self.oversized {
            let (bins, codec) = (self.file.bins(), self.file.codec());
            let taken = chunk
                .entries()
                .iter()
                .take_while(|entry| bin_of(entry.sort_key, bins) == oversized.bin);
            let taken = taken.count();
            oversized.push(&chunk, chunk.entries().get(..taken).unwrap_or_default(), codec)?;
            if taken == chunk.entries().len() {
                return Ok(());
            }
            chunk.drop_front(taken);
            let next = chunk.entries().first();
            let end_bin = next.map_or_else(|| self.file.end_bin(), |entry| bin_of(entry.sort_key, bins));
            self.finish_oversized(end_bin)?;
        }
        self.pack(chunk, false)
    }

    /// Finds the runs that `chunk` completes and starts encoding them. Unless it is the last chunk, its last bin may continue.
    fn pack(&mut self, mut chunk: Chunk, is_last: bool) -> io::Result<()> {
        const IN_CHUNK: &str = "positions are those of entries";
        let (layout, bins) = (self.file.layout(), self.file.bins());
        let longest = self.file.longest_run();
        // A bin that is longer than the longest run does not share its run with others.
        let longest_in_memory = u64::from(longest) * u64::from(layout.page_size());
        let max_in_memory = longest_in_memory.max(self.resources.memory.spooled_file() as u64);
        chunk.prepend(std::mem::take(&mut self.rest));
        let entries = chunk.entries();
        let mut runs = Vec::new();
        // The beginning of the run that is being filled, and the end of the bins examined so far.
        let (mut start, mut end) = (0, 0);
        let mut run = OpenRun::new(layout, longest);
        let is_oversized = loop {
            let open = entries.get(end..).expect(IN_CHUNK);
            let bin = first_bin(open, bins);
            let size = size_of(bin, layout.entries());
            let is_complete = is_last || bin.len() < open.len();
            let is_oversized = !is_complete && size.length > max_in_memory;
            if is_complete && !bin.is_empty() {
                if run.add(size)? {
                    let number = bin.first().map_or(0, |entry| bin_of(entry.sort_key, bins));
                    self.first_bin.get_or_insert(number);
                    end += bin.len();
                    continue;
                }
            } else if !is_last && !is_oversized {
                break false;
            }
            // No further bin can join the run. Entries after its end begin the next one.
            let Some(run_end) = run.end() else {
                break is_oversized;
            };
            start += usize::try_from(run_end.size.count).expect(IN_CHUNK);
            end = start;
            let next = entries.get(start);
            let end_bin = next.map_or_else(|| self.file.end_bin(), |entry| bin_of(entry.sort_key, bins));
            runs.push(self.place(start, run_end.pages, end_bin)?);
        };

        if is_oversized {
            let open = entries.get(end..).expect(IN_CHUNK);
            let mut oversized = OversizedBin::new(open, bins, &self.resources);
            oversized.push(&chunk, open, self.file.codec())?;
            self.oversized = Some(oversized);
        } else {
            self.rest = chunk.copy(entries.get(start..).expect(IN_CHUNK));
        }
        self.encode(chunk, runs)
    }

    /// Places the run that is being filled, which takes so many pages. It ends before the entry `end` of the chunk, and the bin `end_bin`.
    fn place(&mut self, end: usize, pages: u64, end_bin: u64) -> io::Result<Run> {
        let first_bin = self.first_bin.take().expect("a run with a bin has a first bin");
        let placed = self.file.place(first_bin..end_bin, pages)?;
        Ok(Run { end, placed })
    }

    /// Starts encoding `runs`, which consist of the entries of `chunk`, to be written later.
    fn encode(&mut self, chunk: Chunk, runs: Vec<Run>) -> io::Result<()> {
        let settings = RunSettings {
            layout: self.file.layout(),
            bins: self.file.bins(),
            file_id: self.file.file_id(),
            codec: self.file.codec().cloned(),
        };
        // The chunk takes its memory until the last of its pieces is written.
        let mut begun = chunk.memory();
        let mut ended = 0;
        let chunk = Arc::new(chunk);
        let mut start = 0;
        let mut pieces = settings.pieces(runs).into_iter().peekable();
        while let Some(piece) = pieces.next() {
            let length = settings.length(&piece) as u64;
            if pieces.peek().is_none() {
                ended = chunk.memory();
            }
            while !self.tasks.is_empty() && self.in_flight + begun + length > self.resources.encoding() {
                self.write_next()?;
            }
            let end = piece.last().map_or(start, |run| run.end);
            let (settings, chunk) = (settings.clone(), Arc::clone(&chunk));
            let out = self.spare.pop().unwrap_or_default();
            let task = self
                .resources
                .threads
                .spawn(move || settings.encode(&chunk, start, &piece, out))?;
            start = end;
            self.tasks.push_back((task, length + ended));
            self.in_flight += std::mem::take(&mut begun) + length;
        }
        Ok(())
    }

    fn write_next(&mut self) -> io::Result<()> {
        if let Some((task, size)) = self.tasks.pop_front() {
            self.in_flight -= size;
            let runs = task.wait()?;
            self.file.write(&runs)?;
            self.spare.push(runs);
        }
        Ok(())
    }

    /// Writes the bin that did not fit in memory. Its run ends before the bin `end_bin`.
    fn finish_oversized(&mut self, end_bin: u64) -> io::Result<()> {
        let Some(oversized) = self.oversized.take() else {
            return Ok(());
        };
        while !self.tasks.is_empty() {
            self.write_next()?;
        }
        let size = EntriesSize {
            count: oversized.count,
            length: oversized.bytes.len(),
        };
        let encoder = RunEncoder::new(self.file.layout(), size.count, size.length);
        let encoder = encoder.ok_or(WriteError::BinTooLarge { length: size.length })?;
        let placed = self.file.place(oversized.bin..end_bin, encoder.pages())?;
        self.file.write_oversized(placed, encoder, &oversized)
    }

    /// Writes everything that is left, and returns the file.
    pub(crate) fn finish(mut self) -> io::Result<PageFile<'w>> {
        self.finish_oversized(self.file.end_bin())?;
        self.pack(Chunk::default(), true)?;
        while !self.tasks.is_empty() {
            self.write_next()?;
        }
        Ok(self.file)
    }
}

/// The entries of the first bin.
fn first_bin(entries: &[Entry], bins: u64) -> &[Entry] {
    let mut chunks = entries.chunk_by(|a, b| bin_of(a.sort_key, bins) == bin_of(b.sort_key, bins));
    chunks.next().unwrap_or_default()
}

/// The size of `entries` as they are stored in this layout.
fn size_of(entries: &[Entry], layout: EntryLayout) -> EntriesSize {
    let count = entries.len() as u64;
    let length = match layout {
        EntryLayout::Fixed(widths) => count * u64::from(widths.entry()),
        EntryLayout::Variable | EntryLayout::Compressed => {
            entries.iter().map(|entry| entry.length() as u64).sum()
        }
    };
    EntriesSize { count, length }
}
