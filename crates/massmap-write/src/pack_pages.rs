//! Packing entries, in the order of their spread hashes, into runs of pages.

use std::collections::VecDeque;
use std::io;

use massmap_format::{RunEncoder, bin_of, encode_run, fingerprint_of, pages_needed};

use crate::WriteError;
use crate::chunk::{Chunk, Entry};
use crate::page_file::{PageFile, Placed};
use crate::partition::Means;
use crate::spool::Spool;
use crate::threads::Task;

/// Packs entries into pages and has other threads encode them.
///
/// A page takes whole bins as long as they fit; a bin that fits into no page takes a run of its own.
pub(crate) struct PagePacker<'w> {
    file: PageFile<'w>,
    means: Means,
    /// Entries of the page that is being filled, and behind them those of a bin that may not be complete.
    rest: Chunk,
    /// How many entries of `rest` belong to complete bins.
    complete: usize,
    /// The first bin of that page; not known while it is empty.
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

    fn pages(self, page_size: u32) -> Result<u64, WriteError> {
        pages_needed(self.count, self.length, page_size)
            .ok_or(WriteError::BinTooLarge { length: self.length })
    }
}

impl<'w> PagePacker<'w> {
    pub(crate) fn new(file: PageFile<'w>, means: &Means) -> Self {
        Self {
            file,
            means: means.clone(),
            rest: Chunk::default(),
            complete: 0,
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
        let (page_size, bins) = (self.file.page_size(), self.file.bins());
        chunk.prepend(std::mem::take(&mut self.rest));
        let entries = chunk.entries();
        let (complete, open) = entries.split_at_checked(self.complete).expect(IN_CHUNK);
        let mut page = Extent::of(complete);
        let mut runs = Vec::new();
        let mut end = self.complete;
        let mut bin_entries = open
            .chunk_by(|a, b| bin_of(a.order, bins) == bin_of(b.order, bins))
            .peekable();
        while let Some(bin) = bin_entries.next() {
            if bin_entries.peek().is_none() && !is_last {
                break;
            }
            let extent = Extent::of(bin);
            if page.count > 0 && page.and(extent).pages(page_size).ok() != Some(1) {
                runs.push(self.place(page, end)?);
                page = Extent::default();
            }
            let number = bin.first().map_or(0, |entry| bin_of(entry.order, bins));
            self.first_bin.get_or_insert(number);
            page = page.and(extent);
            end += bin.len();
        }

        let open = entries.get(end..).expect(IN_CHUNK);
        // A bin that is longer than a page shares none with others.
        let is_giant = Extent::of(open).length > u64::from(page_size).max(self.means.memory.spool() as u64);
        if page.count > 0 && (is_last || is_giant) {
            runs.push(self.place(page, end)?);
        }
        if is_giant {
            let mut giant = Giant::new(open, bins, &self.means);
            giant.take(&chunk, open)?;
            self.giant = Some(giant);
            self.complete = 0;
        } else {
            let start = runs.last().map_or(0, |run| run.end);
            self.rest = chunk.copy(entries.get(start..).expect(IN_CHUNK));
            self.complete = end - start;
        }
        self.encode(chunk, runs)
    }

    /// Gives the page that is being filled, whose last entry is before `end`, its place.
    fn place(&mut self, page: Extent, end: usize) -> io::Result<Run> {
        let first_bin = self
            .first_bin
            .take()
            .expect("a page that has a bin has a first one");
        let pages = page.pages(self.file.page_size())?;
        let placed = self.file.place(first_bin, pages)?;
        Ok(Run { end, placed })
    }

    /// Has `runs`, which consist of the entries of `chunk`, encoded and written.
    fn encode(&mut self, chunk: Chunk, runs: Vec<Run>) -> io::Result<()> {
        let Some(last) = runs.last() else { return Ok(()) };
        let size = Extent::of(chunk.entries().get(..last.end).unwrap_or_default()).length;
        while !self.tasks.is_empty() && self.in_flight + size > self.means.in_flight() {
            self.write_next()?;
        }
        let (page_size, file_id) = (self.file.page_size(), self.file.file_id());
        let task = self.means.threads.spawn(move || {
            let pages: u64 = runs.iter().map(|run| run.placed.pages).sum();
            let length = pages.saturating_mul(page_size.into());
            let mut out = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
            let mut start = 0;
            for Run { end, placed } in runs {
                let entries = chunk.entries().get(start..end).unwrap_or_default().iter();
                encode_run(
                    entries.map(|entry| (fingerprint_of(entry.order), chunk.bytes(entry))),
                    placed.pages,
                    page_size,
                    file_id,
                    placed.first_page,
                    &mut out,
                );
                start = end;
            }
            out
        });
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
        let page_size = self.file.page_size();
        let encoder = RunEncoder::new(extent.count, extent.length, page_size);
        let encoder = encoder.ok_or(WriteError::BinTooLarge {
            length: extent.length,
        })?;
        // The first page of all begins with the first bin, whether that has entries or not.
        let first_bin = self.first_bin.take().unwrap_or(giant.bin);
        let placed = self.file.place(first_bin, extent.pages(page_size)?)?;
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
