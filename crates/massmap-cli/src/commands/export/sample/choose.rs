//! Choosing entries without reading all of a file.

use std::collections::BTreeSet;
use std::io;

use massmap::{MassMapReader, ReadError};
use massmap_core::{Extent, PagedIndex};
use massmap_format::{EntryLayout, LongRun};

use crate::commands::random::Random;
use crate::map::Map;

/// Most entries that are chosen like that. More take more memory than reading all.
const MOST: u64 = 1 << 20;

/// How many times as long a read of a page takes if it does not follow the one before it.
const COST: u64 = 8;

/// Where an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// Number of its bucket, or of the first page of its run.
    pub(super) block: usize,
    /// Its number there.
    pub(super) entry: u64,
}

/// The places of `count` entries, in order; each entry is as likely as any other. `None` if it is faster to read all.
///
/// # Errors
///
/// Any error of the reader, and damage.
pub(super) fn choose<R: MassMapReader>(
    map: &Map<R>,
    count: u64,
    random: &mut Random,
) -> io::Result<Option<Vec<Place>>> {
    if count > MOST || count >= map.index().entry_count() {
        return Ok(None);
    }
    match map.index().as_pages() {
        Some(pages) => choose_of_pages(map, pages, count, random),
        None => Ok(Some(choose_of_buckets(map, count, random))),
    }
}

/// Of format 1, whose index knows how many entries each bucket has.
fn choose_of_buckets<R>(map: &Map<R>, count: u64, random: &mut Random) -> Vec<Place> {
    let total = map.index().entry_count();
    let mut wanted = BTreeSet::new();
    // By Robert Floyd: each set of `count` numbers is as likely as any other.
    for last in total - count..total {
        let number = random.below(last + 1);
        if !wanted.insert(number) {
            wanted.insert(last);
        }
    }
    let mut wanted = wanted.into_iter().peekable();
    let mut places = Vec::new();
    let mut before = 0;
    for (block, meta) in map.occupied_buckets() {
        let end = before + u64::from(meta.count);
        while let Some(number) = wanted.next_if(|number| *number < end) {
            let entry = number - before;
            places.push(Place { block, entry });
        }
        before = end;
        if wanted.peek().is_none() {
            break;
        }
    }
    places
}

/// Of format 2, whose pages know how many entries they have.
///
/// Chooses a page at random, and one of the entries that it could have; whether that is there depends on how many it has.
fn choose_of_pages<R: MassMapReader>(
    map: &Map<R>,
    pages: &PagedIndex,
    count: u64,
    random: &mut Random,
) -> io::Result<Option<Vec<Place>>> {
    let most = most_entries(pages);
    if count.saturating_mul(most).saturating_mul(COST) >= map.index().entry_count() {
        return Ok(None);
    }
    let layout = pages.page_layout();
    let page_count = map.index().len() as u64;
    let mut chosen = BTreeSet::new();
    // A damaged file may have far fewer entries than it says.
    for _ in 0..page_count {
        if chosen.len() as u64 == count {
            return Ok(Some(chosen.into_iter().collect()));
        }
        let page = usize::try_from(random.below(page_count)).unwrap_or(usize::MAX);
        let extent = map.index().extent_around(page)?;
        let run_pages = extent.length() / u64::from(layout.page_size());
        let entry = random.below(run_pages * most);
        if entry < entry_count(map, pages, &extent)? {
            chosen.insert(Place {
                block: extent.index(),
                entry,
            });
        }
    }
    Ok(None)
}

/// The most entries that a run can have for each of its pages.
fn most_entries(pages: &PagedIndex) -> u64 {
    let layout = pages.page_layout();
    let page_size = u64::from(layout.page_size());
    let shortest = match layout.entries() {
        EntryLayout::Fixed(widths) => u64::from(widths.entry()).max(1),
        // A byte of a key, a byte of a value, and where they end.
        EntryLayout::Variable | EntryLayout::Compressed => 4,
    };
    (8 * layout.directory_length(page_size)).min(page_size / shortest)
}

/// Number of entries of a run.
fn entry_count<R: MassMapReader>(map: &Map<R>, pages: &PagedIndex, extent: &Extent) -> io::Result<u64> {
    let length = LongRun::HEADER_LENGTH as u64;
    let header = map
        .reader
        .read_exact_at(extent.offset(), length, |bytes| Ok(bytes.first_chunk().copied()))?;
    let header = header.ok_or(io::ErrorKind::UnexpectedEof)?;
    let run = LongRun::decode(header, extent.length(), pages.page_layout());
    let run = run.map_err(|source| ReadError::DamagedPage {
        page: extent.index(),
        source,
    })?;
    Ok(run.entry_count().into())
}
