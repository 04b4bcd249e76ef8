//! Encodes the page index of format 2 and iterates over it. The suite `index` measures lookups in it.

use criterion::{BenchmarkId, Criterion, Throughput};
use massmap_benches::{first_bins, scales};
use massmap_format::{PageIndex, encode_page_index};

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("page index");
    for pages in scales([10_000, 1_000_000]) {
        let (first_bins, bins) = first_bins(pages);
        let encode = || encode_page_index(&first_bins, bins).expect("the bins are in order");
        let bytes = encode();
        let index = PageIndex::new(&bytes, pages, bins).expect("the index is undamaged");
        assert!(
            index
                .runs()
                .map(|run| run.first_bin)
                .eq(first_bins.iter().copied())
        );

        group.throughput(Throughput::Elements(pages));
        group.bench_function(BenchmarkId::new("encode", pages), |bencher| bencher.iter(encode));
        group.bench_function(BenchmarkId::new("runs", pages), |bencher| {
            bencher.iter(|| index.runs().map(|run| run.pages).sum::<u64>())
        });
    }
    group.finish();
}
