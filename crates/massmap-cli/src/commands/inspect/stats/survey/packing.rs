//! What pages a map would have if they were of another size.
//!
//! Follows the rules of the builder, which `FORMAT.md` states in 2.2, 2.4 and 2.5 as those of "this library". Tests build maps with
//! these page sizes and compare.

mod index_length;

use std::collections::VecDeque;

use massmap_format::{EntryLayout, PageLayout, bin_of};

use index_length::IndexLength;

/// Number of bins that the builder makes for each page that the entries fill.
const BINS_PER_PAGE: u64 = 64;

/// Number of words of a directory that lies in the first cache line of its page.
const WORDS_OF_A_LINE: u64 = 7;

/// What each page of a run subtracts from the filled share of the run, when the builder decides where the run ends.
const COST_PER_PAGE: f64 = 0.02;

/// Which entries are packed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Totals {
    pub(super) entries: u64,
    /// Length of all of them as they are stored.
    pub(super) bytes: u64,
    pub(super) layout: EntryLayout,
    /// The most pages that entries of several bins share.
    pub(super) longest_run: u32,
    /// How many equal ranges of hashes there are, of which the entries have one.
    pub(super) shards: u32,
}

/// Number and length of entries.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    entries: u64,
    bytes: u64,
}

impl Size {
    fn and(self, other: Self) -> Self {
        Self {
            entries: self.entries.saturating_add(other.entries),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }
}

/// The entries of a bin.
#[derive(Debug, Clone, Copy)]
struct Bin {
    number: u64,
    size: Size,
}

/// A possible end of the run that is being filled.
#[derive(Debug, Clone, Copy)]
struct RunEnd {
    /// Number of bins before the end.
    bins: usize,
    size: Size,
    pages: u64,
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
    totals: Totals,
    /// The bins of the run that is being filled, and the next ones.
    open: VecDeque<Bin>,
    /// How many of them have been examined, and their size.
    examined: usize,
    run: Size,
    best: Option<RunEnd>,
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
        let words = directory_words(&totals, page_size);
        let layout = PageLayout::new(totals.layout, page_size, words).ok()?;
        Some(Self {
            layout,
            bins: bins(&totals, layout),
            totals,
            open: VecDeque::new(),
            examined: 0,
            run: Size::default(),
            best: None,
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
        let entry = Size { entries: 1, bytes };
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
        let longest = u64::from(self.totals.longest_run);
        while let Some(bin) = self.open.get(self.examined) {
            let grown = self.run.and(bin.size);
            let pages = self.layout.pages_needed(grown.entries, grown.bytes);
            let joins = |pages: u64| {
                pages <= longest && self.best.is_none_or(|best| self.can_be_improved(&best, pages))
            };
            let is_first = self.examined == 0;
            if !is_first && !pages.is_some_and(joins) {
                self.end_run();
                continue;
            }
            // A run that is too long is counted as one page.
            self.is_impossible |= pages.is_none();
            self.examined += 1;
            self.run = grown;
            let end = RunEnd {
                bins: self.examined,
                size: grown,
                pages: pages.unwrap_or(1),
            };
            if self.best.is_none_or(|best| self.score(&end) >= self.score(&best)) {
                self.best = Some(end);
            }
        }
    }

    /// How good it is to end a run here.
    fn score(&self, end: &RunEnd) -> f64 {
        let pages = end.pages as f64;
        end.size.bytes as f64 / (pages * f64::from(self.page_size())) - COST_PER_PAGE * pages
    }

    /// Whether a full run of `pages` pages would be at least as good.
    fn can_be_improved(&self, best: &RunEnd, pages: u64) -> bool {
        self.score(best) <= 1.0 - COST_PER_PAGE * pages as f64
    }

    /// Ends the run where that is best. The bins behind its end are to be examined again.
    fn end_run(&mut self) {
        let Some(RunEnd { bins, size, pages }) = self.best.take() else {
            return;
        };
        let first_bin = self.open.front().map_or(0, |bin| bin.number);
        self.open.drain(..bins.min(self.open.len()));
        (self.examined, self.run) = (0, Size::default());

        let length = pages.saturating_mul(self.page_size().into());
        let end_width = self.layout.entries().end_width(length) as u64;
        let used = self.layout.entries_start(length) + size.bytes + size.entries * end_width;
        self.end_last_run(first_bin);
        self.last_run = Some(LastRun { first_bin, length });
        self.index.add(first_bin, pages);
        let packed = &mut self.packed;
        packed.pages += pages;
        packed.used = packed.used.saturating_add(used.min(length));
        packed.hit_bytes += u128::from(size.entries) * u128::from(length);
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
        let bins = self.bins as f64 / f64::from(self.totals.shards.max(1));
        let packed = Packed {
            covered: self.covered as f64 / bins,
            miss_bytes: self.miss_bytes as f64 / bins,
            index_length: self.index.finish(end_bin),
            ..self.packed
        };
        (!self.is_impossible && packed.pages <= u64::from(u32::MAX)).then_some(packed)
    }
}

/// Number of bytes of a page for the directory and the entries.
fn room(page_size: u32) -> u64 {
    u64::from(page_size) - 8 - 4 * u64::from(PageLayout::part_count_of(page_size))
}

/// Length of the entries with their ends, in runs of one page.
fn length_with_ends(totals: &Totals, page_size: u32) -> u64 {
    let end_width = totals.layout.end_width(page_size.into()) as u64;
    totals
        .bytes
        .saturating_add(totals.entries.saturating_mul(end_width))
}

/// Number of words of a page's directory: 7/4 bits for each of the entries that a page has on average.
fn directory_words(totals: &Totals, page_size: u32) -> u32 {
    let most = u64::from(PageLayout::most_directory_words(page_size));
    let length = length_with_ends(totals, page_size);
    let is_one_page =
        length <= room(page_size) - 8 * WORDS_OF_A_LINE && totals.entries < 64 * WORDS_OF_A_LINE;
    let words = match is_one_page {
        true => u128::from(WORDS_OF_A_LINE),
        false => {
            let entries = u128::from(totals.entries);
            let divisor = 256 * u128::from(length) + 56 * entries;
            (7 * u128::from(room(page_size)) * entries).div_ceil(divisor.max(1))
        }
    };
    u32::try_from(words.clamp(1, most.into())).unwrap_or(1)
}

/// Number of bins of all hashes.
fn bins(totals: &Totals, layout: PageLayout) -> u64 {
    let page_size = layout.page_size();
    let directory = layout.directory_length(page_size.into());
    let by_bytes = length_with_ends(totals, page_size).div_ceil(room(page_size) - directory);
    let by_entries = totals.entries.div_ceil(8 * directory - 1);
    by_bytes
        .max(by_entries)
        .max(1)
        .saturating_mul(BINS_PER_PAGE)
        .saturating_mul(totals.shards.max(1).into())
}
