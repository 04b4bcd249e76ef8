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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use massmap::{BytesReader, FormatVersion, MassMapBuilder, MassMapInner, MemoryWriter, Xxh3HashLoader};

    use super::*;

    /// A file in memory that counts the bytes that are read.
    struct Counting {
        file: BytesReader<Vec<u8>>,
        read: AtomicU64,
    }

    impl MassMapReader for Counting {
        fn read_exact_at<F, R>(&self, offset: u64, length: u64, f: F) -> io::Result<R>
        where
            F: Fn(&[u8]) -> io::Result<R>,
        {
            self.read.fetch_add(length, Ordering::Relaxed);
            self.file.read_exact_at(offset, length, f)
        }

        fn source_size(&self) -> Option<massmap::SourceSize> {
            self.file.source_size()
        }
    }

    fn map(format: FormatVersion, entries: u64) -> Map<Counting> {
        let writer = MemoryWriter::new();
        MassMapBuilder::<Xxh3HashLoader>::default()
            .with_format(format)
            .build(
                &writer,
                (0..entries)
                    .map(|number| (number, "x".repeat(100)))
                    .collect::<Vec<_>>()
                    .iter(),
            )
            .unwrap();
        MassMapInner::load(Counting {
            file: BytesReader::new(writer.into_inner()),
            read: AtomicU64::new(0),
        })
        .unwrap()
    }

    /// The places of some entries, and the share of the file that was read for them.
    fn chosen(map: &Map<Counting>, count: u64) -> (Option<Vec<Place>>, f64) {
        map.reader.read.store(0, Ordering::Relaxed);
        let places = choose(map, count, &mut Random::new(7)).unwrap();
        let read = map.reader.read.load(Ordering::Relaxed);
        (places, read as f64 / map.index().end() as f64)
    }

    #[test]
    fn few_of_many_are_chosen_without_reading_much() {
        let (places, share) = chosen(&map(FormatVersion::V1, 1000), 10);
        assert_eq!((places.unwrap().len(), share), (10, 0.0));
        let map = map(FormatVersion::V2, 30_000);
        for count in [1, 10, 20] {
            let (places, share) = chosen(&map, count);
            let places = places.unwrap();
            assert_eq!(places.len() as u64, count);
            assert!(places.is_sorted() && share < 0.01, "{count}: {share}");
            assert_eq!(places.iter().collect::<BTreeSet<_>>().len() as u64, count);
        }
    }

    #[test]
    fn all_are_read_for_many() {
        let map = map(FormatVersion::V2, 3000);
        for count in [1000, 3000, u64::MAX] {
            assert_eq!(chosen(&map, count), (None, 0.0));
        }
    }
}
