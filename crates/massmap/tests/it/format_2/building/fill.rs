//! Fill of the pages, and size of the page index.

use std::hash::Hash;

use massmap_format::SectionKind;
use serde::Serialize;
use support::files::build;
use support::files::format_2::{header_of, page_layout_of, paged_with};

/// Fill of the pages, and bits of index per page.
fn measure<K, V>(name: &str, entries: &[(K, V)]) -> (f64, f64)
where
    K: Serialize + Hash + Eq,
    V: Serialize,
{
    let file = build(paged_with::<massmap::Xxh3HashLoader>(), entries);
    let header = header_of(&file);
    assert_eq!(header.entry_count, entries.len() as u64);
    let layout = page_layout_of(&file);
    let directories = layout.directory_length(header.page_count * u64::from(header.page_size));
    let ends = header.entry_count * layout.entries().end_width(4096) as u64;
    // Header, and checksums of parts.
    let used = (8 + 32) * header.page_count + directories + ends + header.entries_length;
    let fill = used as f64 / (header.page_count * u64::from(header.page_size)) as f64;
    let index = header.section(SectionKind::PageIndex).unwrap();
    let bits = 8.0 * index.length as f64 / header.page_count as f64;
    let pages = header.page_count;
    println!(
        "{name}: {pages} pages, fill {:.2} %, {bits:.2} bits of index a page",
        100.0 * fill
    );
    (fill, bits)
}

/// Integers, almost all of which take nine bytes.
fn key(i: u64) -> u64 {
    massmap_format::spread(i + 1)
}

#[test]
fn pages_of_integers_are_98_percent_full_and_take_9_and_a_half_bits_of_index() {
    let entries: Vec<(u64, u64)> = (0..400_000).map(|i| (key(i), key(i + (1 << 40)))).collect();
    let (fill, bits) = measure("u64 to u64", &entries);
    assert!(fill >= 0.98, "{fill}");
    assert!(bits <= 9.5, "{bits}");
}

#[test]
fn pages_of_short_strings_are_96_percent_full_and_take_9_and_a_half_bits_of_index() {
    let value = "v".repeat(100);
    let entries: Vec<(String, &str)> = (0..100_000)
        .map(|i| (format!("{:021}", key(i)), &value[..]))
        .collect();
    let (fill, bits) = measure("21 bytes to 100 bytes", &entries);
    assert!(fill >= 0.96, "{fill}");
    assert!(bits <= 9.5, "{bits}");
}

#[test]
fn pages_of_entries_of_266_bytes_are_95_percent_full_and_take_9_and_a_half_bits_of_index() {
    // The key takes nine bytes, the header of the value three.
    let value = "v".repeat(266 - 9 - 3);
    let entries: Vec<(u64, &str)> = (0..30_000).map(|i| (key(i) | 1 << 63, &value[..])).collect();
    let (fill, bits) = measure("266 bytes", &entries);
    assert!(fill >= 0.95, "{fill}");
    assert!(bits <= 9.5, "{bits}");
}
