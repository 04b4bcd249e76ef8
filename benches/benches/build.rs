//! Builds maps of both formats from entries in memory: into memory, compared with massmap 0.1.5, and to a file, until it is on
//! disk.

use std::fs;
use std::io;
use std::path::Path;

use criterion::{BenchmarkGroup, Criterion, SamplingMode, Throughput, measurement::WallTime};
use massmap::{MassMapBuilder, MassMapInfo};
use massmap_benches::{
    Arrangement, Buckets, Dataset, Integers, Memory, Strings, criterion, data_directory, entries,
};

const INTEGERS: u64 = 200_000;
const STRINGS: u64 = 100_000;

/// Memory limit in bytes, so low that most entries are spilled.
const LITTLE_MEMORY: usize = 1 << 20;

type Entries<D> = [(<D as Dataset>::Key, <D as Dataset>::Value)];
type Group<'a> = BenchmarkGroup<'a, WallTime>;

fn main() -> io::Result<()> {
    let mut criterion = criterion();
    bench::<Integers>(&mut criterion, entries(INTEGERS))?;
    bench::<Strings>(&mut criterion, entries(STRINGS))?;
    criterion.final_summary();
    Ok(())
}

fn bench<D: Dataset>(criterion: &mut Criterion, count: u64) -> io::Result<()> {
    let data: Vec<_> = (0..count)
        .map(|ordinal| (D::key(ordinal), D::value(ordinal)))
        .collect();
    let pages = Arrangement::Pages {
        size: 4096,
        filter: false,
    };
    let buckets = Buckets::OfEntries(16);
    for (format, arrangement) in [("format 1", buckets.into()), ("format 2", pages)] {
        let builder = arrangement.builder::<D>(count);
        let memory = Memory::default();
        builder.clone().build(&memory, data.iter())?;
        let expected = memory.take_copy();

        let mut group = group(criterion, &format!("{}/{format}, in memory", D::NAME), count);
        in_memory::<D>(&mut group, &builder, &data, &expected)?;
        if let Arrangement::Buckets(buckets) = arrangement {
            in_memory_0_1_5::<D>(&mut group, buckets.count::<D>(count), &data)?;
        }
        group.finish();

        let mut group = self::group(criterion, &format!("{}/{format}, to a file", D::NAME), count);
        to_file::<D>(&mut group, &builder, &data, &expected)?;
        group.finish();
    }
    Ok(())
}

fn group<'a>(criterion: &'a mut Criterion, name: &str, count: u64) -> Group<'a> {
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(count));
    // Builds are long enough for one per sample.
    group.sampling_mode(SamplingMode::Flat);
    group
}

fn in_memory<D: Dataset>(
    group: &mut Group<'_>,
    builder: &MassMapBuilder,
    data: &Entries<D>,
    expected: &[u8],
) -> io::Result<()> {
    // Reused, so that growing the memory is not measured.
    let memory = Memory::default();
    let build = || builder.clone().build(&memory, data.iter());
    let par_build = || builder.clone().par_build(&memory, data);
    let mut bench = |name: &str, build: &dyn Fn() -> io::Result<MassMapInfo>| {
        build()?;
        assert!(memory.take_copy() == expected, "{name} gives different bytes");
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                memory.clear();
                build().expect("the build succeeded before")
            })
        });
        memory.clear();
        io::Result::Ok(())
    };
    bench("build", &build)?;
    bench("par_build", &par_build)
}

fn in_memory_0_1_5<D: Dataset>(group: &mut Group<'_>, buckets: u64, data: &Entries<D>) -> io::Result<()> {
    let memory = Memory::default();
    let build = || {
        massmap_0_1_5::MassMapBuilder::default()
            .with_bucket_count(buckets)
            .build(&memory, data.iter())
    };
    build()?;
    let reader = massmap::BytesReader::new(memory.take_copy());
    let map = massmap::MassMap::<D::Key, D::Value, _>::load(reader)?;
    assert_eq!(map.len(), data.len() as u64);
    for (key, value) in data.iter().take(1000) {
        assert_eq!(map.get(key)?.as_ref(), Some(value));
    }
    group.bench_function("0.1.5, build", |bencher| {
        bencher.iter(|| {
            memory.clear();
            build().expect("the build succeeded before")
        })
    });
    Ok(())
}

fn to_file<D: Dataset>(
    group: &mut Group<'_>,
    builder: &MassMapBuilder,
    data: &Entries<D>,
    expected: &[u8],
) -> io::Result<()> {
    // On the same disk as the other files of the benches, unlike the directory for temporary files.
    let directory = tempfile::tempdir_in(data_directory()?)?;
    let path: &Path = &directory.path().join("built.massmap");
    let build = || builder.clone().build_to_path(path, data.iter());
    let par_build = || builder.clone().par_build_to_path(path, data);
    let spill = || {
        builder
            .clone()
            .with_memory_limit(LITTLE_MEMORY)
            .build_to_path(path, data.iter())
    };
    let mut bench = |name: &str, build: &dyn Fn() -> io::Result<MassMapInfo>| {
        build()?;
        assert!(fs::read(path)? == expected, "{name} gives different bytes");
        group.bench_function(name, |bencher| {
            bencher.iter(|| build().expect("the build succeeded before"))
        });
        io::Result::Ok(())
    };
    bench("build_to_path", &build)?;
    bench("par_build_to_path", &par_build)?;
    bench("build_to_path, spilling", &spill)
}
