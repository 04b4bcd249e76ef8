// Included by `api.rs` here and in `tests/compat`; `subject` is the crate.

use std::borrow::Borrow;
use std::fmt::Debug;
use std::fs::File;
use std::hash::{BuildHasher, Hash};
use std::io::Result;
use std::slice;

use serde::Serialize;
use serde::de::DeserializeOwned;
use support::readers::MemoryFile;

use subject::{
    MassMap, MassMapBucketMeta, MassMapBuilder, MassMapDefaultHashLoader, MassMapHashConfig,
    MassMapHashLoader, MassMapHeader, MassMapInfo, MassMapInner, MassMapIter, MassMapMerger, MassMapMeta,
    MassMapReader, MassMapWriter,
};

/// A reader and writer of its own, with the signatures that 0.1.5 declares.
#[derive(Debug, Default)]
struct Store(MemoryFile);

impl MassMapReader for Store {
    fn read_exact_at<F, R>(&self, offset: u64, length: u64, f: F) -> Result<R>
    where
        F: Fn(&[u8]) -> Result<R>,
    {
        MassMapReader::read_exact_at(&self.0, offset, length, f)
    }

    fn batch_read_at<Q: ?Sized, F, R>(
        &self,
        iov: impl IntoIterator<Item = (impl Borrow<Q>, u64, u64)>,
        f: F,
    ) -> Result<Vec<R>>
    where
        F: Fn(&Q, &[u8]) -> Result<R>,
    {
        MassMapReader::batch_read_at::<Q, F, R>(&self.0, iov, f)
    }
}

impl MassMapWriter for Store {
    fn write_all_at(&self, data: &[u8], offset: u64) -> Result<()> {
        MassMapWriter::write_all_at(&self.0, data, offset)
    }
}

/// A loader that implements only what 0.1.5 requires, not even a common trait.
struct Loader;

impl MassMapHashLoader for Loader {
    type BuildHasher = std::hash::BuildHasherDefault<std::hash::DefaultHasher>;

    fn load(config: &MassMapHashConfig) -> Result<Self::BuildHasher> {
        assert_eq!(config.name, "foldhash");
        Ok(Self::BuildHasher::default())
    }
}

type Entry = (String, u32);

fn is_reader<T: MassMapReader>() {}
fn is_writer<T: MassMapWriter>() {}
fn is_data<T: Debug + Clone + PartialEq + Eq + Default + Serialize + DeserializeOwned>() {}
fn is_ordered<T: Copy + PartialOrd + Ord>() {}
fn is_debug<T: Debug>() {}
fn is_default<T: Default>() {}

#[test]
fn structures_have_the_fields_and_traits_of_0_1_5() {
    is_data::<MassMapHeader>();
    is_data::<MassMapMeta>();
    is_data::<MassMapBucketMeta>();
    is_data::<MassMapInfo>();
    is_data::<MassMapHashConfig>();
    is_ordered::<MassMapBucketMeta>();

    let header = MassMapHeader {
        meta_offset: 24u64,
        meta_length: 1u64,
    };
    let hash_config = MassMapHashConfig {
        name: String::from("foldhash"),
        parameters: serde_json::json!({ "seed": 0 }),
    };
    assert_eq!(hash_config, MassMapHashConfig::default());
    let meta = MassMapMeta {
        entry_count: 1u64,
        bucket_count: 2u64,
        occupied_bucket_count: 1u64,
        occupied_bucket_range: 0u64..1u64,
        hash_config,
        key_type: String::new(),
        value_type: String::new(),
    };
    let info = MassMapInfo { header, meta };
    let bucket = MassMapBucketMeta {
        offset: 24u64,
        length: 1u32,
        count: 1u32,
    };
    assert!(MassMapBucketMeta::default() < bucket);
    // Exhaustive: there are no other fields.
    let MassMapInfo { header, meta } = info;
    let MassMapHeader {
        meta_offset: _,
        meta_length: _,
    } = header;
    let MassMapBucketMeta {
        offset: _,
        length: _,
        count: _,
    } = bucket;
    let MassMapMeta {
        entry_count: _,
        bucket_count: _,
        occupied_bucket_count: _,
        occupied_bucket_range: _,
        hash_config: MassMapHashConfig {
            name: _,
            parameters: _,
        },
        key_type: _,
        value_type: _,
    } = meta;
}

