//! The page index of format 2 by itself.

use criterion::{BenchmarkId, Criterion, Throughput};
use massmap_benches::{chain, entries, first_bins, mix, scales};
use massmap_format::{PageIndex, bin_of, encode_page_index};

use crate::{CHUNK, DRAWS};

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("run_of_bin");
    group.throughput(Throughput::Elements(CHUNK as u64));
    for pages in scales([10_000, 1_000_000]) {
        let (first_bins, bins) = first_bins(pages);
        let bytes = encode_page_index(&first_bins, bins).expect("the bins are in order");
        let index = PageIndex::new(bytes, pages, bins).expect("the index is undamaged");
        let find = |bin: &u64| index.run_of_bin(*bin).expect("the index is undamaged").first_page;

        let draws = entries(DRAWS).max(CHUNK as u64);
        let drawn: Vec<u64> = (0..draws).map(|draw| bin_of(mix(draw), bins)).collect();
        for bin in drawn.iter().take(10_000) {
            let next = first_bins.partition_point(|first_bin| first_bin <= bin);
            assert_eq!(find(bin), next as u64 - 1);
        }

        group.bench_function(BenchmarkId::new("dependent", pages), |bencher| {
            let mut chunks = drawn.chunks_exact(CHUNK).cycle();
            bencher.iter(|| chunks.next().map(|bins| chain(bins, find)))
        });
        group.bench_function(BenchmarkId::new("independent", pages), |bencher| {
            let mut chunks = drawn.chunks_exact(CHUNK).cycle();
            let sum = |bins: &[u64]| bins.iter().map(find).fold(0, u64::wrapping_add);
            bencher.iter(|| chunks.next().map(sum))
        });
    }
    group.finish();
}
