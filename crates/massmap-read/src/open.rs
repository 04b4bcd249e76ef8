//! Opening a file of either format.

use std::collections::BTreeMap;
use std::io;

use massmap_format::{
    DuplicateKeys, FormatError, MassMapHeader, MassMapMeta, MetadataDecoder, PageIndex, PagedHeader,
    PagedMetadata, SectionKind,
};
use massmap_io::MassMapReader;

use crate::ChecksumPolicy;
use crate::bucket_index::BucketIndexBuilder;
use crate::checksum::Checksums;
use crate::layout::{Layout, Pages};
use crate::miss_filter::AnyMissFilter;
use crate::section::SectionBytes;

/// What a file says about itself.
pub(crate) struct Opened {
    pub(crate) header: MassMapHeader,
    pub(crate) meta: MassMapMeta,
    pub(crate) layout: Layout,
    pub(crate) duplicate_keys: DuplicateKeys,
    pub(crate) user_metadata: BTreeMap<String, String>,
    /// Hashes of [`PagedMetadata::PROBES`].
    pub(crate) hash_probes: Option<(u64, u64)>,
}

/// Reads and validates what a file says about itself.
pub(crate) fn open<R: MassMapReader>(reader: &R) -> io::Result<Opened> {
    // Files of format 1 can be shorter than the header of format 2.
    let header = reader.read_exact_at(0, MassMapHeader::SIZE as u64, |bytes| {
        if PagedHeader::is_magic(bytes) {
            return Ok(None);
        }
        let header = MassMapHeader::deserialize(bytes)?;
        header.validate()?;
        Ok(Some(header))
    })?;
    match header {
        Some(header) => open_buckets(reader, header),
        None => open_pages(reader),
    }
}

fn open_buckets<R: MassMapReader>(reader: &R, header: MassMapHeader) -> io::Result<Opened> {
    let (meta, buckets) = reader.read_exact_at(header.meta_offset, header.meta_length, |bytes| {
        let decoder = MetadataDecoder::new(&header, bytes)?;
        let mut buckets = BucketIndexBuilder::new(decoder.bucket_count() as usize);
        let meta = decoder.visit(|bucket| buckets.push(bucket))?;
        Ok((meta, buckets.finish()))
    })?;
    Ok(Opened {
        header,
        meta,
        layout: Layout::Buckets(buckets),
        duplicate_keys: DuplicateKeys::KeepAll,
        user_metadata: BTreeMap::new(),
        hash_probes: None,
    })
}

fn open_pages<R: MassMapReader>(reader: &R) -> io::Result<Opened> {
    let header = reader.read_exact_at(0, PagedHeader::SIZE as u64, |bytes| {
        Ok(PagedHeader::decode(bytes)?)
    })?;
    let (offset, length) = known_sections(&header);
    reader.read_exact_at(offset, length, |tail| {
        let metadata = PagedMetadata::decode(section(&header, tail, SectionKind::Metadata)?)?;
        metadata.validate(&header)?;
        let PagedMetadata {
            meta,
            duplicate_keys,
            hash_probes,
            user,
        } = metadata;
        let index = match header.page_count {
            0 => None,
            pages => {
                let bytes = section(&header, tail, SectionKind::PageIndex)?;
                let index = PageIndex::new(bytes, pages, header.bins)?;
                let place = header.section(SectionKind::PageIndex)?;
                Some(index.with_bytes(SectionBytes::of(reader, place, bytes)))
            }
        };
        let filter = AnyMissFilter::of(|kind| {
            let is_there = header.section(kind).is_ok();
            is_there.then(|| section(&header, tail, kind))
        })?;
        let metadata = header.section(SectionKind::Metadata)?;
        let checksums = Checksums::new(ChecksumPolicy::default(), header.page_count);
        let pages = Pages::new(header.clone(), index, filter, checksums)?;
        Ok(Opened {
            header: MassMapHeader {
                meta_offset: metadata.offset,
                meta_length: metadata.length,
            },
            meta,
            layout: Layout::Pages(Box::new(pages)),
            duplicate_keys,
            user_metadata: user,
            hash_probes: Some(hash_probes),
        })
    })
}

/// Offset and length of the part of the tail that holds the sections which this version knows: others may be large.
fn known_sections(header: &PagedHeader) -> (u64, u64) {
    const KNOWN: [SectionKind; 4] = [
        SectionKind::Metadata,
        SectionKind::PageIndex,
        SectionKind::MissFilter,
        SectionKind::MissFilterParts,
    ];
    let (start, _) = header.tail();
    let sections = KNOWN.iter().filter_map(|kind| header.section(*kind).ok());
    let end = sections
        .map(|section| section.offset + section.length)
        .max()
        .unwrap_or(start);
    (start, end - start)
}

/// The bytes of a section of the tail, checked against its checksum.
fn section<'a>(header: &PagedHeader, tail: &'a [u8], kind: SectionKind) -> Result<&'a [u8], FormatError> {
    let section = header.section(kind)?;
    let (tail_offset, _) = known_sections(header);
    let range = || {
        let start = usize::try_from(section.offset.checked_sub(tail_offset)?).ok()?;
        tail.get(start..start.checked_add(usize::try_from(section.length).ok()?)?)
    };
    let bytes = range().ok_or(FormatError::SectionPlaces)?;
    section.verify(bytes)?;
    Ok(bytes)
}
