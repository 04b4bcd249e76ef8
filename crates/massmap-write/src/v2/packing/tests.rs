//! What the rules say without any entries, compared with files that were built.

use std::hash::BuildHasher;

use massmap_format::{
    EntryLayout, EntryWidths, FormatVersion, PageIndex, PagedHeader, SectionBlocks, SectionKind, bin_of,
    spread,
};
use massmap_hash::{MassMapHashLoader, Xxh3HashLoader};
use massmap_io::MemoryWriter;
use serde::Serialize;

use super::{EntriesSize, OpenRun, bins, page_layout};
use crate::MassMapBuilder;

/// What a user chose.
#[derive(Debug, Clone, Copy)]
struct Choices {
    page_size: Option<u32>,
    longest_run: u32,
}

/// Pages of a file.
#[derive(Debug, PartialEq, Eq)]
struct Pages {
    page_size: u32,
    directory_words: u32,
    bins: u64,
    /// The first bin of each run, and its number of pages.
    runs: Vec<(u64, u64)>,
}

/// The pages of a file that is built of `entries`.
fn built<V: Serialize>(entries: &[(u64, V)], choices: Choices) -> Pages {
    let writer = MemoryWriter::new();
    let mut builder = MassMapBuilder::<Xxh3HashLoader>::default()
        .with_format(FormatVersion::V2)
        .with_longest_run(choices.longest_run);
    if let Some(page_size) = choices.page_size {
        builder = builder.with_page_size(page_size);
    }
    builder
        .build(&writer, entries.iter().map(|(key, value)| (key, value)))
        .unwrap();
    let file = writer.to_vec();
    let header = PagedHeader::decode(&file[..PagedHeader::SIZE]).unwrap();
    let section = header.section(SectionKind::PageIndex).unwrap();
    let index = &file[section.offset as usize..][..section.length as usize];
    let blocks = SectionBlocks::new(SectionKind::PageIndex, section.length).unwrap();
    let index = PageIndex::new(&index[blocks.content()], header.page_count, header.bins).unwrap();
    Pages {
        page_size: header.page_size,
        directory_words: header.directory_words,
        bins: header.bins,
        runs: index.runs().map(|run| (run.first_bin, run.pages)).collect(),
    }
}

/// The pages of the same file by the rules. The entries have these lengths.
fn foretold<V>(
    entries: &[(u64, V)],
    layout: EntryLayout,
    length: impl Fn(&(u64, V)) -> u64,
    choices: Choices,
) -> Pages {
    let hasher = Xxh3HashLoader::load(&Xxh3HashLoader::default_config()).unwrap();
    let mut placed: Vec<_> = entries
        .iter()
        .map(|entry| (spread(hasher.hash_one(entry.0)), length(entry)))
        .collect();
    placed.sort_unstable();
    let size_of = |placed: &[(u64, u64)]| EntriesSize {
        count: placed.len() as u64,
        length: placed.iter().map(|(_, length)| length).sum(),
    };
    let all = size_of(&placed);
    let layout = page_layout(all, layout, choices.page_size).unwrap();
    let bins = bins(all, layout, 1);
    let number = |entry: &(u64, u64)| bin_of(entry.0, bins);
    let filled: Vec<_> = placed
        .chunk_by(|one, other| number(one) == number(other))
        .map(|bin| (number(&bin[0]), size_of(bin)))
        .collect();

    let mut run = OpenRun::new(layout, choices.longest_run);
    let mut runs = Vec::new();
    let mut left = &filled[..];
    while let Some((first_bin, _)) = left.first() {
        for (_, bin) in left {
            if !run.add(*bin).unwrap() {
                break;
            }
        }
        let end = run.end().unwrap();
        assert_eq!(
            end.size,
            left[..end.bins]
                .iter()
                .fold(EntriesSize::default(), |sum, (_, bin)| sum.and(*bin))
        );
        runs.push((*first_bin, end.pages));
        left = &left[end.bins..];
    }
    Pages {
        page_size: layout.page_size(),
        directory_words: layout.directory_words(),
        bins,
        runs,
    }
}

fn choices() -> impl Iterator<Item = Choices> {
    let choices = [
        (None, 1),
        (None, 8),
        (Some(512), 1),
        (Some(512), 16),
        (Some(8192), 2),
        (Some(1 << 20), 3),
    ];
    choices.into_iter().map(|(page_size, longest_run)| Choices {
        page_size,
        longest_run,
    })
}

#[test]
fn the_rules_foretell_the_pages_of_records() {
    let layout = EntryLayout::Fixed(EntryWidths::new(8, 2).unwrap());
    for count in [1, 100, 30_000] {
        let entries: Vec<_> = (0..count).map(|key| (key, 7u16)).collect();
        for choices in choices() {
            let foretold = foretold(&entries, layout, |_| 10, choices);
            assert_eq!(foretold, built(&entries, choices), "{count}: {choices:?}");
        }
    }
}

#[test]
fn the_rules_foretell_the_pages_of_long_and_short_values() {
    let length = |(key, value): &(u64, String)| {
        let encoded = (rmp_serde::to_vec(key).unwrap(), rmp_serde::to_vec(value).unwrap());
        (encoded.0.len() + encoded.1.len()) as u64
    };
    let entries: Vec<_> = (0..5000u64)
        .map(|key| (key, "v".repeat((spread(key) % (1 << (key % 14))) as usize)))
        .collect();
    for choices in choices() {
        let foretold = foretold(&entries, EntryLayout::Variable, length, choices);
        assert!(foretold.runs.iter().any(|(_, pages)| *pages > 1) || foretold.page_size > 8192);
        assert_eq!(foretold, built(&entries, choices), "{choices:?}");
    }
}
