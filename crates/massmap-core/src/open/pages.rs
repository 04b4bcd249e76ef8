//! Opening a file of format 2.

mod parts;
mod sections;

use bytes::Bytes;
use massmap_format::{
    FormatError, MassMapHeader, PageIndex, PagedHeader, PagedMetadata, Section, SectionBlocks, SectionKind,
};

use super::opened::Opened;
use super::source::{LONGEST_READ, Source};
use crate::block::checksum::{ChecksumPolicy, Checksums};
use crate::index::pages::PagedIndex;
use crate::index::section_bytes::SectionBytes;
use crate::{Index, ReadError};

use parts::InParts;
use sections::Sections;

/// The sections that this version knows, in the order in which they are read.
const KINDS: [SectionKind; 4] = [
    SectionKind::Metadata,
    SectionKind::PageIndex,
    SectionKind::MissFilter,
    SectionKind::Compression,
];

/// A longer filter is loaded into memory only if it is worthwhile. In bytes.
const LONG_FILTER: usize = 1 << 20;

/// A long filter is worthwhile if at least one of this many bytes is not zero. In an ordinary filter nearly all are not. A filter
/// that only pretends to be long, such as a hole in the file, reads as zeros.
const MOST_ZEROS: usize = 16;

/// Reads the sections that the header lists.
#[derive(Debug)]
pub(super) struct OpeningPages {
    header: PagedHeader,
    way: Way,
}

/// How the sections are read.
#[derive(Debug)]
enum Way {
    AtOnce,
    /// One after the other, in pieces.
    Pieces(Box<Pieces>),
    /// Only what every lookup needs of them.
    InParts(InParts),
}

#[derive(Debug, Default)]
struct Pieces {
    sections: Sections,
    /// Number of [`KINDS`] that are done.
    done: usize,
    /// The bytes read so far of the next one.
    bytes: Vec<u8>,
}

impl OpeningPages {
    pub(super) const fn new(header: PagedHeader) -> Self {
        Self {
            header,
            way: Way::AtOnce,
        }
    }

    /// Offset and length of the part of the tail with the sections that this version knows. Others may be long.
    pub(super) fn sections(&self) -> (u64, u64) {
        let (start, _) = self.header.tail();
        let sections = SectionKind::ALL
            .iter()
            .filter_map(|kind| self.header.section(*kind).ok());
        let end = sections
            .map(|section| section.offset + section.length)
            .max()
            .unwrap_or(start);
        (start, end - start)
    }

    /// The section of this kind, if it is to be read.
    fn section(&self, kind: SectionKind) -> Result<Option<&Section>, FormatError> {
        match kind {
            SectionKind::Metadata => self.header.section(kind).map(Some),
            SectionKind::PageIndex if self.header.page_count > 0 => self.header.section(kind).map(Some),
            SectionKind::PageIndex => Ok(None),
            _ => Ok(self.header.section(kind).ok()),
        }
    }

    /// Decodes all sections. `tail` is the range given by [`sections`](Self::sections).
    pub(super) fn decode(&self, tail: Source<'_>) -> Result<Opened, ReadError> {
        let (start, _) = self.sections();
        let mut sections = Sections::default();
        for kind in KINDS {
            let Some(section) = self.section(kind)? else {
                continue;
            };
            let range = || {
                let from = usize::try_from(section.offset.checked_sub(start)?).ok()?;
                let to = from.checked_add(usize::try_from(section.length).ok()?)?;
                Some((from..to, tail.bytes().get(from..to)?))
            };
            let (range, bytes) = range().ok_or(FormatError::SectionOffsets)?;
            if let Source::Mapped(mapping) = tail {
                let keep = || mapping.slice(range.clone());
                sections.add(&self.header, kind, bytes, || {
                    SectionBytes::in_place(section, keep())
                })?;
                continue;
            }
            section.verify(bytes)?;
            if is_worthwhile(kind, bytes) {
                let keep = || tail.keep(range.clone());
                sections.add(&self.header, kind, bytes, || {
                    SectionBytes::in_memory(section, keep())
                })?;
            }
        }
        self.opened(sections)
    }

    /// Starts reading the sections in pieces.
    pub(super) fn begin_pieces(&mut self) {
        self.way = Way::Pieces(Box::default());
    }

    /// Whether no part of the sections has been asked for.
    pub(super) const fn is_at_once(&self) -> bool {
        matches!(self.way, Way::AtOnce)
    }

    /// Starts reading only what every lookup needs.
    pub(super) fn begin_parts(&mut self) -> Result<(), FormatError> {
        self.way = Way::InParts(InParts::new(&self.header)?);
        Ok(())
    }

    /// Offset and length of the next piece; `None` if the sections are read at once, or there are no more.
    ///
    /// Each piece of a section is as long as all pieces before it, which have been checked.
    pub(super) fn next_piece(&self) -> Result<Option<(u64, u64)>, FormatError> {
        let pieces = match &self.way {
            Way::AtOnce => return Ok(None),
            Way::InParts(parts) => return Ok(parts.next()),
            Way::Pieces(pieces) => pieces,
        };
        for kind in KINDS.iter().skip(pieces.done) {
            if let Some(section) = self.section(*kind)? {
                let known = pieces.bytes.len() as u64;
                let length = known.max(LONGEST_READ).min(section.length - known);
                return Ok(Some((section.offset + known, length)));
            }
        }
        Ok(None)
    }

