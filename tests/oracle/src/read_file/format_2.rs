//! Decodes files of format 2 with the format crate alone, but for dictionaries, which only zstd can judge.

use std::hash::BuildHasher;

use massmap::{MassMapDefaultHashLoader, MassMapHashLoader};
use massmap_core::ValueDecoder;
use massmap_format::{
    CompressionDescription, MissFilter, Page, PageIndex, PageLayout, PagedHeader, PagedMetadata, SectionKind,
};

use super::part;

/// Decodes everything except the entries. `None` if anything is damaged that is needed to open the file.
pub(crate) fn decode(data: &[u8]) -> Option<PagedMetadata> {
    decode_with(PagedHeader::decode(data.get(..PagedHeader::SIZE)?).ok()?, data)
}

/// The same where a damaged first header does not matter if the second one is intact.
pub(crate) fn decode_by_either_header(data: &[u8]) -> Option<PagedMetadata> {
    decode(data).or_else(|| {
        let second = data.get(data.len().checked_sub(PagedHeader::SIZE)?..)?;
        decode_with(PagedHeader::decode(second).ok()?, data)
    })
}

fn decode_with(header: PagedHeader, data: &[u8]) -> Option<PagedMetadata> {
    // Unknown sections need not be readable: opening does not read them.
    let metadata = PagedMetadata::decode(section(&header, data, SectionKind::Metadata)?).ok()?;
    metadata.validate(&header).ok()?;
    if header.section(SectionKind::MissFilter).is_ok() {
        let filter = MissFilter::new(section(&header, data, SectionKind::MissFilter)?).ok()?;
        for hash in [0, 1, u64::MAX, header.file_id] {
            let _ = filter.may_contain(hash);
        }
    }
    if header.section(SectionKind::Compression).is_ok() {
        let compression = section(&header, data, SectionKind::Compression)?;
        let compression = CompressionDescription::decode(compression).ok()?;
        if header.has_compressed_values() {
            ValueDecoder::new(&compression.dictionary).ok()?;
        }
    }
    if header.page_count > 0 {
        let index = section(&header, data, SectionKind::PageIndex)?;
        let index = PageIndex::new(index, header.page_count, header.bins).ok()?;
        check_index(&index, &header);
        let layout = header.page_layout(metadata.types.widths()).ok()?;
        for run in index.runs() {
            let (offset, length) = header
                .extent_of(&run)
                .expect("runs are within the pages, which are few");
            let bytes =
                part(data, offset, length.into()).expect("the run lies before the tail, which is there");
            check_run(bytes, layout);
        }
    }
    Some(metadata)
}

/// Whether the default loader loads the hash function named by the metadata.
pub(crate) fn loads(metadata: &PagedMetadata) -> bool {
    MassMapDefaultHashLoader::load(&metadata.meta.hash_config).is_ok()
}

/// Whether the default loader loads the hash function that the file was built with.
pub(crate) fn has_default_hash(metadata: &PagedMetadata) -> bool {
    let (integer, string) = PagedMetadata::PROBES;
    MassMapDefaultHashLoader::load(&metadata.meta.hash_config)
        .is_ok_and(|hasher| metadata.hash_probes == (hasher.hash_one(integer), hasher.hash_one(string)))
}

fn section<'a>(header: &PagedHeader, data: &'a [u8], kind: SectionKind) -> Option<&'a [u8]> {
    let section = header.section(kind).ok()?;
    let bytes = part(data, section.offset, section.length)?;
    section.verify(bytes).ok()
}

/// Checks that runs lie within the pages and bins, whatever the index says.
fn check_index(index: &PageIndex<&[u8]>, header: &PagedHeader) {
    for bin in [0, 1, header.bins / 2, header.bins - 1, header.bins, u64::MAX] {
        if let Ok(run) = index.run_of_bin(bin) {
            assert!(run.first_bin <= bin && bin < run.end_bin && run.end_bin <= header.bins);
            assert!(run.pages > 0 && run.first_page + run.pages <= header.page_count);
        }
    }
    for page in [0, header.page_count / 2, header.page_count - 1] {
        if let Ok(run) = index.run_of_page(page) {
            assert!((run.first_page..run.first_page + run.pages).contains(&page));
        }
    }
    assert!(index.run_of_page(header.page_count).is_err());
}

/// Checks that entries lie within their run.
fn check_run(bytes: &[u8], layout: PageLayout) {
    let Ok(page) = Page::decode(bytes, layout) else {
        return;
    };
    for index in 0..page.len() {
        if let Ok(entry) = page.entry(index) {
            let end = entry.value.as_ptr_range().end;
            assert!(bytes.as_ptr_range().contains(&entry.key.as_ptr()) && end <= bytes.as_ptr_range().end);
            assert_eq!(entry.key.as_ptr_range().end, entry.value.as_ptr());
        }
    }
    assert!(page.entry(page.len()).is_err());
    let _ = page.padding();
    let directory = page.directory();
    for slot in [
        0,
        1,
        directory.slot_count() / 2,
        directory.slot_count() - 1,
        u64::MAX,
    ] {
        if let Some(entries) = directory.entries_of(slot) {
            assert!(entries.start <= entries.end && entries.end <= page.len());
        }
    }
    assert_eq!(directory.slots().count() as u64, directory.count_ones());
}