#[test]
fn the_fields_have_the_order_and_the_names_of_0_1_5_when_serialized() {
    let info = MassMapInfo::default();
    assert_eq!(
        serde_json::to_string(&(&info, MassMapBucketMeta::default())).unwrap(),
        r#"[{"header":{"meta_offset":0,"meta_length":0},"meta":{"entry_count":0,"bucket_count":0,"#
            .to_owned()
            + r#""occupied_bucket_count":0,"occupied_bucket_range":{"start":0,"end":0},"hash_config":"#
            + r#"{"name":"foldhash","parameters":{"seed":0}},"key_type":"","value_type":""}},"#
            + r#"{"offset":0,"length":0,"count":0}]"#
    );
    let bytes = rmp_serde::to_vec(&info).unwrap();
    assert_eq!(rmp_serde::from_slice::<MassMapInfo>(&bytes).unwrap(), info);
}

#[test]
fn headers_have_the_items_of_0_1_5() {
    const SIZE: usize = MassMapHeader::SIZE;
    let serialize: fn(&MassMapHeader) -> [u8; SIZE] = MassMapHeader::serialize;
    let deserialize: fn(&[u8]) -> Result<MassMapHeader> = MassMapHeader::deserialize;
    let header = MassMapHeader::default();
    assert_eq!(deserialize(&serialize(&header)).unwrap(), header);
}

#[test]
fn hash_loaders_have_the_items_of_0_1_5() {
    is_debug::<MassMapDefaultHashLoader>();
    is_default::<MassMapDefaultHashLoader>();
    let MassMapDefaultHashLoader = MassMapDefaultHashLoader;
    const NAME: &str = MassMapDefaultHashLoader::NAME;
    assert_eq!(NAME, "foldhash");
    let load: fn(&MassMapHashConfig) -> Result<foldhash::fast::FixedState> =
        <MassMapDefaultHashLoader as MassMapHashLoader>::load;
    let hasher = load(&MassMapHashConfig::default()).unwrap();
    assert_eq!(
        hasher.hash_one(7),
        foldhash::fast::FixedState::with_seed(0).hash_one(7)
    );
}

