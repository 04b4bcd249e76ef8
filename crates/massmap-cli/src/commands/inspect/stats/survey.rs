//! What one pass over all entries shows.

mod packing;
mod placement;
mod walk;

use std::io;

use massmap::{FormatVersion, MassMapReader};
use massmap_format::{EntryLayout, PageLayout};
use massmap_write::packing::EntriesSize;

use super::super::histogram::Histogram;
use crate::map::Map;
use crate::output::progress::Progress;
use packing::{Packer, Totals};
use placement::Placement;
use walk::{Entry, Run, Visitor, walk};

pub(super) use packing::Packed;

/// The page sizes that are considered, in bytes.
const PAGE_SIZES: [u32; 8] = [512, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15, 1 << 16];

/// Number of parts that the fill of pages is divided into.
pub(super) const FILL_PARTS: usize = 20;

/// Number of bytes in front of an entry of format 1, which say that it has a key and a value.
const V1_ENTRY_HEADER: u64 = 1;

/// What a map has, counted.
pub(super) struct Survey {
    /// Lengths of keys as they are stored.
    pub(super) keys: Histogram,
    /// Lengths of values, as MessagePack or as records.
    pub(super) values: Histogram,
    /// Lengths of values as they are stored, if they may be compressed.
    pub(super) stored_values: Option<Histogram>,
    /// Number of values that are compressed.
    pub(super) compressed: u64,
    /// Numbers of entries of the runs of pages, or of the buckets, empty ones included.
    pub(super) entries_per_run: Histogram,
    /// Numbers of bytes that lookups of keys read.
    pub(super) read_by_hits: Histogram,
    /// Number of bytes that the lookup of a missing key reads on average, and the share of such lookups that read, without a filter.
    pub(super) read_by_misses: f64,
    pub(super) covered: f64,
    /// How many runs have their pages filled to so many twentieths.
    pub(super) fill: [u64; FILL_PARTS],
    /// Number of bytes of pages that are used.
    pub(super) used: u64,
    /// Number of pages of each run.
    pub(super) pages_per_run: Histogram,
    /// The page sizes that maps of these entries could have, and what they would be with them.
    pub(super) packed: Vec<(u32, Packed)>,
}

impl Survey {
    /// Reads all of `map`.
    ///
    /// # Errors
    ///
    /// Any error of the reader, and damage.
    pub(super) fn of<R: MassMapReader>(map: &Map<R>) -> io::Result<Self> {
        let progress = Progress::new();
        let mut counting = Counting::new(map, &progress);
        walk(map, &mut counting)?;
        Ok(counting.finish(map))
    }
}

/// A survey that is being made.
struct Counting<'a> {
    survey: Survey,
    layout: EntryLayout,
    /// Layout of the pages; `None` in format 1.
    pages: Option<PageLayout>,
    /// The run at hand: its length, and that of its entries so far.
    run: Option<Run>,
    run_bytes: u64,
    placement: Placement,
    packers: Vec<Packer>,
    /// Sums over all hashes: bins or buckets that have entries, and what their lookups read.
    covered: u128,
    read_by_misses: u128,
    entries: u64,
    /// All entries, as the file says.
    total: u64,
    bytes: u64,
    progress: &'a Progress,
}

impl<'a> Counting<'a> {
    fn new<R: MassMapReader>(map: &Map<R>, progress: &'a Progress) -> Self {
        let layout = map.entry_layout();
        let header = map.paged_header();
        let totals = Totals {
            entries: EntriesSize {
                count: map.len(),
                length: header.map_or_else(|| length_of_buckets(map), |header| header.entries_length),
            },
            layout,
            longest_run: header.map_or(1, |header| header.longest_run()),
            shards: map.shard().map_or(1, |shard| shard.count),
        };
        let mut sizes = PAGE_SIZES.to_vec();
        sizes.extend(header.map(|header| header.page_size));
        sizes.sort_unstable();
        sizes.dedup();
        Self {
            survey: Survey {
                keys: Histogram::default(),
                values: Histogram::default(),
                stored_values: (layout == EntryLayout::Compressed).then(Histogram::default),
                compressed: 0,
                entries_per_run: Histogram::default(),
                read_by_hits: Histogram::default(),
                read_by_misses: 0.0,
                covered: 0.0,
                fill: [0; FILL_PARTS],
                used: 0,
                pages_per_run: Histogram::default(),
                packed: Vec::new(),
            },
            layout,
            pages: map.index().as_pages().map(|pages| pages.page_layout()),
            run: None,
            run_bytes: 0,
            placement: match header {
                Some(header) => Placement::of_slots(header.bins),
                None => Placement::random(map.len()),
            },
            packers: sizes
                .into_iter()
                .filter_map(|page_size| Packer::new(page_size, totals))
                .collect(),
            covered: 0,
            read_by_misses: 0,
            entries: 0,
            total: map.len(),
            bytes: 0,
            progress,
        }
    }

