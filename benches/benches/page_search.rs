//! Finds a key in a page of format 2 in memory, and in a bucket of format 1 with the same entries.
//!
//! The search is not a public function; the suite `codec` measures its parts. This suite measures `get_with` in a map of one full
//! page, in memory, without checksums and without decoding the value. That includes hashing the key and locating the only page;
//! `hash and locate` measures these two alone, for subtraction.
//!
//! The page stays in the L1 cache. The order of the keys is too long for branch prediction to learn, and each lookup depends on
//! the previous answer.

use std::io;

use criterion::{Criterion, Throughput};
use massmap::{BytesReader, ChecksumPolicy, FormatVersion, MassMap, MassMapBuilder, MemoryWriter};
use massmap_benches::{Dataset, Integers, Strings, chain, chain_of_misses, criterion, mix};

const PAGE_SIZE: u32 = 4096;

/// Number of keys before they repeat.
const DRAWS: u64 = 1 << 16;

/// Number of keys per iteration.
const CHUNK: usize = 1024;

/// Number of missing keys, few enough to stay in the L1 cache with the page.
const MISSING: u64 = 256;

type Map<D> = MassMap<<D as Dataset>::Key, <D as Dataset>::Value, BytesReader<Vec<u8>>>;

fn main() -> io::Result<()> {
    let mut criterion = criterion();
    bench::<Integers>(&mut criterion)?;
    bench::<Strings>(&mut criterion)?;
    criterion.final_summary();
    Ok(())
}

fn bench<D: Dataset>(criterion: &mut Criterion) -> io::Result<()> {
    let count = entries_of_a_page::<D>();
    let hits: Vec<_> = (0..count).map(D::key).collect();
    let misses: Vec<_> = (count..count + MISSING).map(D::key).collect();
    let (hits_drawn, misses_drawn) = (draw(&hits), draw(&misses));

    let mut group = criterion.benchmark_group(format!("{}/{count} entries", D::NAME));
    group.throughput(Throughput::Elements(CHUNK as u64));
    for (name, format) in [("page", FormatVersion::V2), ("bucket", FormatVersion::V1)] {
        let map = map_of_one::<D>(format, count)?;
        verify::<D>(&map, count, &misses)?;
        let find = |key: &&D::Key| {
            let length = map.get_with(*key, |value| value.len() as u64);
            length.expect("the page is undamaged").unwrap_or_default()
        };
        group.bench_function(format!("{name}, hit"), |bencher| {
            let mut chunks = hits_drawn.chunks_exact(CHUNK).cycle();
            bencher.iter(|| chunks.next().map(|keys| chain(keys, find)))
        });
        group.bench_function(format!("{name}, miss"), |bencher| {
            let mut chunks = misses_drawn.chunks_exact(CHUNK).cycle();
            bencher.iter(|| chunks.next().map(|keys| chain_of_misses(keys, find)))
        });
        group.bench_function(format!("{name}, hash and locate"), |bencher| {
            let locate = |key: &&D::Key| map.bucket_index(*key) as u64;
            let mut chunks = hits_drawn.chunks_exact(CHUNK).cycle();
            bencher.iter(|| chunks.next().map(|keys| chain(keys, locate)))
        });
    }
    group.finish();
    Ok(())
}

/// Number of entries that fit into a page after its first cache line, which holds header and directory. Each has two bytes for its
/// end, but not the array header of format 1.
fn entries_of_a_page<D: Dataset>() -> u64 {
    u64::from(PAGE_SIZE - 64) / (D::ENTRY_LENGTH - 1 + 2)
}

/// Keys in random order.
fn draw<K>(keys: &[K]) -> Vec<&K> {
    (0..DRAWS)
        .map(|draw| &keys[mix(draw) as usize % keys.len()])
        .collect()
}

/// A map in memory with all entries in one page or bucket.
fn map_of_one<D: Dataset>(format: FormatVersion, count: u64) -> io::Result<Map<D>> {
    let builder = match format {
        FormatVersion::V1 => MassMapBuilder::default().with_bucket_count(1),
        _ => MassMapBuilder::default()
            .with_format(format)
            .with_page_size(PAGE_SIZE),
    };
    let file = MemoryWriter::new();
    let entries = (0..count).map(|ordinal| (D::key(ordinal), D::value(ordinal)));
    builder.build(&file, entries)?;
    let map = Map::<D>::load(file.into_reader())?.with_checksum_policy(ChecksumPolicy::Never);
    assert_eq!(map.bucket_count(), 1);
    Ok(map)
}

/// Checks all answers before the measurement.
fn verify<D: Dataset>(map: &Map<D>, count: u64, misses: &[D::Key]) -> io::Result<()> {
    for ordinal in 0..count {
        assert_eq!(map.get(&D::key(ordinal))?, Some(D::value(ordinal)));
    }
    for key in misses {
        assert_eq!(map.get(key)?, None);
    }
    Ok(())
}
