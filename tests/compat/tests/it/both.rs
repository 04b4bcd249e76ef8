//! Does the same with this crate and with massmap 0.1.5, and compares the results.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::io;

use massmap_0_1_5 as old;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use support::readers::MemoryFile;

/// A hash loader for each of the crates.
pub(crate) trait Loaders {
    /// The loader for this crate.
    type Ours: massmap::MassMapHashLoader;
    /// The loader for 0.1.5.
    type Old: old::MassMapHashLoader;
}

/// The default loader of each crate.
pub(crate) struct DefaultLoaders;

impl Loaders for DefaultLoaders {
    type Ours = massmap::MassMapDefaultHashLoader;
    type Old = old::MassMapDefaultHashLoader;
}

/// Settings of a builder. `None` leaves the default.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    /// Name and parameters of the hash function.
    pub(crate) hash: Option<(String, Value)>,
    pub(crate) seed: Option<u64>,
    pub(crate) buckets: Option<u64>,
    pub(crate) buffer: Option<usize>,
    pub(crate) field_names: Option<bool>,
    pub(crate) limit: Option<u32>,
}

impl Settings {
    /// The defaults, with another number of buckets.
    pub(crate) fn buckets(count: u64) -> Self {
        Self {
            buckets: Some(count),
            ..Self::default()
        }
    }
}

/// Applies settings to a builder of either crate.
macro_rules! configure {
    ($crate_name:ident, $builder:expr, $settings:expr) => {{
        let mut builder = $builder;
        let settings: &Settings = $settings;
        if let Some((name, parameters)) = settings.hash.clone() {
            builder = builder.with_hash_config($crate_name::MassMapHashConfig { name, parameters });
        }
        if let Some(seed) = settings.seed {
            builder = builder.with_hash_seed(seed);
        }
        if let Some(count) = settings.buckets {
            builder = builder.with_bucket_count(count);
        }
        if let Some(size) = settings.buffer {
            builder = builder.with_writer_buffer_size(size);
        }
        if let Some(value) = settings.field_names {
            builder = builder.with_field_names(value);
        }
        if let Some(limit) = settings.limit {
            builder = builder.with_bucket_size_limit(limit);
        }
        builder
    }};
}

/// A file, and the `MassMapInfo` that the build or merge returned, as JSON.
#[derive(Debug, PartialEq)]
pub(crate) struct Built {
    pub(crate) bytes: Vec<u8>,
    pub(crate) info: Value,
}

impl Built {
    fn new(file: &MemoryFile, info: &impl Serialize) -> Self {
        Self {
            bytes: file.to_vec(),
            info: serde_json::to_value(info).expect("infos are plain data"),
        }
    }
}

/// Builds a map with this crate.
pub(crate) fn build_ours<L, K, V>(settings: &Settings, entries: &[(K, V)]) -> io::Result<Built>
where
    L: Loaders,
    K: Serialize + Clone + Hash + Eq,
    V: Serialize + Clone,
{
    let file = MemoryFile::default();
    let builder = <massmap::MassMapBuilder<L::Ours> as Default>::default();
    let info = configure!(massmap, builder, settings).build(&file, entries.iter())?;
    Ok(Built::new(&file, &info))
}

/// Builds a map with 0.1.5.
pub(crate) fn build_old<L, K, V>(settings: &Settings, entries: &[(K, V)]) -> io::Result<Built>
where
    L: Loaders,
    K: Serialize + Clone + Hash + Eq,
    V: Serialize + Clone,
{
    let file = MemoryFile::default();
    let builder = <old::MassMapBuilder<L::Old> as Default>::default();
    let info = configure!(old, builder, settings).build(&file, entries.iter())?;
    Ok(Built::new(&file, &info))
}

/// Asserts that both crates build the same file from `entries` and answer the same when they open it.
///
/// `absent` are keys without an entry. Returns the file.
pub(crate) fn assert_alike<K, V>(settings: &Settings, entries: &[(K, V)], absent: &[K]) -> Vec<u8>
where
    K: Serialize + DeserializeOwned + Clone + Hash + Eq + Debug,
    V: Serialize + DeserializeOwned + Clone + PartialEq + Debug,
{
    assert_alike_with::<DefaultLoaders, K, V>(settings, entries, absent)
}

/// [`assert_alike`] with other hash loaders.
pub(crate) fn assert_alike_with<L, K, V>(settings: &Settings, entries: &[(K, V)], absent: &[K]) -> Vec<u8>
where
    L: Loaders,
    K: Serialize + DeserializeOwned + Clone + Hash + Eq + Debug,
    V: Serialize + DeserializeOwned + Clone + PartialEq + Debug,
{
    let ours = build_ours::<L, K, V>(settings, entries).expect("we build the map");
    let theirs = build_old::<L, K, V>(settings, entries).expect("0.1.5 builds the map");
    assert_eq!(ours.bytes, theirs.bytes, "the files differ, {settings:?}");
    assert_eq!(ours.info, theirs.info);
    // Each opens the file of the other, although the bytes are known to be equal.
    assert_answers_alike::<L, K, V>(&theirs.bytes, &ours.bytes, entries, absent);
    ours.bytes
}

