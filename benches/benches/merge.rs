//! Merges maps that were built as four shards: in format 1, which copies buckets, compared with massmap 0.1.5, and in format 2,
//! which merges entries in hash order.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use criterion::{BatchSize, BenchmarkGroup, Criterion, SamplingMode, Throughput, measurement::WallTime};
use massmap::{MassMap, MassMapMerger};
use massmap_benches::{
    Arrangement, Buckets, Dataset, Integers, Memory, Strings, criterion, data_directory, entries,
};

const INTEGERS: u64 = 400_000;
const STRINGS: u64 = 100_000;

const SHARDS: u32 = 4;

const UNDAMAGED: &str = "the files are undamaged";

type Map<D> = MassMap<<D as Dataset>::Key, <D as Dataset>::Value, File>;
type Map015<D> = massmap_0_1_5::MassMap<<D as Dataset>::Key, <D as Dataset>::Value, File>;

fn main() -> io::Result<()> {
    let mut criterion = criterion();
    let pages = Arrangement::Pages {
        size: 4096,
        filter: false,
    };
    for (format, arrangement) in [("format 1", Buckets::OfEntries(16).into()), ("format 2", pages)] {
        bench::<Integers>(&mut criterion, format, arrangement, entries(INTEGERS))?;
        bench::<Strings>(&mut criterion, format, arrangement, entries(STRINGS))?;
    }
    criterion.final_summary();
    Ok(())
}

fn bench<D: Dataset>(
    criterion: &mut Criterion,
    format: &str,
    arrangement: Arrangement,
    count: u64,
) -> io::Result<()> {
    let directory = tempfile::tempdir_in(data_directory()?)?;
    let shards = Shards::build::<D>(directory.path(), arrangement, count)?;
    let mut group = criterion.benchmark_group(format!("{}/{format}", D::NAME));
    group.throughput(Throughput::Elements(count));
    // Merges are long enough for one per sample.
    group.sampling_mode(SamplingMode::Flat);
    in_memory::<D>(&mut group, &shards)?;
    to_file::<D>(&mut group, &shards, &directory.path().join("merged.massmap"))?;
    if matches!(arrangement, Arrangement::Buckets(_)) {
        in_memory_0_1_5::<D>(&mut group, &shards, count)?;
    }
    group.finish();
    Ok(())
}

/// The files to merge.
struct Shards {
    paths: Vec<PathBuf>,
    /// The expected result: the bytes of a single build.
    expected: Vec<u8>,
}

impl Shards {
    fn build<D: Dataset>(directory: &Path, arrangement: Arrangement, count: u64) -> io::Result<Self> {
        let data = || (0..count).map(|ordinal| (D::key(ordinal), D::value(ordinal)));
        let builder = arrangement.builder::<D>(count);
        let memory = Memory::default();
        builder.clone().build(&memory, data())?;
        let paths = (0..SHARDS).map(|shard| {
            let path = directory.join(format!("{shard}.massmap"));
            let builder = builder.clone().with_shard(shard, SHARDS);
            builder.build(&File::create(&path)?, data())?;
            Ok(path)
        });
        Ok(Self {
            paths: paths.collect::<io::Result<_>>()?,
            expected: memory.take_copy(),
        })
    }

    /// Opens the files, which is not measured.
    fn open<D: Dataset>(&self) -> Vec<Map<D>> {
        let open = |path| MassMap::load(File::open(path)?);
        self.paths
            .iter()
            .map(|path| open(path).expect(UNDAMAGED))
            .collect()
    }

    /// The same with massmap 0.1.5.
    fn open_0_1_5<D: Dataset>(&self) -> Vec<Map015<D>> {
        let open = |path| massmap_0_1_5::MassMap::load(File::open(path)?);
        self.paths
            .iter()
            .map(|path| open(path).expect(UNDAMAGED))
            .collect()
    }
}

type Group<'a> = BenchmarkGroup<'a, WallTime>;

fn in_memory<D: Dataset>(group: &mut Group<'_>, shards: &Shards) -> io::Result<()> {
    // Reused, so that growing the memory is not measured.
    let memory = Memory::default();
    let merge = |maps| {
        memory.clear();
        MassMapMerger::default().merge(&memory, maps)
    };
    merge(shards.open::<D>())?;
    assert!(
        memory.take_copy() == shards.expected,
        "merging gives different bytes"
    );
    group.bench_function("in memory", |bencher| {
        let merge = |maps| merge(maps).expect(UNDAMAGED);
        bencher.iter_batched(|| shards.open::<D>(), merge, BatchSize::PerIteration)
    });
    Ok(())
}

fn in_memory_0_1_5<D: Dataset>(group: &mut Group<'_>, shards: &Shards, count: u64) -> io::Result<()> {
    let memory = Memory::default();
    let merge = |maps| {
        memory.clear();
        massmap_0_1_5::MassMapMerger::default().merge(&memory, maps)
    };
    merge(shards.open_0_1_5::<D>())?;
    let reader = massmap::BytesReader::new(memory.take_copy());
    let map = MassMap::<D::Key, D::Value, _>::load(reader)?;
    assert_eq!(map.len(), count);
    for ordinal in 0..count.min(1000) {
        assert_eq!(map.get(&D::key(ordinal))?, Some(D::value(ordinal)));
    }
    group.bench_function("in memory, 0.1.5", |bencher| {
        let merge = |maps| merge(maps).expect(UNDAMAGED);
        bencher.iter_batched(|| shards.open_0_1_5::<D>(), merge, BatchSize::PerIteration)
    });
    Ok(())
}

/// Measures merging to a file, until it is on disk.
fn to_file<D: Dataset>(group: &mut Group<'_>, shards: &Shards, path: &Path) -> io::Result<()> {
    let merge = |maps| MassMapMerger::default().merge_to_path(path, maps);
    merge(shards.open::<D>())?;
    assert!(
        fs::read(path)? == shards.expected,
        "merging gives different bytes"
    );
    group.bench_function("to a file", |bencher| {
        let merge = |maps| merge(maps).expect(UNDAMAGED);
        bencher.iter_batched(|| shards.open::<D>(), merge, BatchSize::PerIteration)
    });
    Ok(())
}
