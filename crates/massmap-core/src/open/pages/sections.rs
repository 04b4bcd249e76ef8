//! What the sections of a file of format 2 hold.

use massmap_format::{
    CompressionDescription, FormatError, MissFilter, PageIndex, PagedHeader, PagedMetadata, SectionBlocks,
    SectionKind,
};

use crate::index::section_bytes::SectionBytes;

/// The contents of the sections.
#[derive(Debug, Default)]
pub(super) struct Sections {
    pub(super) metadata: Option<PagedMetadata>,
    pub(super) index: Option<PageIndex<SectionBytes>>,
    pub(super) filter: Option<MissFilter<SectionBytes>>,
    pub(super) compression: Option<CompressionDescription>,
}

impl Sections {
    /// Decodes the section of this kind. `keep` returns its bytes in a form that can be kept, and checks them.
    pub(super) fn add(
        &mut self,
        header: &PagedHeader,
        kind: SectionKind,
        bytes: &[u8],
        keep: impl FnOnce() -> Result<SectionBytes, FormatError>,
    ) -> Result<(), FormatError> {
        match kind {
            SectionKind::Metadata => {
                header.section(kind)?.verify(bytes)?;
                let metadata = PagedMetadata::decode(bytes)?;
                metadata.validate(header)?;
                self.metadata = Some(metadata);
            }
            SectionKind::PageIndex => {
                let decode = |bytes| PageIndex::new(bytes, header.page_count, header.bins);
                // The length is checked before the bytes are copied.
                decode(content(kind, bytes)?)?;
                let bytes = keep()?;
                let checking = bytes.checking();
                let index = PageIndex::new(&checking, header.page_count, header.bins);
                let index = index.map(|index| index.with_bytes(()));
                let index = index.map_err(|error| checking.explain(error))?;
                self.index = Some(index.with_bytes(bytes));
            }
            SectionKind::Compression => {
                header.section(kind)?.verify(bytes)?;
                self.compression = Some(CompressionDescription::decode(bytes)?);
            }
            _ => {
                MissFilter::new(content(kind, bytes)?)?;
                let bytes = keep()?;
                let checking = bytes.checking();
                let filter = MissFilter::new(&checking).map(|filter| filter.with_bytes(()));
                let filter = filter.map_err(|error| checking.explain(error))?;
                self.filter = Some(filter.with_bytes(bytes));
            }
        }
        Ok(())
    }
}

/// The content of a section, unchecked.
fn content(kind: SectionKind, section: &[u8]) -> Result<&[u8], FormatError> {
    let blocks = SectionBlocks::new(kind, section.len() as u64)?;
    Ok(section.get(blocks.content()).unwrap_or_default())
}
