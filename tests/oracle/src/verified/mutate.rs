//! Changes to a file that get past its checksums.

use massmap_format::{
    DuplicateKeys, MassMapHeader, PageIndex, PagedHeader, PagedMetadata, SectionBlocks, SectionKind,
    encode_page_index,
};

use support::files::format_2::put_headers;

use super::Choices;
use crate::seal;

/// Makes the changes given by `choices`, and corrects the checksums.
pub fn mutate(file: &mut Vec<u8>, choices: &mut Choices<'_>) {
    for _ in 0..choices.one_of(&[1, 1, 1, 2, 2, 3, 6]) {
        if choices.is_empty() {
            break;
        }
        change(file, choices);
    }
    if PagedHeader::is_magic(file) {
        seal(file);
    }
}

fn change(file: &mut Vec<u8>, choices: &mut Choices<'_>) {
    if file.is_empty() {
        return;
    }
    match choices.below(14) {
        0 => {
            let place = choices.below(file.len());
            file[place] = choices.byte();
        }
        1 => {
            let length = choices.below(file.len() + 1);
            file.truncate(length);
        }
        2 => file.extend_from_slice(&[choices.byte(); 9][..1 + choices.below(9)]),
        3 => change_header(file, choices),
        4 => copy_page(file, choices),
        5 => change_page(file, choices),
        6 | 7 => change_section(file, choices, SectionKind::PageIndex),
        8 => change_section(file, choices, SectionKind::Metadata),
        9 | 10 => _ = move_first_bin(file, choices),
        11 | 12 => _ = change_metadata(file, choices),
        _ => {
            let has_compression =
                header(file).is_some_and(|header| header.section(SectionKind::Compression).is_ok());
            let kind = match has_compression {
                true => SectionKind::Compression,
                false => SectionKind::MissFilter,
            };
            change_section(file, choices, kind);
        }
    }
}

/// Changes a field of the header.
fn change_header(file: &mut [u8], choices: &mut Choices<'_>) {
    let (start, width) = match PagedHeader::is_magic(file) {
        false => (8 + 8 * choices.below(2), 8),
        true => choices.one_of(&[
            (12, 4),
            (20, 4),
            (32, 8),
            (40, 8),
            (48, 8),
            (56, 8),
            (72, 4),
            (76, 4),
            (96, 8),
            (128, 4),
            (152, 4),
            (176, 4),
            (144, 8),
            (168, 8),
            (500, 8),
        ]),
    };
    change_number(file, start, width, choices);
}

/// Adds to a little-endian number, flips a bit of it, or replaces it.
fn change_number(file: &mut [u8], start: usize, width: usize, choices: &mut Choices<'_>) {
    let Some(bytes) = file.get_mut(start..start + width) else {
        return;
    };
    let mut number = [0; 8];
    number[..width].copy_from_slice(bytes);
    let number = u64::from_le_bytes(number);
    let number = match choices.below(4) {
        0 => number.wrapping_add(1 + choices.below(3) as u64),
        1 => number.wrapping_sub(1 + choices.below(3) as u64),
        2 => number ^ 1 << (choices.byte() % 64),
        _ => choices.number(),
    };
    bytes.copy_from_slice(&number.to_le_bytes()[..width]);
}

fn header(file: &[u8]) -> Option<PagedHeader> {
    PagedHeader::decode(file.get(..PagedHeader::SIZE)?).ok()
}

/// The range of a page, or of the buckets of a file of format 1.
fn page(file: &[u8], choices: &mut Choices<'_>) -> Option<std::ops::Range<usize>> {
    let Some(header) = header(file) else {
        let header = MassMapHeader::deserialize(file.get(..MassMapHeader::SIZE)?).ok()?;
        let end = usize::try_from(header.meta_offset).ok()?.min(file.len());
        return (MassMapHeader::SIZE < end).then_some(MassMapHeader::SIZE..end);
    };
    let size = header.page_size as usize;
    let count = usize::try_from(header.page_count).ok()?.min(file.len() / size);
    let start = size * (1 + choices.below(count.max(1)));
    (start + size <= file.len()).then_some(start..start + size)
}

/// Replaces a page with another.
fn copy_page(file: &mut [u8], choices: &mut Choices<'_>) {
    if let (Some(from), Some(to)) = (page(file, choices), page(file, choices)) {
        file.copy_within(from, to.start);
    }
}

/// Changes a number or a byte of a page: its count, its directory, an entry, or the end of an entry.
fn change_page(file: &mut [u8], choices: &mut Choices<'_>) {
    let Some(page) = page(file, choices) else {
        return;
    };
    let place = match choices.below(3) {
        0 => choices.below(page.len().min(64)),
        1 => page.len() - 1 - choices.below(page.len().min(64)),
        _ => choices.below(page.len()),
    };
    let width = choices.one_of(&[1, 1, 2, 4]).min(page.len() - place);
    change_number(file, page.start + place, width, choices);
}

