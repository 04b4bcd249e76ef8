//! Traits and methods that 0.1.5 does not have.

use std::fmt::Debug;
use std::fs::File;
use std::iter::FusedIterator;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

use massmap::{
    AtomicFile, BytesReader, FilePool, FormatError, HashError, Heartbeat, IoError, KnownHashLoader, MassMap,
    MassMapBucketMeta, MassMapBuilder, MassMapDefaultHashLoader, MassMapHashLoader, MassMapInner,
    MassMapIter, MassMapKeys, MassMapMerger, MassMapParIter, MassMapValues, MemoryWriter, NotKept,
    PooledFile, ReadError, WriteError, Xxh3HashLoader,
};
use support::hash::FnvLoader;

/// A type that is neither `Send` nor `Sync` and implements nothing else: key and value types need none of this.
struct Bare(#[expect(dead_code, reason = "only makes the type what it is")] *const u8);

type Bytes = BytesReader<Arc<[u8]>>;

fn is_shareable<T: Send + Sync + UnwindSafe + RefUnwindSafe + Unpin>() {}
fn is_clone<T: Clone>() {}
fn is_debug<T: Debug>() {}
fn is_fused<T: FusedIterator>() {}
fn is_error<T: std::error::Error + Send + Sync + 'static>()
where
    std::io::Error: From<T>,
{
}

#[test]
fn maps_builders_and_mergers_can_be_shared_among_threads() {
    is_shareable::<MassMap<String, u32, File>>();
    is_shareable::<MassMap<Bare, Bare, Bytes>>();
    is_shareable::<MassMap<String, u32, Bytes, KnownHashLoader>>();
    is_shareable::<MassMap<String, u32, Bytes, FnvLoader>>();
    is_shareable::<MassMapInner<File>>();
    is_shareable::<MassMapInner<Bytes, Xxh3HashLoader>>();
    is_shareable::<MassMapBuilder>();
    is_shareable::<MassMapMerger>();
    is_shareable::<MemoryWriter>();
    is_shareable::<(AtomicFile, FilePool, PooledFile, Heartbeat, NotKept)>();
    is_shareable::<MassMapIter<'_, String, u32, File, MassMapDefaultHashLoader>>();
    is_shareable::<MassMapParIter<'_, String, u32, File, MassMapDefaultHashLoader>>();
}

#[test]
fn a_builder_can_be_shared_whatever_its_loader() {
    struct BareLoader(#[expect(dead_code, reason = "only makes the type what it is")] Bare);
    impl MassMapHashLoader for BareLoader {
        type BuildHasher = support::hash::FnvBuildHasher;
        fn load(config: &massmap::MassMapHashConfig) -> std::io::Result<Self::BuildHasher> {
            FnvLoader::load(config)
        }
    }
    is_shareable::<MassMapBuilder<BareLoader>>();
    is_shareable::<MassMap<u8, u8, Bytes, BareLoader>>();
    is_clone::<MassMapBuilder<BareLoader>>();
    is_debug::<MassMapBuilder<BareLoader>>();
}

#[test]
fn maps_builders_and_mergers_can_be_cloned() {
    is_clone::<MassMap<Bare, Bare, Bytes>>();
    is_clone::<MassMap<String, u32, Bytes, FnvLoader>>();
    is_clone::<MassMapInner<Bytes>>();
    is_clone::<MassMapBuilder>();
    is_clone::<MassMapMerger>();
}

#[test]
fn everything_implements_debug() {
    is_debug::<MassMap<Bare, Bare, Bytes>>();
    is_debug::<MassMap<String, u32, File, FnvLoader>>();
    is_debug::<MassMapInner<File, FnvLoader>>();
    is_debug::<MassMapParIter<'_, Bare, Bare, File, FnvLoader>>();
    is_debug::<MassMapIter<'_, Bare, Bare, File, FnvLoader>>();
    is_debug::<MassMapKeys<'_, Bare, Bare, File, FnvLoader>>();
    is_debug::<MassMapValues<'_, Bare, Bare, File, FnvLoader>>();
    is_debug::<(MassMapMerger, MemoryWriter, Bytes)>();
    is_debug::<(AtomicFile, FilePool, PooledFile, Heartbeat, NotKept)>();
}

#[test]
fn iterators_are_fused() {
    is_fused::<MassMapIter<'_, String, u32, File, FnvLoader>>();
    is_fused::<MassMapKeys<'_, String, u32, File, FnvLoader>>();
    is_fused::<MassMapValues<'_, String, u32, File, FnvLoader>>();
}

#[test]
fn errors_turn_into_io_errors() {
    is_error::<FormatError>();
    is_error::<HashError>();
    is_error::<IoError>();
    is_error::<ReadError>();
    is_error::<WriteError>();
}

#[test]
fn maps_can_be_built_into_atomic_files_and_read_through_a_pool() {
    let directory = tempfile::tempdir().unwrap();
    let pool = FilePool::new(1);
    let maps: Vec<_> = (0..3u32)
        .map(|number| {
            let path = directory.path().join(number.to_string());
            let file = AtomicFile::create(&path).unwrap();
            MassMapBuilder::default()
                .build(&file, [("number", number)].iter())
                .unwrap();
            file.commit().unwrap();
            MassMap::<String, u32, _>::load(pool.open(path).unwrap()).unwrap()
        })
        .collect();
    for (number, map) in (0..).zip(&maps) {
        assert_eq!(map.get("number").unwrap(), Some(number));
    }
}

#[test]
fn the_bucket_index_of_an_untyped_map_is_a_method() {
    let _: fn(&MassMapInner<File>) -> &[MassMapBucketMeta] = MassMapInner::<File>::bucket_metas;
}

#[test]
fn neither_keys_nor_values_need_be_clone_to_build_a_map() {
    #[derive(serde::Serialize, PartialEq, Eq, Hash)]
    struct Unclonable(u8);
    let entries = [(Unclonable(1), Unclonable(2))];
    MassMapBuilder::default()
        .build(&MemoryWriter::new(), entries.iter())
        .unwrap();
}

#[test]
fn a_clone_answers_like_the_original_and_a_map_serves_many_threads() {
    let file: Arc<[u8]> =
        support::files::format_1::build(16, &(0..200u32).map(|i| (i, i * 2)).collect::<Vec<_>>()).into();
    let map = MassMap::<u32, u32, _>::load(BytesReader::new(file)).unwrap();
    let clone = map.clone();
    std::thread::scope(|scope| {
        for map in [&map, &clone] {
            for _ in 0..2 {
                scope.spawn(move || {
                    for key in 0..300 {
                        assert_eq!(map.get(&key).unwrap(), (key < 200).then_some(key * 2));
                    }
                });
            }
        }
    });
}
