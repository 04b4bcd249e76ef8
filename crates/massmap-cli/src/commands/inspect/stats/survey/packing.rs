//! What pages a map would have if they were of another size.
//!
//! Follows the rules of the builder for entries that lie about where they would. Tests build maps with these page sizes and compare.

mod index_length;

use std::collections::VecDeque;

use massmap_format::{EntryLayout, PageLayout, bin_of};
use massmap_write::packing::{EntriesSize, OpenRun, RunEnd, bins, page_layout};

use index_length::IndexLength;

/// Which entries are packed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Totals {
    pub(super) entries: EntriesSize,
    pub(super) layout: EntryLayout,
    /// The most pages that entries of several bins share.
    pub(super) longest_run: u32,
    /// How many equal ranges of hashes there are, of which the entries have one.
    pub(super) shards: u32,
}

/// The entries of a bin.
#[derive(Debug, Clone, Copy)]
struct Bin {
    number: u64,
    size: EntriesSize,
}

/// A run that is complete but for the end of its bins, which is the first bin of the next one.
#[derive(Debug, Clone, Copy)]
struct LastRun {
    first_bin: u64,
    length: u64,
}

/// What came of packing entries into pages of some size.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Packed {
    pub(in super::super) pages: u64,
    /// Runs of several pages, and all of their pages.
    pub(in super::super) long_runs: u64,
    pub(in super::super) long_pages: u64,
    /// Number of bytes of the pages that are used.
    pub(in super::super) used: u64,
    /// Number of bytes that lookups of all keys read.
    pub(in super::super) hit_bytes: u128,
    /// Share of the hashes that have a run.
    pub(in super::super) covered: f64,
    /// Number of bytes that the lookup of a missing key reads on average, unless a miss filter spares it.
    pub(in super::super) miss_bytes: f64,
    /// Length of the page index, without its checksums.
    pub(in super::super) index_length: u64,
}

/// Packs entries, sorted by their spread hashes, into pages of one size.
#[derive(Debug)]
pub(super) struct Packer {
    layout: PageLayout,
    /// Number of bins of all hashes.
    bins: u64,
    shards: u32,
    run: OpenRun,
    /// The bins of the run that is being filled, and the next ones.
    open: VecDeque<Bin>,
    /// How many of them the run has taken.
    examined: usize,
    /// The bin that may go on.
    bin: Option<Bin>,
    last_run: Option<LastRun>,
    index: IndexLength,
    /// Sums over the hashes, in bins.
    covered: u128,
    miss_bytes: u128,
    packed: Packed,
    /// Whether there is a run that no file can have.
    is_impossible: bool,
}

impl Packer {
    /// `None` if no file has pages of this size.
    pub(super) fn new(page_size: u32, totals: Totals) -> Option<Self> {
        let layout = page_layout(totals.entries, totals.layout, Some(page_size)).ok()?;
        Some(Self {
            layout,
            bins: bins(totals.entries, layout, totals.shards),
            shards: totals.shards,
            run: OpenRun::new(layout, totals.longest_run),
            open: VecDeque::new(),
            examined: 0,
            bin: None,
            last_run: None,
            index: IndexLength::default(),
            covered: 0,
            miss_bytes: 0,
            packed: Packed::default(),
            is_impossible: false,
        })
    }

    pub(super) fn page_size(&self) -> u32 {
        self.layout.page_size()
    }

    /// Adds an entry with this spread hash, not less than that of the entry before, of `bytes` bytes.
    pub(super) fn push(&mut self, spread: u64, bytes: u64) {
        let number = bin_of(spread, self.bins);
        let entry = EntriesSize {
            count: 1,
            length: bytes,
        };
        match &mut self.bin {
            Some(bin) if bin.number == number => bin.size = bin.size.and(entry),
            bin => {
                if let Some(complete) = bin.replace(Bin { number, size: entry }) {
                    self.open.push_back(complete);
                    self.pack();
                }
            }
        }
    }

    /// Ends the runs that the bins at hand complete.
    fn pack(&mut self) {
        while let Some(bin) = self.open.get(self.examined) {
            match self.run.add(bin.size) {
                Ok(true) => self.examined += 1,
                Ok(false) => self.end_run(),
                Err(_) => {
                    self.is_impossible = true;
                    self.open.clear();
                }
            }
        }
    }

    /// Ends the run where that is best. The bins behind its end are to be examined again.
    fn end_run(&mut self) {
        let Some(RunEnd { bins, size, pages }) = self.run.end() else {
            return;
        };
        let first_bin = self.open.front().map_or(0, |bin| bin.number);
        self.open.drain(..bins.min(self.open.len()));
        self.examined = 0;

        let length = pages.saturating_mul(self.page_size().into());
        let end_width = self.layout.entries().end_width(length) as u64;
        let used = self.layout.entries_start(length) + size.length + size.count * end_width;
        self.end_last_run(first_bin);
        self.last_run = Some(LastRun { first_bin, length });
        self.index.add(first_bin, pages);
        let packed = &mut self.packed;
        packed.pages += pages;
        packed.used = packed.used.saturating_add(used.min(length));
        packed.hit_bytes += u128::from(size.count) * u128::from(length);
        if pages > 1 {
            packed.long_runs += 1;
            packed.long_pages += pages;
        }
    }

    /// The last run holds the bins to before `end_bin`.
    fn end_last_run(&mut self, end_bin: u64) {
        if let Some(LastRun { first_bin, length }) = self.last_run.take() {
            let bins = u128::from(end_bin.saturating_sub(first_bin));
            self.covered += bins;
            self.miss_bytes += bins * u128::from(length);
        }
    }

    /// What came of it; `None` if entries are too long to share pages of this size, or too many.
    pub(super) fn finish(mut self) -> Option<Packed> {
        let end_bin = self.bin.map_or(0, |bin| bin.number + 1);
        self.open.extend(self.bin.take());
        while !self.open.is_empty() {
            self.pack();
            self.end_run();
        }
        self.end_last_run(end_bin);
        let bins = self.bins as f64 / f64::from(self.shards.max(1));
        let packed = Packed {
            covered: self.covered as f64 / bins,
            miss_bytes: self.miss_bytes as f64 / bins,
            index_length: self.index.finish(end_bin),
            ..self.packed
        };
        (!self.is_impossible && packed.pages <= u64::from(u32::MAX)).then_some(packed)
    }
}
