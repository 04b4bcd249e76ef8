//! Building and merging to a path.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use massmap::{AtomicFile, FormatVersion, MassMap, MassMapBuilder, MassMapInfo, MassMapMerger, MemoryWriter};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

/// The names of all files in a directory.
fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn square(n: u64) -> (u64, u64) {
    (n, n * n)
}

#[test]
fn a_map_appears_at_its_path_without_leftovers() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("map");
    for format in [FormatVersion::V1, FormatVersion::V2] {
        let expected = MemoryWriter::new();
        let builder = MassMapBuilder::default().with_format(format);
        builder.clone().build(&expected, (0..20_000).map(square)).unwrap();
        let expected = expected.into_inner();
        for limit in [0, 1 << 30] {
            let builder = builder.clone().with_memory_limit(limit);
            let check = || {
                assert!(fs::read(&path).unwrap() == expected);
                assert_eq!(names(directory.path()), ["map"]);
            };
            builder
                .clone()
                .build_to_path(&path, (0..20_000).map(square))
                .unwrap();
            check();
            let entries = (0..20_000).map(|n| Ok::<_, String>(square(n)));
            builder.clone().try_build_to_path(&path, entries).unwrap();
            check();
            let entries = (0..20_000u64).into_par_iter().map(square);
            builder.clone().par_build_to_path(&path, entries).unwrap();
            check();
        }
    }
}

#[test]
fn an_atomic_file_can_be_given_instead_of_a_path() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("map");
    let create = || AtomicFile::create(&path).unwrap();
    let check = |info: std::io::Result<MassMapInfo>| {
        assert_eq!(info.unwrap().meta.entry_count, 1000);
        let map = MassMap::<u64, u64, _>::load(File::open(&path).unwrap()).unwrap();
        assert_eq!(map.get(&30).unwrap(), Some(900));
        assert_eq!(names(directory.path()), ["map"]);
    };
    let maps = || vec![MassMap::<u64, u64, _>::load(File::open(&path).unwrap()).unwrap()];
    let inner = || maps().into_iter().map(MassMap::into_inner).collect::<Vec<_>>();
    for format in [FormatVersion::V1, FormatVersion::V2] {
        let builder = || MassMapBuilder::default().with_format(format);
        check(builder().build_to_path(create(), (0..1000).map(square)));
        let entries = (0..1000).map(|n| Ok::<_, String>(square(n)));
        check(builder().try_build_to_path(create(), entries));
        check(builder().par_build_to_path(create(), (0..1000u64).into_par_iter().map(square)));
        // The target is also one of the merged maps.
        let merger = || MassMapMerger::default().with_format(format);
        check(merger().merge_to_path(create(), maps()));
        check(merger().merge_keyed_to_path::<u64, _, _>(create(), inner()));
        if format == FormatVersion::V1 {
            check(merger().merge_inner_to_path(create(), inner()));
        }
    }
}

#[test]
fn a_build_touches_its_file_before_it_takes_entries() {
    // Other hosts consider a file stale that has not been touched for a day.
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("map");
    for format in [FormatVersion::V1, FormatVersion::V2] {
        let file = AtomicFile::create(&path).unwrap();
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1000);
        let watched = file.file().try_clone().unwrap();
        watched.set_modified(long_ago).unwrap();
        let told = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&told);
        let builder = MassMapBuilder::default()
            .with_format(format)
            .with_progress(move |_| _ = counter.fetch_add(1, Ordering::Relaxed));
        let entries = (0..1000).map(|n| {
            let age = SystemTime::now().duration_since(watched.metadata().unwrap().modified().unwrap());
            assert!(age.unwrap() < Duration::from_secs(3600));
            square(n)
        });
        builder.build_to_path(file, entries).unwrap();
        assert!(told.load(Ordering::Relaxed) > 1);
    }
}

#[test]
fn a_failed_build_leaves_the_old_file_and_no_leftovers() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("map");
    MassMapBuilder::default()
        .build_to_path(&path, (0..100).map(square))
        .unwrap();
    let old = fs::read(&path).unwrap();
    let open = MassMap::<u64, u64, _>::load(fs::File::open(&path).unwrap()).unwrap();
    for format in [FormatVersion::V1, FormatVersion::V2] {
        for limit in [0, 1 << 30] {
            let builder = MassMapBuilder::default()
                .with_format(format)
                .with_memory_limit(limit);
            let entries = (0..20_000).map(|n| match n {
                19_999 => Err("the end"),
                n => Ok(square(n)),
            });
            builder.try_build_to_path(&path, entries).unwrap_err();
            assert!(fs::read(&path).unwrap() == old);
            assert_eq!(names(directory.path()), ["map"]);
        }
    }
    // Whoever has the old file open can go on reading it.
    MassMapBuilder::default()
        .build_to_path(&path, (0..10).map(|n| (n, n)))
        .unwrap();
    assert_eq!(open.get(&9).unwrap(), Some(81));
}

#[test]
fn maps_are_merged_to_a_path() {
    let directory = tempfile::tempdir().unwrap();
    for format in [FormatVersion::V1, FormatVersion::V2] {
        let builder = MassMapBuilder::default().with_format(format);
        let whole = directory.path().join("whole");
        builder
            .clone()
            .build_to_path(&whole, (0..20_000).map(square))
            .unwrap();
        let shards: Vec<_> = (0..5)
            .map(|index| {
                let path = directory.path().join(format!("shard {index}"));
                let builder = builder.clone().with_shard(index, 5);
                builder.build_to_path(&path, (0..20_000).map(square)).unwrap();
                path
            })
            .collect();
        let merged = directory.path().join("merged");
        let pool = massmap::FilePool::new(2);
        let maps = shards
            .iter()
            .map(|path| MassMap::<u64, u64, _>::load(pool.open(path).unwrap()).unwrap());
        MassMapMerger::default()
            .merge_to_path(&merged, maps.collect())
            .unwrap();
        assert!(fs::read(&merged).unwrap() == fs::read(&whole).unwrap());
        // The target may be one of the inputs.
        let maps = shards.iter().map(|path| {
            let file = fs::File::open(path).unwrap();
            MassMap::<u64, u64, _>::load(file).unwrap()
        });
        MassMapMerger::default()
            .merge_to_path(&shards[3], maps.collect())
            .unwrap();
        assert!(fs::read(&shards[3]).unwrap() == fs::read(&whole).unwrap());
        assert_eq!(names(directory.path()).len(), 7);
    }
}
