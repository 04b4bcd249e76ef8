//! Opening a file of either format.

pub(crate) mod pieces;
pub(crate) mod section;

use std::collections::BTreeMap;
use std::io;

use massmap_format::{
    DuplicateKeys, FormatError, MassMapHeader, MassMapMeta, MetadataDecoder, MetadataStream, PageIndex,
    PagedHeader, PagedMetadata, Section, SectionKind,
};
use massmap_io::MassMapReader;

use crate::ChecksumPolicy;
use crate::bucket_index::{BucketIndex, BucketIndexBuilder};
use crate::checksum::Checksums;
use crate::layout::{Layout, Pages};
use crate::miss_filter::AnyMissFilter;
use crate::open::pieces::{FIRST_PIECE, read_as_a_whole, read_in_pieces};
use crate::open::section::SectionBytes;

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
    let (meta, buckets) = if read_as_a_whole(reader, header.meta_length) {
        reader.read_exact_at(header.meta_offset, header.meta_length, |bytes| {
            let mut buckets = BucketIndexBuilder::new();
            let meta = MetadataDecoder::new(&header, bytes)?.visit(|bucket| buckets.push(bucket))?;
            Ok((meta, buckets.finish()))
        })?
    } else {
        stream_buckets(reader, &header)?
    };
    Ok(Opened {
        header,
        meta,
        layout: Layout::Buckets(buckets),
        duplicate_keys: DuplicateKeys::KeepAll,
        user_metadata: BTreeMap::new(),
        hash_probes: None,
    })
}

/// Decodes metadata while they are read: never more is in memory of them than twice what has been decoded.
fn stream_buckets<R: MassMapReader>(
    reader: &R,
    header: &MassMapHeader,
) -> io::Result<(MassMapMeta, BucketIndex)> {
    let mut stream = MetadataStream::new(header)?;
    let mut buckets = BucketIndexBuilder::new();
    let mut piece = FIRST_PIECE;
    while stream.position() < header.meta_length {
        let length = piece.min(header.meta_length - stream.position());
        let offset = header.meta_offset + stream.position();
        // Copied, since a reader may call this more than once.
        let bytes = reader.read_exact_at(offset, length, |bytes| Ok(bytes.to_vec()))?;
        stream.add(&bytes, |bucket| buckets.push(bucket))?;
        piece = piece.saturating_mul(2);
    }
    Ok((stream.finish()?, buckets.finish()))
}

fn open_pages<R: MassMapReader>(reader: &R) -> io::Result<Opened> {
    let header = reader.read_exact_at(0, PagedHeader::SIZE as u64, |bytes| {
        Ok(PagedHeader::decode(bytes)?)
    })?;
    let (offset, length) = known_sections(&header);
    let sections = if read_as_a_whole(reader, length) {
        reader.read_exact_at(offset, length, |tail| {
            Sections::decode(reader, &header, |section, kind| {
                let bytes = section_of(section, offset, tail)?;
                section.verify(bytes)?;
                Ok(match kind {
                    SectionKind::PageIndex => Some(SectionBytes::of(reader, section, bytes)),
                    SectionKind::MissFilter | SectionKind::MissFilterParts
                        if !AnyMissFilter::is_worthwhile(bytes) =>
                    {
                        None
                    }
                    _ => Some(SectionBytes::Owned(bytes.to_vec())),
                })
            })
        })?
    } else {
        Sections::decode(reader, &header, |section, kind| {
            let accept = |beginning: &[u8]| match kind {
                SectionKind::PageIndex => {
                    let (length, pages, bins) = (section.length, header.page_count, header.bins);
                    PageIndex::<&[u8]>::check_prefix(beginning, length, pages, bins).map(|()| true)
                }
                SectionKind::MissFilter | SectionKind::MissFilterParts => {
                    Ok(AnyMissFilter::is_worthwhile(beginning))
                }
                _ => Ok(true),
            };
            Ok(read_in_pieces(reader, section, accept)?.map(SectionBytes::Owned))
        })?
    };
    let Sections {
        metadata,
        index,
        filter,
    } = sections;
    let PagedMetadata {
        meta,
        duplicate_keys,
        hash_probes,
        user,
    } = metadata;
    let metadata = header.section(SectionKind::Metadata)?;
    let (meta_offset, meta_length) = (metadata.offset, metadata.length);
    let checksums = Checksums::new(ChecksumPolicy::default(), header.page_count);
    Ok(Opened {
        header: MassMapHeader {
            meta_offset,
            meta_length,
        },
        meta,
        layout: Layout::Pages(Box::new(Pages::new(header, index, filter, checksums)?)),
        duplicate_keys,
        user_metadata: user,
        hash_probes: Some(hash_probes),
    })
}

/// What the sections of a file of format 2 hold.
struct Sections {
    metadata: PagedMetadata,
    /// `None` without pages.
    index: Option<PageIndex<SectionBytes>>,
    filter: Option<AnyMissFilter>,
}

impl Sections {
    /// Decodes the sections that this version knows; `read` gives the bytes of one, whose checksum has been checked, or `None`
    /// for a filter that is left out.
    fn decode<R: MassMapReader>(
        reader: &R,
        header: &PagedHeader,
        read: impl Fn(&Section, SectionKind) -> io::Result<Option<SectionBytes>>,
    ) -> io::Result<Self> {
        let memory = reader.in_memory();
        let needed = |kind| {
            let bytes = read(header.section(kind)?, kind)?;
            Ok::<_, io::Error>(bytes.ok_or(FormatError::MissingSection { kind })?)
        };
        let metadata = PagedMetadata::decode(needed(SectionKind::Metadata)?.get(memory))?;
        metadata.validate(header)?;
        let index = match header.page_count {
            0 => None,
            pages => {
                let bytes = needed(SectionKind::PageIndex)?;
                let index = PageIndex::new(bytes.get(memory), pages, header.bins)?.with_bytes(());
                Some(index.with_bytes(bytes))
            }
        };
        let mut filter = None;
        for kind in [SectionKind::MissFilter, SectionKind::MissFilterParts] {
            let Ok(section) = header.section(kind) else {
                continue;
            };
            if let Some(SectionBytes::Owned(bytes)) = read(section, kind)? {
                filter = Some(AnyMissFilter::new(kind, bytes)?);
            }
        }
        Ok(Self {
            metadata,
            index,
            filter,
        })
    }
}

/// Offset and length of the part of the tail that holds the sections which this version knows: others may be large.
fn known_sections(header: &PagedHeader) -> (u64, u64) {
    let (start, _) = header.tail();
    let sections = SectionKind::ALL
        .iter()
        .filter_map(|kind| header.section(*kind).ok());
    let end = sections
        .map(|section| section.offset + section.length)
        .max()
        .unwrap_or(start);
    (start, end - start)
}

/// The bytes of a section in `tail`, which begins at `offset`.
fn section_of<'a>(section: &Section, offset: u64, tail: &'a [u8]) -> Result<&'a [u8], FormatError> {
    let range = || {
        let start = usize::try_from(section.offset.checked_sub(offset)?).ok()?;
        tail.get(start..start.checked_add(usize::try_from(section.length).ok()?)?)
    };
    range().ok_or(FormatError::SectionOffsets)
}
