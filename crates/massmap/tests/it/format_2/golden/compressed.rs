//! Compressed values.

use massmap::{Compression, Xxh3HashLoader};
use massmap_format::{EntryLayout, SectionKind};
use support::files::format_2::{header_of, layout_of, paged_with, small_pages_with};

use super::super::compression::{documents, noise};
use super::{assert_golden, fixed_layout};

#[test]
fn golden_maps_of_compressed_values_are_built_and_read() {
    let zstd = Compression::zstd;
    let dictionary = "the river of a former captain who returns to village and finds";
    for (name, compression) in [
        ("v2-compressed", zstd().with_dictionary_size(0)),
        ("v2-compressed-trained", zstd().with_dictionary_size(1 << 10)),
        (
            "v2-compressed-given",
            zstd().with_level(3).with_dictionary(dictionary),
        ),
    ] {
        let file = assert_golden(
            name,
            small_pages_with::<Xxh3HashLoader>().with_compression(compression),
            &documents(0..60),
            &["absent".to_owned()],
        );
        assert_eq!(layout_of(&file), EntryLayout::Compressed);
    }
}

#[test]
fn a_golden_map_of_compressed_values_of_every_length_is_built_and_read() {
    // Plain ones, frames with lengths of one, two and four bytes, and frames with zeros behind them.
    let mut entries: Vec<(u32, String)> = (0..20).map(|i| (i, "ab".repeat(i as usize * 3))).collect();
    entries.extend((20..24).map(|i| (i, noise(i as usize * 10, i.into()))));
    entries.extend((24..34).map(|i| {
        (
            i,
            format!("{} {}", noise(60, i.into()), "words ".repeat(i as usize)),
        )
    }));
    entries.extend([(34, "x".repeat(9000)), (35, "y".repeat(70_000))]);
    let builder = paged_with::<Xxh3HashLoader>()
        .with_page_size(4096)
        .with_compression(Compression::zstd().with_dictionary_size(0));
    assert_golden("v2-compressed-lengths", builder, &entries, &[36]);
}

#[test]
fn a_golden_map_of_a_compressed_value_longer_than_its_window_is_built_and_read() {
    // Its frame header has a byte for the window.
    let entries = [(1u8, "z".repeat(600_000)), (2, "z".repeat(200))];
    let builder = paged_with::<Xxh3HashLoader>()
        .with_compression(Compression::zstd().with_level(1).with_dictionary_size(0));
    let file = assert_golden("v2-compressed-window", builder, &entries, &[0]);
    assert!(
        file.windows(5)
            .any(|bytes| bytes[0] == 0x80 && bytes[2..] == 600_005u32.to_le_bytes()[..3])
    );
}

#[test]
fn a_golden_map_of_fixed_values_that_would_be_compressed_is_built_and_read() {
    let entries: Vec<(u32, u32)> = (0..20).map(|i| (i, i * i)).collect();
    let builder = small_pages_with::<Xxh3HashLoader>().with_compression(Compression::zstd().with_level(5));
    let file = assert_golden("v2-compressed-fixed", builder, &entries, &[20]);
    assert_eq!(layout_of(&file), fixed_layout(4, 4));
    header_of(&file).section(SectionKind::Compression).unwrap();
}
