//! Pages of format 2.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use massmap_benches::Dataset;
use massmap_format::{EntryLayout, EntryWidths, Page, PageLayout, encode_run};

use crate::encoded;

const PAGE_SIZE: u32 = 4096;

/// Inputs of the checksum besides the bytes.
const FILE_ID: u64 = 0x5eed;
const NUMBER: u64 = 7;

pub(crate) fn bench<D: Dataset>(criterion: &mut Criterion) {
    // The bytes of a record may be any.
    let width = u32::try_from(encoded::<D>(0).len()).ok();
    let widths = width.and_then(|width| EntryWidths::new(width / 2, width - width / 2));
    let fixed = widths.map_or(EntryLayout::Variable, EntryLayout::Fixed);
    for (name, entries) in [("page", EntryLayout::Variable), ("page without ends", fixed)] {
        let layout = PageLayout::new(entries, PAGE_SIZE, 7).expect("the layout is possible");
        bench_layout::<D>(criterion, &format!("{}/{name}", D::NAME), layout);
    }
}

fn bench_layout<D: Dataset>(criterion: &mut Criterion, name: &str, layout: PageLayout) {
    let entries = full_page::<D>(layout);
    let bytes = encode(&entries, layout);
    let page = Page::decode(&bytes, layout).expect("the page is undamaged");
    page.verify(FILE_ID, NUMBER).expect("the page is undamaged");
    assert_eq!(page.len(), entries.len());
    for (index, entry) in entries.iter().enumerate() {
        assert_eq!(page.entry_bytes(index), Some(&entry[..]));
    }
    let length: usize = entries.iter().map(Vec::len).sum();
    assert_eq!(walk(&bytes, layout), length);
    let mut damaged = bytes.clone();
    damaged[2048] ^= 1;
    let damaged = Page::decode(&damaged, layout).and_then(|page| page.verify(FILE_ID, NUMBER));
    assert!(damaged.is_err());

    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Bytes(PAGE_SIZE.into()));
    group.bench_function("verify", |bencher| {
        bencher.iter(|| black_box(&page).verify(FILE_ID, NUMBER))
    });
    group.throughput(Throughput::Elements(entries.len() as u64));
    group.bench_function("decode and walk", |bencher| {
        bencher.iter(|| walk(black_box(&bytes), layout))
    });
    group.bench_function("encode", |bencher| bencher.iter(|| encode(&entries, layout)));
    group.finish();
}

/// Encodings of the entries of one full page.
fn full_page<D: Dataset>(layout: PageLayout) -> Vec<Vec<u8>> {
    let (mut entries, mut length) = (Vec::new(), 0);
    for ordinal in 0.. {
        let entry = encoded::<D>(ordinal);
        length += entry.len() as u64;
        if layout.pages_needed(ordinal + 1, length) != Some(1) {
            break;
        }
        entries.push(entry);
    }
    entries
}

/// A page of entries whose hashes are evenly distributed.
fn encode(entries: &[Vec<u8>], layout: PageLayout) -> Vec<u8> {
    let mut page = Vec::with_capacity(PAGE_SIZE as usize);
    let step = u32::MAX / entries.len() as u32;
    let fractions = (0..).step_by(step as usize);
    let entries = fractions.zip(entries.iter().map(Vec::as_slice));
    encode_run(entries, layout, 1, FILE_ID, NUMBER, &mut page);
    page
}

/// Total length of keys and values, so that the walk has a result.
fn walk(bytes: &[u8], layout: PageLayout) -> usize {
    let page = Page::decode(bytes, layout).expect("the page is undamaged");
    (0..page.len())
        .map(|index| page.entry(index).expect("the page is undamaged"))
        .map(|entry| entry.key.len() + entry.value.len())
        .sum()
}