/// Asserts that this crate, with the file `theirs`, and 0.1.5, with the file `ours`, answer according to `entries`.
pub(crate) fn assert_answers_alike<L, K, V>(theirs: &[u8], ours: &[u8], entries: &[(K, V)], absent: &[K])
where
    L: Loaders,
    K: Serialize + DeserializeOwned + Clone + Hash + Eq + Debug,
    V: Serialize + DeserializeOwned + Clone + PartialEq + Debug,
{
    let new = massmap::MassMap::<K, V, _, L::Ours>::load(MemoryFile::new(theirs)).expect("we open it");
    let old = old::MassMap::<K, V, _, L::Old>::load(MemoryFile::new(ours)).expect("0.1.5 opens it");

    assert_eq!(
        serde_json::to_value(new.info()).expect("plain data"),
        serde_json::to_value(old.info()).expect("plain data"),
    );
    assert_eq!(
        serde_json::to_value(new.bucket_metas()).expect("plain data"),
        serde_json::to_value(old.bucket_metas()).expect("plain data"),
    );
    assert_eq!((new.len(), new.is_empty()), (old.len(), old.is_empty()));
    assert_eq!(new.len(), entries.len() as u64);
    assert_eq!(new.bucket_count(), old.bucket_count());

    let all = new
        .iter()
        .collect::<io::Result<Vec<_>>>()
        .expect("we read every entry");
    let all_old = old
        .iter()
        .collect::<io::Result<Vec<_>>>()
        .expect("0.1.5 reads every entry");
    assert_eq!(all, all_old);
    assert_eq!(all.len(), entries.len());
    for index in 0..new.bucket_count().min(64) {
        let bucket = new.get_bucket(index).expect("we read the bucket");
        assert_eq!(bucket, old.get_bucket(index).expect("0.1.5 reads the bucket"));
    }

    // Of entries with the same key, the first one counts.
    let mut expected: HashMap<&K, &V> = HashMap::new();
    for (key, value) in entries {
        expected.entry(key).or_insert(value);
    }
    let keys: Vec<K> = entries
        .iter()
        .map(|(key, _)| key)
        .chain(absent)
        .cloned()
        .collect();
    for key in &keys {
        let found = new.get(key).expect("we look the key up");
        assert_eq!(found.as_ref(), expected.get(key).copied(), "{key:?}");
        assert_eq!(found, old.get(key).expect("0.1.5 looks the key up"), "{key:?}");
        assert_eq!(
            new.contains_key(key).expect("we look the key up"),
            found.is_some()
        );
        assert_eq!(new.bucket_index(key), old.bucket_index(key));
    }
    let batch = new.batch_get::<K>(&keys).expect("we look the keys up");
    let singles: Vec<Option<V>> = keys
        .iter()
        .map(|key| expected.get(key).copied().cloned())
        .collect();
    assert_eq!(batch, singles);
    assert_eq!(batch, old.batch_get::<K>(&keys).expect("0.1.5 looks the keys up"));
}

/// Merges `files` with this crate.
pub(crate) fn merge_ours<K, V>(files: &[Vec<u8>], buffer: usize) -> io::Result<Built>
where
    K: DeserializeOwned + Hash + Eq,
    V: DeserializeOwned + Clone,
{
    let maps = files
        .iter()
        .map(|bytes| massmap::MassMap::<K, V, _>::load(MemoryFile::new(bytes.clone())))
        .collect::<io::Result<Vec<_>>>()?;
    let file = MemoryFile::default();
    let merger = massmap::MassMapMerger::default().with_writer_buffer_size(buffer);
    let info = merger.merge(&file, maps)?;
    Ok(Built::new(&file, &info))
}

/// Merges `files` with 0.1.5.
pub(crate) fn merge_old<K, V>(files: &[Vec<u8>], buffer: usize) -> io::Result<Built>
where
    K: DeserializeOwned + Hash + Eq,
    V: DeserializeOwned + Clone,
{
    let maps = files
        .iter()
        .map(|bytes| old::MassMap::<K, V, _>::load(MemoryFile::new(bytes.clone())))
        .collect::<io::Result<Vec<_>>>()?;
    let file = MemoryFile::default();
    let merger = old::MassMapMerger::default().with_writer_buffer_size(buffer);
    let info = merger.merge(&file, maps)?;
    Ok(Built::new(&file, &info))
}
