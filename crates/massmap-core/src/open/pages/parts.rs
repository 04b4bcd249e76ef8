//! Opening a file whose index is read in parts.

use std::ops::Range;

use bytes::Bytes;
use massmap_format::{FormatError, MissFilter, PageIndex, PagedHeader, Section, SectionKind};

use super::sections::Sections;
use crate::ReadError;
use crate::index::section_bytes::SectionBytes;
use crate::index::section_bytes::sparse::SparseSection;

/// Most bytes between two ranges that are read with them, to save a request.
const LARGEST_GAP: u64 = 16 << 10;

/// Reads of the sections only what every lookup needs.
#[derive(Debug)]
pub(super) struct InParts {
    /// What is needed, in the order of the file.
    ranges: Vec<Range<u64>>,
    /// The bytes of the first of them.
    supplied: Vec<Bytes>,
}

impl InParts {
    pub(super) fn new(header: &PagedHeader) -> Result<Self, FormatError> {
        let mut ranges = Vec::new();
        for kind in [SectionKind::Metadata, SectionKind::Compression] {
            if let Ok(section) = header.section(kind) {
                ranges.push(range_of(section));
            }
        }
        for section in sections_in_parts(header) {
            ranges.push(SparseSection::first_part_of(section)?);
            ranges.push(SparseSection::checksums_of(section)?);
        }
        ranges.sort_unstable_by_key(|range| range.start);
        ranges.dedup_by(|next, range| {
            let is_near = next.start <= range.end.saturating_add(LARGEST_GAP);
            if is_near {
                range.end = range.end.max(next.end);
            }
            is_near
        });
        Ok(Self {
            ranges,
            supplied: Vec::new(),
        })
    }

    /// Offset and length of the next range; `None` if there are no more.
    pub(super) fn next(&self) -> Option<(u64, u64)> {
        let range = self.ranges.get(self.supplied.len())?;
        Some((range.start, range.end - range.start))
    }

    pub(super) fn add(&mut self, bytes: Bytes) {
        self.supplied.push(bytes);
    }

    /// The sections, once all ranges have been supplied.
    pub(super) fn sections(&self, header: &PagedHeader) -> Result<Sections, ReadError> {
        let mut sections = Sections::default();
        for kind in [SectionKind::Metadata, SectionKind::Compression] {
            if let Ok(section) = header.section(kind) {
                let bytes = self.get(range_of(section))?;
                // Neither is kept.
                sections.add(header, kind, &bytes, || Err(FormatError::SectionOffsets))?;
            }
        }
        for section in sections_in_parts(header) {
            let checksums = self.get(SparseSection::checksums_of(section)?)?;
            let sparse = SparseSection::new(*section, Bytes::copy_from_slice(&checksums))?;
            let bytes = SectionBytes::in_parts(sparse, section.blocks()?);
            let first = SparseSection::first_part_of(section)?;
            let part = Bytes::copy_from_slice(&self.get(first.clone())?);
            if !part.is_empty() {
                bytes.supply(first.start, &part)?;
            }
            let checking = bytes.checking();
            if section.kind == SectionKind::PageIndex as u32 {
                let index = PageIndex::new(&checking, header.page_count, header.bins);
                let index = index.map(|index| index.with_bytes(()));
                let index = index.map_err(|error| checking.explain(error))?;
                sections.index = Some(index.with_bytes(bytes));
            } else {
                let filter = MissFilter::new(&checking).map(|filter| filter.with_bytes(()));
                let filter = filter.map_err(|error| checking.explain(error))?;
                sections.filter = Some(filter.with_bytes(bytes));
            }
        }
        Ok(sections)
    }

    /// The bytes of a range that is part of one that was supplied.
    fn get(&self, wanted: Range<u64>) -> Result<Bytes, FormatError> {
        let find = |(range, bytes): (&Range<u64>, &Bytes)| {
            let start = usize::try_from(wanted.start.checked_sub(range.start)?).ok()?;
            let end = start.checked_add(usize::try_from(wanted.end - wanted.start).ok()?)?;
            (end <= bytes.len()).then(|| bytes.slice(start..end))
        };
        let found = self.ranges.iter().zip(&self.supplied).find_map(find);
        found.ok_or(FormatError::SectionOffsets)
    }
}

/// The page index and the miss filter, as far as there are any.
fn sections_in_parts(header: &PagedHeader) -> impl Iterator<Item = &Section> {
    let index = (header.page_count > 0).then_some(SectionKind::PageIndex);
    let kinds = index.into_iter().chain([SectionKind::MissFilter]);
    kinds.filter_map(|kind| header.section(kind).ok())
}

fn range_of(section: &Section) -> Range<u64> {
    section.offset..section.offset.saturating_add(section.length)
}
