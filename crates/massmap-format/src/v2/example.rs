//! The worked example of `FORMAT.md`, section 2.14: the codecs produce its bytes.

use crate::{
    DuplicateKeys, EntryLayout, EntryTypes, IntegerType, MassMapHashConfig, MassMapMeta, MissFilter,
    MissFilterEncoder, MissFilterLine, Page, PageIndex, PageLayout, PagedHeader, PagedMetadata, RawEntry,
    Schema, Section, SectionKind, bin_of, encode_page_index, encode_run, fraction_of, slot_of, spread,
};

const FILE_ID: u64 = 0x0123_4567_89ab_cdef;
const PAGE_SIZE: u32 = 512;
const BINS: u64 = 64;
const DIRECTORY_WORDS: u32 = 1;

/// Encoded entries with their hashes by `xxh3` with seed 0, computed with the Python package xxhash.
const ENTRIES: [(u64, &[u8]); 3] = [
    (0x4e34_6f37_4e35_6905, b"\xa5apple\x01"),
    (0xce5a_bdf1_8d23_6f23, b"\xa4pear\x02"),
    (0xa93e_55eb_2102_9f26, b"\xa4plum\x03"),
];

fn encoded() -> Vec<u8> {
    let mut entries = ENTRIES.map(|(hash, entry)| (spread(hash), entry));
    entries.sort_by_key(|&(spread, _)| spread);
    let spreads = entries.map(|(spread, _)| spread);

    let mut file = vec![0; PAGE_SIZE as usize];
    let run = entries
        .iter()
        .map(|&(spread, entry)| (fraction_of(spread, BINS, 26, 60), entry));
    let layout = PageLayout::new(EntryLayout::Variable, PAGE_SIZE, DIRECTORY_WORDS).unwrap();
    encode_run(run, layout, 1, FILE_ID, 0, &mut file);

    let metadata = PagedMetadata {
        meta: MassMapMeta {
            entry_count: 3,
            bucket_count: 1,
            occupied_bucket_count: 1,
            occupied_bucket_range: 0..1,
            hash_config: MassMapHashConfig {
                name: "xxh3".to_owned(),
                parameters: serde_json::json!({ "seed": 0 }),
            },
            key_type: String::new(),
            value_type: String::new(),
        },
        duplicate_keys: DuplicateKeys::Error,
        hash_probes: (0xb78d_f414_2842_77a6, 0x6933_1a1f_9b5a_87fc),
        user: [("fruit".to_owned(), "yes".to_owned())].into(),
        types: EntryTypes {
            key: Schema::String,
            value: Schema::Integer(IntegerType::U32),
            canonical_keys: true,
        },
    };
    // One line for all hashes.
    let mut line = MissFilterLine::default();
    spreads.iter().for_each(|spread| line.add(*spread));
    let filter = [&MissFilterEncoder::new(1).encode_header(0)[..], &line.encode()].concat();
    let mut sections = Vec::new();
    for (kind, bytes) in [
        (SectionKind::Metadata, metadata.encode().unwrap()),
        (SectionKind::PageIndex, encode_page_index(&[26], 60).unwrap()),
        (SectionKind::MissFilter, filter),
    ] {
        file.resize(file.len().next_multiple_of(64), 0);
        let mut section = Section::builder(kind, file.len() as u64);
        section.add(&bytes);
        let (section, checksums) = section.finish();
        sections.push(section);
        file.extend_from_slice(&bytes);
        file.extend_from_slice(&checksums);
    }
    let header = PagedHeader {
        page_size: PAGE_SIZE,
        optional_features: 0,
        required_features: 0,
        file_id: FILE_ID,
        entry_count: 3,
        entries_length: ENTRIES.map(|(_, entry)| entry.len() as u64).iter().sum(),
        page_count: 1,
        bins: BINS,
        directory_words: DIRECTORY_WORDS,
        choices: PagedHeader::CHOSEN_PAGE_SIZE,
        shard: None,
        build_id: [0; 16],
        entries_digest: 0,
        sections,
    };
    file[..PagedHeader::SIZE].copy_from_slice(&header.encode());
    file.resize(file.len().next_multiple_of(64), 0);
    file.extend_from_slice(&header.encode());
    file
}

