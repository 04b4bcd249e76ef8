//! Takes files of format 2 apart and assembles files that no builder would write.

use massmap::{FormatVersion, MassMapBuilder, MassMapHashLoader};
use massmap_format::{
    EntryLayout, FormatError, Page, PageIndex, PageLayout, PageRun, PagedHeader, PagedMetadata, Section,
    SectionBlocks, SectionKind,
};
/// A builder of format 2 with the default loader.
pub fn paged() -> MassMapBuilder {
    paged_with()
}

/// A builder of format 2 with the smallest pages, so that small files have many.
pub fn small_pages() -> MassMapBuilder {
    small_pages_with()
}

/// [`paged`] with another loader.
pub fn paged_with<H: MassMapHashLoader>() -> MassMapBuilder<H> {
    <MassMapBuilder<H> as Default>::default().with_format(FormatVersion::V2)
}

/// [`small_pages`] with another loader.
pub fn small_pages_with<H: MassMapHashLoader>() -> MassMapBuilder<H> {
    paged_with().with_page_size(512)
}

/// An intact file with one more section of this content.
pub fn with_section(file: Vec<u8>, kind: SectionKind, content: &[u8]) -> Vec<u8> {
    with_section_of_any_kind(file, kind as u32, content)
}

/// An intact file with one more section, of a kind that need not be known.
pub fn with_section_of_any_kind(file: Vec<u8>, kind: u32, content: &[u8]) -> Vec<u8> {
    let mut sections = sections_of(&file);
    sections.push((kind, content.to_vec()));
    with_sections(&file, &sections)
}

/// Puts `header` at the beginning of a file, and at the end behind the sections that it lists.
pub fn put_headers(file: &mut Vec<u8>, header: &PagedHeader) {
    let (start, length) = header.tail();
    file.truncate(usize::try_from(start + length).expect("the file is small"));
    file.resize(
        usize::try_from(header.second_header()).expect("the file is small"),
        0,
    );
    let bytes = header.encode();
    file[..PagedHeader::SIZE].copy_from_slice(&bytes);
    file.extend_from_slice(&bytes);
}

fn append_section(file: &mut Vec<u8>, header: &mut PagedHeader, kind: u32, content: &[u8]) {
    file.resize(aligned(file.len()), 0);
    let known = SectionKind::ALL.into_iter().find(|known| *known as u32 == kind);
    let mut section = Section::builder(known.unwrap_or(SectionKind::Metadata), file.len() as u64);
    section.add(content);
    let (section, checksums) = section.finish();
    header.sections.push(Section { kind, ..section });
    file.extend_from_slice(content);
    file.extend_from_slice(&checksums);
}

/// The next place where a section may begin.
pub fn aligned(length: usize) -> usize {
    length.next_multiple_of(usize::try_from(PagedHeader::SECTION_ALIGNMENT).expect("small"))
}

/// The kinds and contents of the sections of an intact file, without checksums of blocks.
pub fn sections_of(file: &[u8]) -> Vec<(u32, Vec<u8>)> {
    let header = header_of(file);
    let sections = header.sections.iter();
    sections
        .map(|section| (section.kind, file[content_range_of(section)].to_vec()))
        .collect()
}

/// An intact file with these sections instead of its own, and with right checksums.
pub fn with_sections(file: &[u8], sections: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut header = header_of(file);
    let (tail, _) = header.tail();
    let mut file = file[..usize::try_from(tail).expect("the file is small")].to_vec();
    header.sections.clear();
    for (kind, content) in sections {
        append_section(&mut file, &mut header, *kind, content);
    }
    put_headers(&mut file, &header);
    file
}

/// An intact file with a changed section.
pub fn with_changed_section(file: &[u8], kind: SectionKind, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut sections = sections_of(file);
    let section = sections.iter_mut().find(|(other, _)| *other == kind as u32);
    change(&mut section.expect("the file has such a section").1);
    with_sections(file, &sections)
}