#[test]
fn builders_have_the_methods_of_0_1_5() {
    is_debug::<MassMapBuilder>();
    is_default::<MassMapBuilder<Loader>>();
    // The default type parameter; the constructor needs no annotation.
    let default: fn() -> MassMapBuilder<MassMapDefaultHashLoader> = MassMapBuilder::default;
    let _: MassMapBuilder = default();

    type Own = MassMapBuilder<Loader>;
    let config: fn(Own, MassMapHashConfig) -> Own = Own::with_hash_config;
    let seed: fn(Own, u64) -> Own = Own::with_hash_seed;
    let count: fn(Own, u64) -> Own = Own::with_bucket_count;
    let buffer: fn(Own, usize) -> Own = Own::with_writer_buffer_size;
    let names: fn(Own, bool) -> Own = Own::with_field_names;
    let limit: fn(Own, u32) -> Own = Own::with_bucket_size_limit;
    let build: fn(Own, &Store, slice::Iter<'static, Entry>) -> Result<MassMapInfo> =
        |builder, writer, entries| builder.build::<Store, String, u32>(writer, entries);

    let builder = config(<Own as Default>::default(), MassMapHashConfig::default());
    let builder = limit(names(buffer(count(seed(builder, 1), 2), 3), true), 400);
    let info = build(builder, &Store::default(), [].iter()).unwrap();
    assert_eq!(info.meta.bucket_count, 2);
}

#[test]
fn entries_can_be_owned_borrowed_or_boxed() {
    let entries = || (0..4u8).map(|i| (i, i));
    let built = |result: Result<MassMapInfo>| assert_eq!(result.unwrap().meta.entry_count, 4);
    built(MassMapBuilder::default().build(&Store::default(), entries()));
    built(MassMapBuilder::default().build(&Store::default(), entries().collect::<Vec<_>>().iter()));
    built(MassMapBuilder::default().build::<_, u8, u8>(&Store::default(), entries().map(Box::new)));
    built(
        MassMapBuilder::default().build::<_, u8, u8>(&Store::default(), entries().map(std::sync::Arc::new)),
    );
}

#[test]
fn readers_and_writers_have_the_implementations_of_0_1_5() {
    is_reader::<File>();
    is_writer::<File>();
    is_reader::<MemoryFile>();
    is_writer::<MemoryFile>();
    // The provided method: a range of length 0 is not read.
    let file = MemoryFile::new(*b"abc");
    let ranges = vec![(String::from("x"), 1, 2), (String::from("y"), 99, 0)];
    let read = file.batch_read_at::<str, _, _>(ranges, |name, bytes| Ok((name.to_owned(), bytes.len())));
    assert_eq!(read.unwrap(), [(String::from("x"), 2), (String::from("y"), 0)]);
}

/// Names every method of a map with all its type parameters.
#[expect(
    clippy::type_complexity,
    reason = "the types are spelled out, that is the test"
)]
fn name_methods<K, V, R, H>()
where
    K: DeserializeOwned + Eq + Hash + Borrow<str>,
    V: DeserializeOwned + Clone,
    R: MassMapReader,
    H: MassMapHashLoader,
{
    let _: fn(R) -> Result<MassMap<K, V, R, H>> = MassMap::<K, V, R, H>::load;
    let _: fn(&MassMap<K, V, R, H>) -> u64 = MassMap::<K, V, R, H>::len;
    let _: fn(&MassMap<K, V, R, H>) -> bool = MassMap::<K, V, R, H>::is_empty;
    let _: fn(&MassMap<K, V, R, H>) -> usize = MassMap::<K, V, R, H>::bucket_count;
    let _: fn(&MassMap<K, V, R, H>) -> &MassMapMeta = MassMap::<K, V, R, H>::meta;
    let _: fn(&MassMap<K, V, R, H>) -> &[MassMapBucketMeta] = MassMap::<K, V, R, H>::bucket_metas;
    let _: fn(&MassMap<K, V, R, H>) -> &MassMapHeader = MassMap::<K, V, R, H>::header;
    let _: fn(&MassMap<K, V, R, H>) -> &R = MassMap::<K, V, R, H>::reader;
    let _: fn(&MassMap<K, V, R, H>) -> MassMapInfo = MassMap::<K, V, R, H>::info;
    let _: fn(&MassMap<K, V, R, H>, &str) -> Result<Option<V>> = MassMap::<K, V, R, H>::get::<str>;
    let _: fn(&MassMap<K, V, R, H>, &K) -> Result<Option<V>> = MassMap::<K, V, R, H>::get::<K>;
    let _: fn(&MassMap<K, V, R, H>, &[&str]) -> Result<Vec<Option<V>>> =
        |map, keys| map.batch_get::<str>(keys.iter().copied());
    let _: fn(&MassMap<K, V, R, H>) -> MassMapIter<'_, K, V, R, H> = MassMap::<K, V, R, H>::iter;
    let _: fn(&MassMap<K, V, R, H>, usize) -> Result<Vec<(K, V)>> = MassMap::<K, V, R, H>::get_bucket;
    let _: fn(&MassMap<K, V, R, H>, &str) -> usize = MassMap::<K, V, R, H>::bucket_index::<str>;

    let _: fn(R) -> Result<MassMapInner<R, H>> = MassMapInner::<R, H>::load;
    let _: fn(&MassMapInner<R, H>) -> u64 = MassMapInner::<R, H>::len;
    let _: fn(&MassMapInner<R, H>) -> bool = MassMapInner::<R, H>::is_empty;
    let _: fn(&MassMapInner<R, H>) -> MassMapInfo = MassMapInner::<R, H>::info;
    let _: fn(MassMapInner<R, H>) -> MassMap<K, V, R, H> = MassMapInner::<R, H>::cast::<K, V>;

    let _: fn(MassMapMerger, &Store, Vec<MassMap<K, V, R, H>>) -> Result<MassMapInfo> =
        MassMapMerger::merge::<Store, K, V, R, H>;
    fn is_iterator<K, V, T: Iterator<Item = Result<(K, V)>>>() {}
    is_iterator::<K, V, MassMapIter<'_, K, V, R, H>>();
}

#[test]
fn maps_and_mergers_have_the_methods_of_0_1_5() {
    name_methods::<String, u32, Store, MassMapDefaultHashLoader>();
    name_methods::<String, Vec<Option<bool>>, File, Loader>();
    is_debug::<MassMapInner<File>>();
    is_debug::<MassMapMerger>();
    is_default::<MassMapMerger>();
    let buffer: fn(MassMapMerger, usize) -> MassMapMerger = MassMapMerger::with_writer_buffer_size;
    let maps = Vec::<MassMap<String, u32, Store>>::new();
    buffer(MassMapMerger::default(), 9)
        .merge(&Store::default(), maps)
        .map(drop)
        .unwrap_err();
}

#[test]
fn untyped_maps_have_the_public_fields_of_0_1_5() {
    let file = MemoryFile::default();
    MassMapBuilder::default()
        .build(&file, [("key".to_owned(), 1u8)].iter())
        .unwrap();
    // The default type parameters of both.
    let mut inner: MassMapInner<Store> = MassMapInner::<_>::load(Store(file)).unwrap();
    let _: &MassMapHeader = &inner.header;
    let _: &mut MassMapMeta = &mut inner.meta;
    let _: &Store = &inner.reader;
    let map: MassMap<String, u8, Store> = inner.cast();
    assert_eq!(map.get("key").unwrap(), Some(1));
}