/// Changes a word or a byte of a section.
fn change_section(file: &mut [u8], choices: &mut Choices<'_>, kind: SectionKind) {
    let section = header(file).and_then(|header| header.section(kind).ok().copied());
    let range = section.and_then(|section| {
        let start = usize::try_from(section.offset).ok()?;
        Some(start..start.checked_add(usize::try_from(section.length).ok()?)?)
    });
    let range = range.filter(|range| range.end <= file.len() && range.len() >= 8);
    let Some(range) = range.or_else(|| (file.len() > 8).then_some(0..file.len())) else {
        return;
    };
    if choices.bool() {
        let word = choices.below(range.len() / 8);
        change_number(file, range.start + 8 * word, 8, choices);
    } else {
        let place = choices.below(range.len());
        change_number(file, range.start + place, 1, choices);
    }
}

/// The range of a section's content, without the checksums of its blocks.
fn range_of(file: &[u8], header: &PagedHeader, kind: SectionKind) -> Option<std::ops::Range<usize>> {
    let section = header.section(kind).ok()?;
    let start = usize::try_from(section.offset).ok()?;
    let length = match kind.has_blocks() {
        true => SectionBlocks::new(kind, section.length).ok()?.content().end,
        false => usize::try_from(section.length).ok()?,
    };
    let end = start.checked_add(length)?;
    file.get(start..end).map(|_| start..end)
}

/// Moves the first bin of a page, sometimes without the other pages of its run, and re-encodes the index. If no key lies in
/// between, the index is still right.
fn move_first_bin(file: &mut [u8], choices: &mut Choices<'_>) -> Option<()> {
    let header = header(file)?;
    let range = range_of(file, &header, SectionKind::PageIndex)?;
    let index = PageIndex::new(&file[range.clone()], header.page_count, header.bins).ok()?;
    let first_bins: Result<Vec<u64>, _> = (0..header.page_count)
        .map(|page| index.first_bin_of_page(page))
        .collect();
    let mut first_bins = first_bins.ok()?;
    let page = choices.below(first_bins.len());
    let old = first_bins[page];
    let new = match choices.below(3) {
        0 => old.wrapping_add(1),
        1 => old.wrapping_sub(1),
        _ => old.wrapping_add(choices.byte().into()),
    };
    let whole_run = choices.below(4) > 0;
    let moved = first_bins.iter_mut().enumerate();
    moved
        .filter(|(other, bin)| *other == page || (whole_run && **bin == old))
        .for_each(|(_, bin)| *bin = new);
    let bytes = encode_page_index(&first_bins, index.bins().end).ok()?;
    // Another table makes it longer.
    let same = bytes.len() == range.len();
    same.then(|| file[range].copy_from_slice(&bytes))
}

/// Changes a field of the metadata of format 2 and re-encodes it. The other sections move accordingly.
fn change_metadata(file: &mut Vec<u8>, choices: &mut Choices<'_>) -> Option<()> {
    let mut header = header(file)?;
    let range = range_of(file, &header, SectionKind::Metadata)?;
    let mut metadata = PagedMetadata::decode(&file[range]).ok()?;
    match choices.below(6) {
        0 => {
            let policies = [DuplicateKeys::Error, DuplicateKeys::First, DuplicateKeys::KeepAll];
            metadata.duplicate_keys = choices.one_of(&policies);
        }
        1 => metadata.meta.occupied_bucket_count ^= choices.number(),
        2 => {
            metadata.meta.key_type = choices
                .one_of(&["u64", "u32", "i16", "alloc::string::String", ""])
                .to_owned()
        }
        3 => metadata.hash_probes.0 ^= choices.number(),
        4 => {
            _ = metadata
                .user
                .insert(format!("{}", choices.byte()), "x".to_owned())
        }
        _ => metadata.meta.value_type.clear(),
    }
    let bytes = metadata.encode().ok()?;
    let mut tail = Vec::new();
    let (start, _) = header.tail();
    for section in &mut header.sections {
        let old = usize::try_from(section.offset).ok()?;
        let old = file.get(old..old.checked_add(usize::try_from(section.length).ok()?)?)?;
        let new = if section.kind == SectionKind::Metadata as u32 {
            &bytes
        } else {
            old
        };
        tail.resize(
            tail.len()
                .next_multiple_of(PagedHeader::SECTION_ALIGNMENT as usize),
            0,
        );
        section.offset = start + tail.len() as u64;
        section.length = new.len() as u64;
        tail.extend_from_slice(new);
    }
    file.truncate(usize::try_from(start).ok()?);
    file.extend_from_slice(&tail);
    put_headers(file, &header);
    Some(())
}
