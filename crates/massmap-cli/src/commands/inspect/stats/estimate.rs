//! What a file would be with pages of another size.

use massmap::MassMapReader;
use massmap_format::{PagedHeader, Section, SectionBlocks, SectionKind};

use super::super::histogram::ratio;
use super::report::{Estimate, Lookup};
use super::survey::Packed;
use crate::map::Map;

/// Number of bytes that the metadata of a map of format 1 would take in format 2. A guess; names of types are left out there.
const V1_METADATA: u64 = 256;

/// Lengths of the parts of a file behind its pages, as it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tail {
    pub(super) index: u64,
    pub(super) filter: u64,
    dictionary: u64,
    /// All other sections, with the zeros behind them.
    others: u64,
}

impl Tail {
    pub(super) fn of<R: MassMapReader>(map: &Map<R>) -> Self {
        let dictionary = map
            .compression()
            .map_or(0, |description| description.dictionary.len());
        let Some(header) = map.paged_header() else {
            return Self {
                index: 0,
                filter: 0,
                dictionary: 0,
                others: V1_METADATA,
            };
        };
        let length = |kind| header.section(kind).map_or(0, |section: &Section| section.length);
        let (index, filter) = (length(SectionKind::PageIndex), length(SectionKind::MissFilter));
        let all: u64 = header.sections.iter().map(|section| padded(section.length)).sum();
        Self {
            index,
            filter,
            dictionary: dictionary as u64,
            others: all.saturating_sub(padded(index)).saturating_sub(padded(filter)),
        }
    }
}

/// The file with pages of this size. Of the lookups of missing keys that would read, the share `passing` does.
pub(super) fn estimate(page_size: u32, packed: &Packed, entries: u64, tail: Tail, passing: f64) -> Estimate {
    let block = SectionBlocks::BLOCK_LENGTH as u64;
    let index_bytes = packed.index_length + 4 * packed.index_length.div_ceil(block);
    let size = u64::from(page_size);
    let pages_bytes = packed.pages.saturating_mul(size);
    let header = PagedHeader::SIZE as u64;
    let parts = [
        pages_bytes,
        size,
        tail.others,
        padded(index_bytes),
        padded(tail.filter),
        header,
    ];
    Estimate {
        page_size,
        current: false,
        pages: packed.pages,
        long_runs: packed.long_runs,
        long_run_pages: packed.long_pages,
        fill: ratio(packed.used, pages_bytes),
        file_bytes: parts.into_iter().fold(0, u64::saturating_add),
        index_bytes,
        memory_bytes: index_bytes + tail.filter + tail.dictionary,
        hit: Lookup {
            reads: f64::from(u8::from(entries > 0)),
            bytes: match entries {
                0 => 0.0,
                entries => packed.hit_bytes as f64 / entries as f64,
            },
        },
        miss: Lookup {
            reads: packed.covered * passing,
            bytes: packed.miss_bytes * passing,
        },
    }
}

/// The length of a section with the zeros behind it.
fn padded(length: u64) -> u64 {
    length.checked_next_multiple_of(64).unwrap_or(u64::MAX)
}
