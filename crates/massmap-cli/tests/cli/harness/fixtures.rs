//! Maps to run the program on.

use std::hash::{BuildHasherDefault, DefaultHasher, Hash};

use massmap::{
    BytesReader, FormatVersion, MassMapBuilder, MassMapDefaultHashLoader, MassMapHashConfig,
    MassMapHashLoader, MassMapInner, MemoryWriter, Xxh3HashLoader,
};
use serde::Serialize;

/// A hash function that the program does not know.
pub(crate) struct OwnHashLoader;

impl MassMapHashLoader for OwnHashLoader {
    type BuildHasher = BuildHasherDefault<DefaultHasher>;

    fn load(_: &MassMapHashConfig) -> std::io::Result<Self::BuildHasher> {
        Ok(BuildHasherDefault::default())
    }

    fn default_config() -> MassMapHashConfig {
        MassMapHashConfig {
            name: "our own".to_owned(),
            parameters: serde_json::Value::Null,
        }
    }
}

/// The bytes of a map of format 1.
pub(crate) fn map<K: Serialize + Hash + Eq, V: Serialize>(bucket_count: u64, entries: &[(K, V)]) -> Vec<u8> {
    map_with::<MassMapDefaultHashLoader, K, V>(bucket_count, entries)
}

/// The bytes of a map of format 1 with the hash function `H`.
pub(crate) fn map_with<H: MassMapHashLoader, K: Serialize + Hash + Eq, V: Serialize>(
    bucket_count: u64,
    entries: &[(K, V)],
) -> Vec<u8> {
    let writer = MemoryWriter::new();
    MassMapBuilder::<H>::default()
        .with_bucket_count(bucket_count)
        .build(&writer, entries.iter())
        .unwrap();
    writer.into_inner()
}

/// The bytes of a map of format 2 with pages of 512 bytes.
pub(crate) fn paged_map<K: Serialize + Hash + Eq, V: Serialize>(entries: &[(K, V)]) -> Vec<u8> {
    paged_map_with::<Xxh3HashLoader, K, V>(|builder| builder, entries)
}

/// The bytes of a map of format 2 with pages of 512 bytes, unless `configure` says otherwise.
pub(crate) fn paged_map_with<H: MassMapHashLoader, K: Serialize + Hash + Eq, V: Serialize>(
    configure: impl FnOnce(MassMapBuilder<H>) -> MassMapBuilder<H>,
    entries: &[(K, V)],
) -> Vec<u8> {
    default_map_with(|builder| configure(builder.with_page_size(512)), entries)
}

/// Like [`paged_map_with`], with pages of the default size.
pub(crate) fn default_map_with<H: MassMapHashLoader, K: Serialize + Hash + Eq, V: Serialize>(
    configure: impl FnOnce(MassMapBuilder<H>) -> MassMapBuilder<H>,
    entries: &[(K, V)],
) -> Vec<u8> {
    let writer = MemoryWriter::new();
    let builder = MassMapBuilder::<H>::default().with_format(FormatVersion::V2);
    configure(builder).build(&writer, entries.iter()).unwrap();
    writer.into_inner()
}

/// The bytes of a map of format 1 as massmap 0.1.5 builds it. `tests/compat` shows that the library builds the same bytes for
/// such entries.
pub(crate) fn published_map<K: Serialize + Hash + Eq, V: Serialize>(
    hash_seed: u64,
    bucket_count: u64,
    entries: &[(K, V)],
) -> Vec<u8> {
    let writer = MemoryWriter::new();
    MassMapBuilder::<MassMapDefaultHashLoader>::default()
        .with_hash_seed(hash_seed)
        .with_bucket_count(bucket_count)
        .build(&writer, entries.iter())
        .unwrap();
    writer.into_inner()
}

/// The bytes of three maps: with the `entries` of the lower buckets, with those of the upper ones, and with all.
pub(crate) fn shards<H, K, V>(bucket_count: u64, entries: &[(K, V)]) -> [Vec<u8>; 3]
where
    H: MassMapHashLoader,
    K: Serialize + Hash + Eq + Clone + for<'de> serde::Deserialize<'de>,
    V: Serialize + Clone + for<'de> serde::Deserialize<'de>,
{
    let whole = map_with::<H, _, _>(bucket_count, entries);
    let places = MassMapInner::<_, H>::load(BytesReader::new(&whole))
        .unwrap()
        .cast::<K, V>();
    let (lower, upper): (Vec<_>, Vec<_>) = entries
        .iter()
        .cloned()
        .partition(|(key, _)| (places.bucket_index(key) as u64) < bucket_count / 2);
    assert!(!lower.is_empty() && !upper.is_empty());
    [
        map_with::<H, _, _>(bucket_count, &lower),
        map_with::<H, _, _>(bucket_count, &upper),
        whole,
    ]
}

/// A hundred entries with keys made by `key`.
pub(crate) fn hundred<K>(key: impl Fn(u64) -> K) -> Vec<(K, u64)> {
    (0..100).map(|n| (key(n), n)).collect()
}

/// Header and metadata as the program prints them.
pub(crate) fn info_json(bytes: &[u8]) -> String {
    let inner = MassMapInner::<_, AnyHashLoader>::load(BytesReader::new(bytes)).unwrap();
    serde_json::to_string_pretty(&inner.info()).unwrap() + "\n"
}

/// For reading only metadata.
struct AnyHashLoader;

impl MassMapHashLoader for AnyHashLoader {
    type BuildHasher = BuildHasherDefault<DefaultHasher>;

    fn load(_: &MassMapHashConfig) -> std::io::Result<Self::BuildHasher> {
        Ok(BuildHasherDefault::default())
    }
}
