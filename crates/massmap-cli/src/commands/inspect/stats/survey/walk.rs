//! Reading all entries of a file once, in bounded memory.

mod entries;
mod long_run;

use std::cell::Cell;
use std::io;
use std::ops::Range;

use massmap::MassMapReader;
use massmap_core::{Extent, ReadAhead};
use massmap_format::RawEntry;

use crate::map::Map;
use entries::{decompressed, read};
use long_run::LongRunReader;

pub(super) use entries::{Entry, Run, Visitor};

/// Number of bytes that are read at once. Longer runs of pages are read piece by piece, and longer buckets as a whole.
const LONGEST_READ: u64 = 4 << 20;

/// Shows all entries to `visitor`.
///
/// Checksums are checked, but for those of runs of more than 4 MiB, of which only keys and directory are read.
///
/// # Errors
///
/// Any error of the reader, and damage, which ends the walk.
pub(super) fn walk<R: MassMapReader>(map: &Map<R>, visitor: &mut impl Visitor) -> io::Result<()> {
    let index = map.index();
    let mut ahead = ReadAhead::new(index.end(), LONGEST_READ);
    let mut extents = index.extents();
    while let Some(next) = extents.next_with_range() {
        let (extent, placement) = next?;
        let bins = placement.bins();
        match index.as_pages() {
            Some(pages) if extent.length() > LONGEST_READ => {
                LongRunReader::new(&map.reader, pages, extent)?.walk(bins, visitor)?;
            }
            _ => {
                fetch(map, &mut ahead, &extent);
                match ahead.get(&extent) {
                    Some(bytes) => visit(map, &extent, bins, bytes, visitor)?,
                    None => {
                        let bytes = read(&map.reader, extent.offset(), extent.length())?;
                        visit(map, &extent, bins, &bytes, visitor)?;
                    }
                }
            }
        }
    }
    Ok(())
}

/// Reads `extent` and what follows it, unless it has been read or is to be read on its own.
fn fetch<R: MassMapReader>(map: &Map<R>, ahead: &mut ReadAhead, extent: &Extent) {
    let Some(planned) = ahead.plan(extent) else {
        return;
    };
    let buffer = Cell::new(ahead.take_buffer());
    // After an error, the extents are read one by one, and each reports its own error.
    _ = map
        .reader
        .read_exact_at(planned.offset(), planned.length(), |bytes| {
            let mut filled = buffer.take();
            planned.append(&mut filled, bytes);
            buffer.set(filled);
            Ok(())
        });
    ahead.put_buffer(buffer.into_inner());
}

/// Shows the entries of `extent`, which is in memory.
fn visit<R: MassMapReader>(
    map: &Map<R>,
    extent: &Extent,
    bins: Range<u64>,
    bytes: &[u8],
    visitor: &mut impl Visitor,
) -> io::Result<()> {
    let block = map.index().block::<io::Error>(extent, bytes)?;
    let mut slots = block.slots();
    let mut next = slots.next();
    visitor.run(&Run {
        length: extent.length(),
        entries: block.len() as u64,
        bins,
        slots: next.map_or(0, |slot| slot.of),
    });
    let layout = block.entry_layout();
    block.for_each(|RawEntry { key, value }| {
        let slot = std::mem::replace(&mut next, slots.next());
        visitor.entry(&Entry {
            key,
            stored: value.len() as u64,
            decompressed: decompressed(layout, value)?,
            slot: slot.map(|slot| slot.number),
        });
        Ok::<_, io::Error>(())
    })
}
