//! Finding a key in a page of format 2 that is in memory, and in a bucket of format 1 with the same entries.
//!
//! The search is no public function: it belongs to the reading of maps, and what the format offers are its parts (the suite
//! `codec` has these). So what is measured is `get_with` in a map that consists of one full page, in memory, without checksums
//! and without decoding the value. Hashing the key and finding the only page belong to that; `hash and locate` is these two
//! alone, to be subtracted.
//!
//! The page stays in the nearest cache. Keys come in an order too long for the processor to learn, and each one waits for the
//! answer before.

use std::io;

use criterion::{Criterion, Throughput};
use massmap::{BytesReader, ChecksumPolicy, FormatVersion, MassMap, MassMapBuilder, MemoryWriter};
use massmap_benches::{Dataset, Integers, Strings, chain, chain_of_misses, criterion, mix};

const PAGE_SIZE: u32 = 4096;

/// How many keys are looked up before the same ones come again.
const DRAWS: u64 = 1 << 16;

/// How many of them make an iteration.
const STRETCH: usize = 1024;

/// Different keys that are missing: few enough to stay in the nearest cache with the page.
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
    group.throughput(Throughput::Elements(STRETCH as u64));
    for (name, format) in [("page", FormatVersion::V2), ("bucket", FormatVersion::V1)] {
        let map = map_of_one::<D>(format, count)?;
        verify::<D>(&map, count, &misses)?;
        let find = |key: &&D::Key| {
            let length = map.get_with(*key, |value| value.len() as u64);
            length.expect("the page is whole").unwrap_or_default()
        };
        group.bench_function(format!("{name}, hit"), |bencher| {
            let mut stretches = hits_drawn.chunks_exact(STRETCH).cycle();
            bencher.iter(|| stretches.next().map(|keys| chain(keys, find)))
        });
        group.bench_function(format!("{name}, miss"), |bencher| {
            let mut stretches = misses_drawn.chunks_exact(STRETCH).cycle();
            bencher.iter(|| stretches.next().map(|keys| chain_of_misses(keys, find)))
        });
        group.bench_function(format!("{name}, hash and locate"), |bencher| {
            let locate = |key: &&D::Key| map.bucket_index(*key) as u64;
            let mut stretches = hits_drawn.chunks_exact(STRETCH).cycle();
            bencher.iter(|| stretches.next().map(|keys| chain(keys, locate)))
        });
    }
    group.finish();
    Ok(())
}

/// How many entries fit a page behind its header of eight bytes. Each has a fingerprint and two bytes for its end, and not the
/// byte that tells it is a pair, which format 1 has.
fn entries_of_a_page<D: Dataset>() -> u64 {
    u64::from(PAGE_SIZE - 8) / (D::ENTRY_LENGTH - 1 + 1 + 2)
}

/// Keys in random order.
fn draw<K>(keys: &[K]) -> Vec<&K> {
    (0..DRAWS)
        .map(|draw| &keys[mix(draw) as usize % keys.len()])
        .collect()
}

/// A map in memory whose entries lie in one page or bucket.
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

/// Checks that all answers are right, before anyone asks how fast they come.
fn verify<D: Dataset>(map: &Map<D>, count: u64, misses: &[D::Key]) -> io::Result<()> {
    for ordinal in 0..count {
        assert_eq!(map.get(&D::key(ordinal))?, Some(D::value(ordinal)));
    }
    for key in misses {
        assert_eq!(map.get(key)?, None);
    }
    Ok(())
}