/// The bytes of the dump in the document. Its lines hold an offset, bytes and a remark, two spaces apart; `00 × n` stands
/// for n zeros, `a to b` for the bytes from the offset a to before b once more.
fn documented() -> Vec<u8> {
    let chapter = include_str!("../../FORMAT.md")
        .split("\n## 2.14 ")
        .nth(1)
        .unwrap();
    let dump = chapter.split("```").nth(1).unwrap();
    let mut bytes = Vec::new();
    for line in dump.trim().lines() {
        let (offset, rest) = line.split_once("  ").unwrap();
        if !offset.trim().is_empty() {
            assert_eq!(usize::from_str_radix(offset, 16).unwrap(), bytes.len(), "{line}");
        }
        let digits = rest.trim_start().split("  ").next().unwrap();
        if let Some((start, end)) = digits.split_once(" to ") {
            let [start, end] = [start, end].map(|offset| usize::from_str_radix(offset, 16).unwrap());
            bytes.extend_from_within(start..end);
            continue;
        }
        match digits.split_once(" × ") {
            Some((byte, count)) => {
                let byte = u8::from_str_radix(byte, 16).unwrap();
                bytes.extend(std::iter::repeat_n(byte, count.parse().unwrap()));
            }
            None => bytes.extend(
                digits
                    .split(' ')
                    .map(|byte| u8::from_str_radix(byte, 16).expect(line)),
            ),
        }
    }
    bytes
}

#[test]
fn the_codecs_write_the_documented_example() {
    let (encoded, documented) = (encoded(), documented());
    let first = encoded
        .iter()
        .zip(&documented)
        .position(|(ours, theirs)| ours != theirs);
    assert_eq!(
        first.map(|position| format!("{position:#x}")),
        None,
        "the first different byte"
    );
    assert_eq!(encoded.len(), documented.len());
}

#[test]
fn the_documented_example_can_be_read() {
    let file = documented();
    let header = PagedHeader::decode(&file[..PagedHeader::SIZE]).unwrap();
    assert_eq!(header.file_length(), file.len() as u64);
    assert!(file.ends_with(&header.encode()));
    let section = |kind| {
        let section = header.section(kind).unwrap();
        let bytes = &file[section.offset as usize..][..section.length as usize];
        section.verify(bytes).unwrap()
    };
    let metadata = PagedMetadata::decode(section(SectionKind::Metadata)).unwrap();
    metadata.validate(&header).unwrap();
    assert_eq!(metadata.user["fruit"], "yes");
    let index = PageIndex::new(section(SectionKind::PageIndex), header.page_count, header.bins).unwrap();
    let filter = MissFilter::new(section(SectionKind::MissFilter)).unwrap();
    for (hash, entry) in ENTRIES {
        let spread = spread(hash);
        assert_eq!(filter.may_contain(spread), Some(true));
        let run = index.run_of_bin(bin_of(spread, header.bins)).unwrap();
        let (offset, length) = header.extent_of(&run).unwrap();
        let bytes = &file[offset as usize..][..length as usize];
        let page = Page::decode(bytes, header.page_layout(None).unwrap()).unwrap();
        page.verify(header.file_id, run.first_page).unwrap();
        let (key, value) = entry.split_at(entry.len() - 1);
        let directory = page.directory();
        let fraction = fraction_of(spread, header.bins, run.first_bin, run.end_bin);
        let slot = slot_of(fraction, directory.slot_count());
        let found = directory
            .entries_of(slot)
            .unwrap()
            .map(|index| page.entry(index).unwrap())
            .find(|found| found.key == key);
        assert_eq!(found, Some(RawEntry { key, value }));
    }
}
