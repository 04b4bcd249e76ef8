//! Opening a file of format 2.

use bytes::Bytes;
use massmap_format::{
    FormatError, MassMapHeader, PageIndex, PagedHeader, PagedMetadata, Section, SectionKind,
};

use super::opened::Opened;
use super::source::{LONGEST_READ, Source};
use crate::block::checksum::{ChecksumPolicy, Checksums};
use crate::index::miss_filter::AnyMissFilter;
use crate::index::pages::PagedIndex;
use crate::{Index, ReadError};

/// The sections that this version knows, in the order in which they are read.
const KINDS: [SectionKind; 4] = [
    SectionKind::Metadata,
    SectionKind::PageIndex,
    SectionKind::MissFilter,
    SectionKind::MissFilterParts,
];

/// Reads the sections that the header lists.
#[derive(Debug)]
pub(super) struct OpeningPages {
    header: PagedHeader,
    /// Set if the sections are read in pieces.
    pieces: Option<Pieces>,
}

#[derive(Debug, Default)]
struct Pieces {
    sections: Sections,
    /// Number of [`KINDS`] that are done.
    done: usize,
    /// The bytes read so far of the next one.
    bytes: Vec<u8>,
}

/// The contents of the sections.
#[derive(Debug, Default)]
struct Sections {
    metadata: Option<PagedMetadata>,
    index: Option<PageIndex<Bytes>>,
    filter: Option<AnyMissFilter>,
}

impl OpeningPages {
    pub(super) const fn new(header: PagedHeader) -> Self {
        Self { header, pieces: None }
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
            section.verify(bytes)?;
            if is_worthwhile(kind, bytes) {
                sections.add(&self.header, kind, bytes, || tail.keep(range.clone()))?;
            }
        }
        self.opened(sections)
    }

    /// Starts reading the sections in pieces.
    pub(super) fn begin_pieces(&mut self) {
        self.pieces = Some(Pieces::default());
    }

    /// Offset and length of the next piece; `None` if the sections are read at once, or there are no more.
    ///
    /// Each piece of a section is as long as all pieces before it, which have been checked.
    pub(super) fn next_piece(&self) -> Result<Option<(u64, u64)>, FormatError> {
        let Some(pieces) = &self.pieces else {
            return Ok(None);
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
    pub(super) fn add_piece(&mut self, piece: &[u8]) -> Result<Option<Opened>, ReadError> {
        let Some(mut pieces) = self.pieces.take() else {
            return Ok(None);
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
        self.pieces = Some(pieces);
        if self.next_piece()?.is_some() {
            return Ok(None);
        }
        let pieces = self.pieces.take().unwrap_or_default();
        self.opened(pieces.sections).map(Some)
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
            let (length, pages, bins) = (section.length, self.header.page_count, self.header.bins);
            PageIndex::<&[u8]>::check_prefix(&pieces.bytes, length, pages, bins)?;
        }
        let is_worthwhile = is_worthwhile(kind, &pieces.bytes);
        if is_worthwhile && (pieces.bytes.len() as u64) < section.length {
            return Ok(());
        }
        pieces.done += 1;
        let bytes = std::mem::take(&mut pieces.bytes);
        if is_worthwhile {
            section.verify(&bytes)?;
            let bytes = Bytes::from(bytes);
            pieces
                .sections
                .add(&self.header, kind, &bytes, || bytes.clone())?;
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
            )?),
            duplicate_keys,
            user_metadata: user,
            hash_probes: Some(hash_probes),
            types: Some(types),
            has_type_names,
        })
    }
}

impl Sections {
    /// Decodes the section of this kind. `keep` returns its bytes in a form that can be kept.
    fn add(
        &mut self,
        header: &PagedHeader,
        kind: SectionKind,
        bytes: &[u8],
        keep: impl FnOnce() -> Bytes,
    ) -> Result<(), FormatError> {
        match kind {
            SectionKind::Metadata => {
                let metadata = PagedMetadata::decode(bytes)?;
                metadata.validate(header)?;
                self.metadata = Some(metadata);
            }
            SectionKind::PageIndex => {
                // The length is checked before the bytes are copied.
                PageIndex::new(bytes, header.page_count, header.bins)?;
                self.index = Some(PageIndex::new(keep(), header.page_count, header.bins)?);
            }
            _ => self.filter = Some(AnyMissFilter::new(kind, keep())?),
        }
        Ok(())
    }
}

/// Whether to load a section of this kind that begins with these bytes. Only filters may be left out.
fn is_worthwhile(kind: SectionKind, beginning: &[u8]) -> bool {
    let is_filter = matches!(kind, SectionKind::MissFilter | SectionKind::MissFilterParts);
    !is_filter || AnyMissFilter::is_worthwhile(beginning)
}
