//! Corrects the checksums of files of format 2.

use massmap_format::{
    EntryLayout, PageIndex, PageLayout, PagedHeader, Section, SectionBlocks, SectionKind, spread,
};

/// Corrects the magic and all checksums of a file of format 2 that can be located.
///
/// Other changes then get past the checksums, to the code that relies on them.
pub fn seal(data: &mut [u8]) {
    if data.len() < PagedHeader::SIZE {
        return;
    }
    for number in 0..Section::MAX_COUNT {
        let place = PagedHeader::SECTION_TABLE + 24 * number;
        if u32_at(data, place) == 0 {
            break;
        }
        let (kind, offset, length) = (
            u32_at(data, place),
            u64_at(data, place + 8),
            u64_at(data, place + 16),
        );
        if part(data, offset, length).is_some() {
            let section = &mut data[offset as usize..][..length as usize];
            let checksum = match blocks_of(kind, length) {
                None => crc32(section),
                Some(blocks) => {
                    let (content, checksums) = section.split_at_mut(blocks.content().end);
                    let blocks = content.chunks(SectionBlocks::BLOCK_LENGTH);
                    for (block, checksum) in blocks.zip(checksums.chunks_mut(4)) {
                        checksum.copy_from_slice(&crc32(block).to_le_bytes());
                    }
                    crc32(checksums)
                }
            };
            data[place + 4..place + 8].copy_from_slice(&checksum.to_le_bytes());
        }
    }
    data[..8].copy_from_slice(b"MASSMAP2");
    let checksum = crc32(&data[12..PagedHeader::SIZE]);
    data[8..12].copy_from_slice(&checksum.to_le_bytes());

    let Ok(header) = PagedHeader::decode(&data[..PagedHeader::SIZE]) else {
        return;
    };
    if header.file_length() == data.len() as u64 {
        let second = data.len() - PagedHeader::SIZE;
        data.copy_within(..PagedHeader::SIZE, second);
    }
    let runs = header
        .section(SectionKind::PageIndex)
        .ok()
        .and_then(|section| {
            let content = blocks_of(section.kind, section.length)?.content();
            part(data, section.offset, content.end as u64)
        })
        .and_then(|bytes| PageIndex::new(bytes, header.page_count, header.bins).ok())
        .map_or(Vec::new(), |index| index.runs().collect());
    // Where the checksums of parts are does not depend on the kind of entries.
    let Ok(layout) = PageLayout::new(EntryLayout::Variable, header.page_size, header.directory_words) else {
        return;
    };
    for run in runs {
        let Ok((offset, length)) = header.extent_of(&run) else {
            return;
        };
        if part(data, offset, length.into()).is_none() {
            return;
        }
        let run_bytes = &mut data[offset as usize..][..length as usize];
        let parts = layout.part_count() as usize;
        let start = layout.entries_start(length.into()) as usize;
        for number in 0..parts {
            let edge = |number: usize| (run_bytes.len() / parts * number).max(start);
            let checksum = crc32(&run_bytes[edge(number)..edge(number + 1)]);
            run_bytes[start - 4 * (parts - number)..][..4].copy_from_slice(&checksum.to_le_bytes());
        }
        let covered = if parts == 0 { run_bytes.len() } else { start };
        let tweak = spread(header.file_id ^ run.first_page.wrapping_mul(0x9e37_79b9_7f4a_7c15)) as u32;
        let checksum = crc32(&run_bytes[4..covered]) ^ tweak;
        run_bytes[..4].copy_from_slice(&checksum.to_le_bytes());
    }
}

/// The blocks of a section of this kind and length, if it has any.
fn blocks_of(kind: u32, length: u64) -> Option<SectionBlocks> {
    let mut kinds = SectionKind::ALL.into_iter();
    let kind = kinds.find(|known| *known as u32 == kind && known.has_blocks())?;
    SectionBlocks::new(kind, length).ok()
}

fn crc32(bytes: &[u8]) -> u32 {
    Section::new(SectionKind::Metadata, 0, bytes).checksum
}

fn u32_at(data: &[u8], place: usize) -> u32 {
    u32::from_le_bytes(*data[place..].first_chunk().expect("the header is longer"))
}

fn u64_at(data: &[u8], place: usize) -> u64 {
    u64::from_le_bytes(*data[place..].first_chunk().expect("the header is longer"))
}

fn part(data: &[u8], offset: u64, length: u64) -> Option<&[u8]> {
    let start = usize::try_from(offset).ok()?;
    data.get(start..)?.get(..usize::try_from(length).ok()?)
}