/// An intact file with changed metadata.
pub fn with_metadata(file: &[u8], change: impl FnOnce(&mut PagedMetadata)) -> Vec<u8> {
    with_changed_section(file, SectionKind::Metadata, |bytes| {
        let mut metadata = PagedMetadata::decode(bytes).expect("the file is intact");
        change(&mut metadata);
        *bytes = metadata.encode().expect("the change can be encoded");
    })
}

/// Header of an intact file.
pub fn header_of(file: &[u8]) -> PagedHeader {
    PagedHeader::decode(&file[..PagedHeader::SIZE]).expect("the file is intact")
}

/// Metadata of an intact file.
pub fn metadata_of(file: &[u8]) -> PagedMetadata {
    const INTACT: &str = "the file is intact";
    let section = *header_of(file).section(SectionKind::Metadata).expect(INTACT);
    PagedMetadata::decode(&file[range_of(&section)]).expect(INTACT)
}

/// The layout of entries in an intact file.
pub fn layout_of(file: &[u8]) -> EntryLayout {
    let widths = metadata_of(file).types.widths();
    header_of(file).entry_layout(widths).expect("the file is intact")
}

/// The file with checksums that fit its runs, after some of their bytes have been changed.
pub fn sealed(mut file: Vec<u8>) -> Vec<u8> {
    let (file_id, layout) = (header_of(&file).file_id, page_layout_of(&file));
    for run in runs_of(&file) {
        let range = run_range(&file, &run);
        let page = Page::decode(&file[range.clone()], layout).expect("its directory fits");
        if let Err(FormatError::PageChecksum { computed, .. }) = page.verify(file_id, run.first_page) {
            file[range][..4].copy_from_slice(&computed.to_le_bytes());
        }
    }
    file
}

/// The layout of runs in an intact file.
pub fn page_layout_of(file: &[u8]) -> PageLayout {
    let widths = metadata_of(file).types.widths();
    header_of(file).page_layout(widths).expect("the file is intact")
}

/// The entries of an intact run, each with a fraction that gives its slot.
pub fn entries_of_run(run: &[u8], layout: PageLayout) -> Vec<(u32, Vec<u8>)> {
    let page = Page::decode(run, layout).expect("the run is intact");
    let slots = page.directory().slot_count();
    let fraction = |slot: u32| (u64::from(slot) << 32).div_ceil(slots);
    (0..)
        .zip(page.directory().slots())
        .map(|(index, slot)| {
            let bytes = page.entry_bytes(index).expect("the run is intact");
            (
                u32::try_from(fraction(slot)).expect("it is less than 2^32"),
                bytes.to_vec(),
            )
        })
        .collect()
}

/// The range of a section in the file.
pub fn range_of(section: &Section) -> std::ops::Range<usize> {
    let start = usize::try_from(section.offset).expect("the file is small");
    start..start + usize::try_from(section.length).expect("the file is small")
}

/// The range of a section's content in the file, without the checksums of its blocks.
pub fn content_range_of(section: &Section) -> std::ops::Range<usize> {
    let range = range_of(section);
    let mut kinds = SectionKind::ALL.into_iter();
    let kind = kinds.find(|kind| *kind as u32 == section.kind && kind.has_blocks());
    let blocks = kind.map(|kind| SectionBlocks::new(kind, section.length).expect("the file is intact"));
    range.start..blocks.map_or(range.end, |blocks| range.start + blocks.content().end)
}

/// The runs of pages of an intact file.
pub fn runs_of(file: &[u8]) -> Vec<PageRun> {
    let header = header_of(file);
    let Ok(section) = header.section(SectionKind::PageIndex) else {
        return Vec::new();
    };
    let index = PageIndex::new(&file[content_range_of(section)], header.page_count, header.bins);
    index.expect("the file is intact").runs().collect()
}

/// The range of a run in the file.
pub fn run_range(file: &[u8], run: &PageRun) -> std::ops::Range<usize> {
    let (offset, length) = header_of(file).extent_of(run).expect("the file is intact");
    let start = usize::try_from(offset).expect("the file is small");
    start..start + length as usize
}
