//! Packing entries, in the order of their spread hashes, into runs of pages.

use std::collections::VecDeque;
use std::io;

use massmap_format::{EntryLayout, RunEncoder, bin_of, encode_run, fingerprint_of, pages_needed};

use super::page_file::{PageFile, Placed};
use crate::error::WriteError;
use crate::resources::{Means, Spool, Task};
use crate::sort::{Chunk, Entry};

/// Packs entries into pages and has other threads encode them.
///
/// A run takes whole bins as long as they fit into the longest one that was asked for, a single page unless that was set, and
/// ends where it leaves the least empty. A bin that does not fit takes a run of its own.
pub(crate) struct PagePacker<'w> {
    file: PageFile<'w>,
    means: Means,
    /// Entries of the run that is being filled, and behind them those of a bin that may not be complete.
    rest: Chunk,
    /// The first bin of that run; not known while it is empty.
    first_bin: Option<u64>,
    giant: Option<Giant>,
    /// Runs that are being encoded, in order, and how many bytes their entries have.
    tasks: VecDeque<(Task<Vec<u8>>, u64)>,
    in_flight: u64,
}

/// A bin that is too large to wait in memory for its end.
struct Giant {
    bin: u64,
    count: u64,
    fingerprints: Spool,
    lengths: Spool,
    bytes: Spool,
}

/// A run of pages, and behind which entry of its chunk it ends.
struct Run {
    end: usize,
    placed: Placed,
}

/// Where a run may end.
#[derive(Debug, Clone, Copy)]
struct Cut {
    /// Behind which entry of the chunk.
    end: usize,
    extent: Extent,
    pages: u64,
}

/// What each page of a run takes from its score. One more has to fill the others by a fiftieth: with values of 1 to 4 KiB and
/// runs of up to eight pages of 4 KiB, files are 1.5 % larger than with the fullest runs, and lookups read 4 pages rather than
/// 6.5.
const PRICE_OF_A_PAGE: f64 = 0.02;

impl Cut {
    /// How good it is to end a run here: how full its pages are, less their price.
    fn score(&self, page_size: u32) -> f64 {
        let pages = self.pages as f64;
        let length = pages * f64::from(page_size);
        (self.extent.length + self.extent.count) as f64 / length - PRICE_OF_A_PAGE * pages
    }

    /// Whether a run of so many pages might be better, if it were full.
    fn can_be_beaten(&self, page_size: u32, pages: u64) -> bool {
        self.score(page_size) <= 1.0 - PRICE_OF_A_PAGE * pages as f64
    }
}

/// Number and length of entries.
#[derive(Debug, Clone, Copy, Default)]
struct Extent {
    count: u64,
    length: u64,
}

impl Extent {
    fn of(entries: &[Entry]) -> Self {
        Self {
            count: entries.len() as u64,
            length: entries.iter().map(|entry| entry.length() as u64).sum(),
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            length: self.length + other.length,
        }
    }

    fn pages(self, layout: EntryLayout, page_size: u32) -> Result<u64, WriteError> {
        pages_needed(layout, self.count, self.length, page_size)
            .ok_or(WriteError::BinTooLarge { length: self.length })
    }
}

impl<'w> PagePacker<'w> {
    pub(crate) fn new(file: PageFile<'w>, means: &Means) -> Self {
        Self {
            file,
            means: means.clone(),
            rest: Chunk::default(),
            first_bin: Some(0),
            giant: None,
            tasks: VecDeque::new(),
            in_flight: 0,
        }
    }

    /// Takes entries, in their order, that come behind all others.
    pub(crate) fn push(&mut self, mut chunk: Chunk) -> io::Result<()> {
        for entry in chunk.entries() {
            self.file.count(entry.order, entry.length())?;
        }
        if let Some(giant) = &mut self.giant {
            let bins = self.file.bins();
            let taken = chunk
                .entries()
                .iter()
                .take_while(|entry| bin_of(entry.order, bins) == giant.bin);
            let taken = taken.count();
            giant.take(&chunk, chunk.entries().get(..taken).unwrap_or_default())?;
            if taken == chunk.entries().len() {
                return Ok(());
            }
            chunk.drop_front(taken);
            self.finish_giant()?;
        }
        self.pack(chunk, false)
    }

    /// Finds the runs that `chunk` completes and has them encoded. Unless it is the last one, its last bin may go on.
    fn pack(&mut self, mut chunk: Chunk, is_last: bool) -> io::Result<()> {
        const IN_CHUNK: &str = "positions are those of entries";
        let (layout, page_size, bins) = (self.file.layout(), self.file.page_size(), self.file.bins());
        let longest = self.file.longest_run();
        // A bin that is longer than a run may be shares none with others.
        let most_in_memory = (longest * u64::from(page_size)).max(self.means.memory.spool() as u64);
        chunk.prepend(std::mem::take(&mut self.rest));
        let entries = chunk.entries();
        let mut runs = Vec::new();
        // Where the run that is being filled begins, and where the bins end that were looked at so far.
        let (mut start, mut end) = (0, 0);
        let mut run = Extent::default();
        let mut best: Option<Cut> = None;
        let is_giant = loop {
            let open = entries.get(end..).expect(IN_CHUNK);
            let bin = first_bin(open, bins);
            let extent = Extent::of(bin);
            let is_complete = is_last || bin.len() < open.len();
            let is_giant = !is_complete && extent.length > most_in_memory;
            if is_complete && !bin.is_empty() {
                let grown = run.and(extent);
                let pages = grown.pages(layout, page_size);
                let joins = |pages: u64| {
                    pages <= longest && best.is_none_or(|best| best.can_be_beaten(page_size, pages))
                };
                if run.count == 0 || pages.as_ref().is_ok_and(|pages| joins(*pages)) {
                    let number = bin.first().map_or(0, |entry| bin_of(entry.order, bins));
                    self.first_bin.get_or_insert(number);
                    end += bin.len();
                    run = grown;
                    let cut = Cut {
                        end,
                        extent: run,
                        pages: pages?,
                    };
                    if best.is_none_or(|best| cut.score(page_size) >= best.score(page_size)) {
                        best = Some(cut);
                    }
                    continue;
                }
            } else if !is_last && !is_giant {
                break false;
            }
            // Nothing that comes can join the run. What it leaves begins the next one.
            let Some(cut) = best.take() else { break is_giant };
            runs.push(self.place(cut)?);
            (start, end, run) = (cut.end, cut.end, Extent::default());
        };

        if is_giant {
            let open = entries.get(end..).expect(IN_CHUNK);
            let mut giant = Giant::new(open, bins, &self.means);
            giant.take(&chunk, open)?;
            self.giant = Some(giant);
        } else {
            self.rest = chunk.copy(entries.get(start..).expect(IN_CHUNK));
        }
        self.encode(chunk, runs)
    }