    /// Takes the next piece. Returns the result of opening after the last one.
    pub(super) fn add_piece(&mut self, piece: &Bytes) -> Result<Option<Opened>, ReadError> {
        let mut pieces = match std::mem::replace(&mut self.way, Way::AtOnce) {
            Way::AtOnce => return Ok(None),
            Way::InParts(mut parts) => {
                parts.add(piece.clone());
                if parts.next().is_some() {
                    self.way = Way::InParts(parts);
                    return Ok(None);
                }
                return self.opened(parts.sections(&self.header)?).map(Some);
            }
            Way::Pieces(pieces) => pieces,
        };
        while let Some(kind) = KINDS.get(pieces.done)
            && self.section(*kind)?.is_none()
        {
            pieces.done += 1;
        }
        if let Some(kind) = KINDS.get(pieces.done)
            && let Some(section) = self.section(*kind)?
        {
            self.add_to_section(&mut pieces, *kind, section, piece)?;
        }
        self.way = Way::Pieces(pieces);
        if self.next_piece()?.is_some() {
            return Ok(None);
        }
        match std::mem::replace(&mut self.way, Way::AtOnce) {
            Way::Pieces(pieces) => self.opened(pieces.sections).map(Some),
            Way::AtOnce | Way::InParts(_) => Ok(None),
        }
    }

    fn add_to_section(
        &self,
        pieces: &mut Pieces,
        kind: SectionKind,
        section: &Section,
        piece: &[u8],
    ) -> Result<(), ReadError> {
        let out_of_memory = |_| ReadError::SectionMemory {
            offset: section.offset,
            length: section.length,
        };
        pieces
            .bytes
            .try_reserve_exact(piece.len())
            .map_err(out_of_memory)?;
        pieces.bytes.extend_from_slice(piece);
        if kind == SectionKind::PageIndex {
            let content = SectionBlocks::new(kind, section.length)?.content();
            let known = content.end.min(pieces.bytes.len());
            let prefix = pieces.bytes.get(..known).unwrap_or_default();
            let (pages, bins) = (self.header.page_count, self.header.bins);
            PageIndex::<&[u8]>::check_prefix(prefix, content.end as u64, pages, bins)?;
        }
        let is_worthwhile = is_worthwhile(kind, &pieces.bytes);
        if is_worthwhile && (pieces.bytes.len() as u64) < section.length {
            return Ok(());
        }
        pieces.done += 1;
        let bytes = std::mem::take(&mut pieces.bytes);
        if is_worthwhile {
            let bytes = Bytes::from(bytes);
            let keep = || SectionBytes::in_memory(section, bytes.clone());
            pieces.sections.add(&self.header, kind, &bytes, keep)?;
        }
        Ok(())
    }

    fn opened(&self, sections: Sections) -> Result<Opened, ReadError> {
        let header = self.header.clone();
        let metadata = header.section(SectionKind::Metadata)?;
        let (meta_offset, meta_length) = (metadata.offset, metadata.length);
        let kind = SectionKind::Metadata;
        let metadata = sections.metadata.ok_or(FormatError::MissingSection { kind })?;
        let (meta, has_type_names) = (metadata.described_meta(), metadata.has_type_names());
        let PagedMetadata {
            duplicate_keys,
            hash_probes,
            user,
            types,
            ..
        } = metadata;
        let checksums = Checksums::new(ChecksumPolicy::default(), header.page_count);
        Ok(Opened {
            header: MassMapHeader {
                meta_offset,
                meta_length,
            },
            meta,
            index: Index::pages(PagedIndex::new(
                header,
                sections.index,
                sections.filter,
                checksums,
                &types,
                sections.compression,
            )?),
            duplicate_keys,
            user_metadata: user,
            hash_probes: Some(hash_probes),
            types: Some(types),
            has_type_names,
        })
    }
}

/// Whether to load a section of this kind that begins with these bytes. Only filters may be left out.
fn is_worthwhile(kind: SectionKind, beginning: &[u8]) -> bool {
    // In parts whose counts fit into a byte, so that many bytes are compared at once: a filter may have hundreds of megabytes.
    let others = || {
        let parts = beginning.chunks(usize::from(u8::MAX));
        let counts = parts.map(|part| part.iter().map(|byte| u8::from(*byte != 0)).sum::<u8>());
        counts.map(usize::from).sum::<usize>()
    };
    kind != SectionKind::MissFilter
        || beginning.len() < LONG_FILTER
        || others() >= beginning.len() / MOST_ZEROS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_filter_is_loaded_if_one_byte_in_sixteen_is_not_zero() {
        let mut filter = vec![0; LONG_FILTER + 5];
        let enough = filter.len() / MOST_ZEROS;
        // From the end, with values of all kinds.
        for (place, byte) in filter.iter_mut().rev().take(enough).enumerate() {
            *byte = (place % 255) as u8 + 1;
        }
        assert!(is_worthwhile(SectionKind::MissFilter, &filter));
        filter[LONG_FILTER] = 0;
        assert!(!is_worthwhile(SectionKind::MissFilter, &filter));
        assert!(is_worthwhile(SectionKind::PageIndex, &filter));
        assert!(is_worthwhile(SectionKind::MissFilter, &filter[..LONG_FILTER - 1]));
    }
}
