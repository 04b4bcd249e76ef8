//! The page index of format 2 by itself.

use criterion::{BenchmarkId, Criterion, Throughput};
use massmap_benches::{chain, entries, first_bins, mix, scales};
use massmap_format::{PageIndex, bin_of, encode_page_index};

use crate::{DRAWS, STRETCH};

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("run_of_bin");
    group.throughput(Throughput::Elements(STRETCH as u64));
    for pages in scales([10_000, 1_000_000]) {
        let (first_bins, bins) = first_bins(pages);
        let bytes = encode_page_index(&first_bins, bins).expect("the bins are in order");
        let index = PageIndex::new(bytes, pages, bins).expect("the index is whole");
        let find = |bin: &u64| index.run_of_bin(*bin).expect("the index is whole").first_page;

        let draws = entries(DRAWS).max(STRETCH as u64);
        let drawn: Vec<u64> = (0..draws).map(|draw| bin_of(mix(draw), bins)).collect();
        for bin in drawn.iter().take(10_000) {
            let behind = first_bins.partition_point(|first_bin| first_bin <= bin);
            assert_eq!(find(bin), behind as u64 - 1);
        }

        group.bench_function(BenchmarkId::new("one after the other", pages), |bencher| {
            let mut stretches = drawn.chunks_exact(STRETCH).cycle();
            bencher.iter(|| stretches.next().map(|bins| chain(bins, find)))
        });
        group.bench_function(BenchmarkId::new("at once", pages), |bencher| {
            let mut stretches = drawn.chunks_exact(STRETCH).cycle();
            let sum = |bins: &[u64]| bins.iter().map(find).fold(0, u64::wrapping_add);
            bencher.iter(|| stretches.next().map(sum))
        });
    }
    group.finish();
}