    fn finish<R: MassMapReader>(mut self, map: &Map<R>) -> Survey {
        self.end_run();
        self.placement.finish(push_to(&mut self.packers));
        let hashes = match (map.paged_header(), map.shard()) {
            (Some(header), Some(shard)) => header.bins as f64 / f64::from(shard.count),
            (Some(header), None) => header.bins as f64,
            (None, _) => map.meta.bucket_count as f64,
        };
        let mut survey = self.survey;
        if map.format() == FormatVersion::V1 {
            let empty = map
                .meta
                .bucket_count
                .saturating_sub(survey.entries_per_run.count());
            survey.entries_per_run.add_many(0, empty);
        }
        if hashes > 0.0 {
            survey.covered = self.covered as f64 / hashes;
            survey.read_by_misses = self.read_by_misses as f64 / hashes;
        }
        survey.packed = self
            .packers
            .into_iter()
            .filter_map(|packer| Some((packer.page_size(), packer.finish()?)))
            .collect();
        survey
    }

    /// Counts what is known of a run once all of its entries have been seen.
    fn end_run(&mut self) {
        let (Some(run), Some(layout)) = (self.run.take(), self.pages) else {
            return;
        };
        let ends = run.entries * layout.entries().end_width(run.length) as u64;
        let used = layout.entries_start(run.length) + self.run_bytes + ends;
        self.survey.used += used;
        let part = (u128::from(used) * FILL_PARTS as u128).checked_div(run.length.into());
        let part = part.and_then(|part| usize::try_from(part).ok()).unwrap_or(0);
        if let Some(part) = self.survey.fill.get_mut(part.min(FILL_PARTS - 1)) {
            *part += 1;
        }
    }
}

impl Visitor for Counting<'_> {
    fn run(&mut self, run: &Run) {
        self.end_run();
        self.placement
            .begin(run.bins.clone(), run.slots, push_to(&mut self.packers));
        let hashes = match self.pages {
            Some(layout) => {
                let pages = run.length / u64::from(layout.page_size());
                self.survey.pages_per_run.add(pages);
                run.bins.end.saturating_sub(run.bins.start)
            }
            None => 1,
        };
        self.covered += u128::from(hashes);
        self.read_by_misses += u128::from(hashes) * u128::from(run.length);
        self.survey.entries_per_run.add(run.entries);
        self.survey.read_by_hits.add_many(run.length, run.entries);
        self.bytes += run.length;
        self.run_bytes = 0;
        self.run = Some(run.clone());
        self.progress.show_read(self.entries, self.total, self.bytes);
    }

    fn entry(&mut self, entry: &Entry<'_>) {
        let key = entry.key.len() as u64;
        let survey = &mut self.survey;
        survey.keys.add(key);
        survey.values.add(entry.value(self.layout));
        if let Some(stored) = &mut survey.stored_values {
            stored.add(entry.stored);
        }
        survey.compressed += u64::from(entry.decompressed.is_some());
        self.entries += 1;
        let length = key + entry.stored;
        self.run_bytes += length;
        self.placement
            .add(entry.slot, entry.key, length, push_to(&mut self.packers));
    }
}

/// Gives entries to all packers.
fn push_to(packers: &mut [Packer]) -> impl FnMut(u64, u64) {
    |spread, length| {
        for packer in packers.iter_mut() {
            packer.push(spread, length);
        }
    }
}

/// Length of all entries of a map of format 1, without the headers of buckets and entries.
fn length_of_buckets<R: MassMapReader>(map: &Map<R>) -> u64 {
    let lengths = map.occupied_buckets().map(|(_, bucket)| {
        let header = match bucket.count {
            0..16 => 1,
            16..65_536 => 3,
            _ => 5,
        };
        let headers = header + V1_ENTRY_HEADER * u64::from(bucket.count);
        u64::from(bucket.length).saturating_sub(headers)
    });
    lengths.sum()
}