    /// Gives the run that is being filled its place.
    fn place(&mut self, cut: Cut) -> io::Result<Run> {
        let first_bin = self
            .first_bin
            .take()
            .expect("a run that has a bin has a first one");
        let placed = self.file.place(first_bin, cut.pages)?;
        Ok(Run { end: cut.end, placed })
    }

    /// Has `runs`, which consist of the entries of `chunk`, encoded and written.
    fn encode(&mut self, chunk: Chunk, runs: Vec<Run>) -> io::Result<()> {
        let Some(last) = runs.last() else { return Ok(()) };
        let size = Extent::of(chunk.entries().get(..last.end).unwrap_or_default()).length;
        while !self.tasks.is_empty() && self.in_flight + size > self.means.in_flight() {
            self.write_next()?;
        }
        let (layout, page_size, file_id) = (self.file.layout(), self.file.page_size(), self.file.file_id());
        let task = self.means.threads.spawn(move || {
            let pages: u64 = runs.iter().map(|run| run.placed.pages).sum();
            let length = pages.saturating_mul(page_size.into());
            let mut out = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
            let mut start = 0;
            for Run { end, placed } in runs {
                let entries = chunk.entries().get(start..end).unwrap_or_default().iter();
                encode_run(
                    entries.map(|entry| (fingerprint_of(entry.order), chunk.bytes(entry))),
                    layout,
                    placed.pages,
                    page_size,
                    file_id,
                    placed.first_page,
                    &mut out,
                );
                start = end;
            }
            out
        })?;
        self.tasks.push_back((task, size));
        self.in_flight += size;
        Ok(())
    }

    fn write_next(&mut self) -> io::Result<()> {
        if let Some((task, size)) = self.tasks.pop_front() {
            self.in_flight -= size;
            self.file.write(&task.wait())?;
        }
        Ok(())
    }

    fn finish_giant(&mut self) -> io::Result<()> {
        let Some(giant) = self.giant.take() else {
            return Ok(());
        };
        while !self.tasks.is_empty() {
            self.write_next()?;
        }
        let extent = Extent {
            count: giant.count,
            length: giant.bytes.len(),
        };
        let (layout, page_size) = (self.file.layout(), self.file.page_size());
        let encoder = RunEncoder::new(layout, extent.count, extent.length, page_size);
        let encoder = encoder.ok_or(WriteError::BinTooLarge {
            length: extent.length,
        })?;
        // The first page of all begins with the first bin, whether that has entries or not.
        let first_bin = self.first_bin.take().unwrap_or(giant.bin);
        let placed = self.file.place(first_bin, extent.pages(layout, page_size)?)?;
        self.file
            .write_spooled(placed, encoder, &giant.fingerprints, &giant.lengths, &giant.bytes)
    }

    /// Writes all that is left, and gives the file back.
    pub(crate) fn finish(mut self) -> io::Result<PageFile<'w>> {
        self.finish_giant()?;
        self.pack(Chunk::default(), true)?;
        while !self.tasks.is_empty() {
            self.write_next()?;
        }
        Ok(self.file)
    }
}

/// The entries at the beginning that are of the same bin.
fn first_bin(entries: &[Entry], bins: u64) -> &[Entry] {
    let mut chunks = entries.chunk_by(|a, b| bin_of(a.order, bins) == bin_of(b.order, bins));
    chunks.next().unwrap_or_default()
}

impl Giant {
    /// For the bin that `entries`, which are at least one, belong to.
    fn new(entries: &[Entry], bins: u64, means: &Means) -> Self {
        let spool = || Spool::new(&means.files, means.memory.spool());
        Self {
            bin: entries.first().map_or(0, |entry| bin_of(entry.order, bins)),
            count: 0,
            fingerprints: spool(),
            lengths: spool(),
            bytes: spool(),
        }
    }

    fn take(&mut self, chunk: &Chunk, entries: &[Entry]) -> io::Result<()> {
        self.count += entries.len() as u64;
        for entry in entries {
            let length = entry.length() as u64;
            let too_large = |_| WriteError::BinTooLarge { length };
            self.fingerprints.write(&[fingerprint_of(entry.order)])?;
            self.lengths
                .write(&u32::try_from(length).map_err(too_large)?.to_le_bytes())?;
            self.bytes.write(chunk.bytes(entry))?;
        }
        Ok(())
    }
}
