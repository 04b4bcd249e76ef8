//! Opens and closes files of both formats, read and mapped, by massmap and, in format 1, by massmap 0.1.5. The files are in the
//! page cache.

use std::hint::black_box;
use std::io;

use criterion::{BenchmarkId, Criterion};
use massmap::{MassMap, MassMapReader};
use massmap_benches::{Arrangement, Buckets, Dataset, Integers, Prepared, criterion, scales};

fn main() -> io::Result<()> {
    let mut criterion = criterion();
    let pages = |filter| Arrangement::Pages { size: 4096, filter };
    let buckets = Buckets::ALL.map(Arrangement::from);
    for arrangement in buckets.into_iter().chain([pages(false), pages(true)]) {
        bench(&mut criterion, arrangement)?;
    }
    criterion.final_summary();
    Ok(())
}

type Map<R> = MassMap<u64, u64, R>;

fn bench(criterion: &mut Criterion, arrangement: Arrangement) -> io::Result<()> {
    let mut group = criterion.benchmark_group(arrangement.name());
    for count in scales([100_000, 1_000_000]) {
        let prepared = Prepared::<Integers>::new(count, arrangement)?;
        let open_mapped = || Map::load(prepared.map_file()?);
        verify(&prepared, &prepared.open()?)?;
        verify(&prepared, &open_mapped()?)?;
        group.bench_function(BenchmarkId::new("File", count), |bencher| {
            bencher.iter(|| drop(black_box(prepared.open().expect("the file is undamaged"))))
        });
        group.bench_function(BenchmarkId::new("mapped", count), |bencher| {
            bencher.iter(|| drop(black_box(open_mapped().expect("the file is undamaged"))))
        });

        if matches!(arrangement, Arrangement::Buckets(_)) {
            let theirs = prepared.open_0_1_5()?;
            for ordinal in prepared.present(100) {
                assert_eq!(
                    theirs.get(&Integers::key(ordinal))?,
                    Some(Integers::value(ordinal))
                );
            }
            group.bench_function(BenchmarkId::new("File, 0.1.5", count), |bencher| {
                bencher.iter(|| drop(black_box(prepared.open_0_1_5().expect("the file is undamaged"))))
            });
        }
    }
    group.finish();
    Ok(())
}

/// Checks the answers of an opened file before the measurement.
fn verify<R: MassMapReader>(prepared: &Prepared<Integers>, map: &Map<R>) -> io::Result<()> {
    for ordinal in prepared.present(100) {
        assert_eq!(map.get(&Integers::key(ordinal))?, Some(Integers::value(ordinal)));
    }
    for ordinal in prepared.absent(100) {
        assert_eq!(map.get(&Integers::key(ordinal))?, None);
    }
    Ok(())
}
