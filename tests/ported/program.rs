//! A program written for massmap 0.1.5 that uses its whole API.
//!
//! The packages `ported` and `ported-0_1_5` compile this same file, one with the massmap of this repository and one with the
//! published crate. A test in `tests/compat` runs both and compares their output.

mod fnv;
mod memory;
mod output;
mod remote;

use std::fmt::Debug;
use std::fs::File;
use std::io::Result;
use std::path::Path;

use massmap::{
    MassMap, MassMapBucketMeta, MassMapBuilder, MassMapDefaultHashLoader, MassMapHashConfig,
    MassMapHashLoader, MassMapHeader, MassMapInfo, MassMapInner, MassMapIter, MassMapMerger, MassMapMeta,
    MassMapReader, MassMapWriter,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::fnv::FnvLoader;
use crate::memory::Memory;
pub use crate::output::Output;
use crate::remote::Remote;

/// The values. A type defined here would have different names in the two packages, and so in their files.
pub trait Item: Serialize + DeserializeOwned + Clone + PartialEq + Debug {}

impl<T: Serialize + DeserializeOwned + Clone + PartialEq + Debug> Item for T {}

/// Runs the program with `items`, which have distinct names, in the folder `dir`.
///
/// # Errors
///
/// Any unexpected error.
pub fn run<T: Item>(dir: &Path, items: &[(String, T)]) -> Result<Output> {
    let mut output = Output::default();
    defaults(dir, &mut output)?;
    all_options(items, &mut output)?;
    own_hash_function(items, &mut output)?;
    own_reader(items, &mut output)?;
    untyped(dir, &mut output)?;
    merging(dir, &mut output)?;
    structures(&mut output)?;
    refusals(items, &mut output);
    Ok(output)
}

/// A file with default settings, as in the example of the crate.
fn defaults(dir: &Path, output: &mut Output) -> Result<()> {
    let entries = [("apple".to_string(), 1u32), ("banana".to_string(), 2u32)];
    let path = dir.join("defaults.massmap");
    let file = File::create(&path)?;
    let info = MassMapBuilder::default().build(&file, entries.iter())?;
    output.debug("defaults: info", &info);
    output.bytes("defaults: file", std::fs::read(&path)?);

    let map = MassMap::<String, u32, _>::load(File::open(&path)?)?;
    output.debug("defaults: hit", &map.get("banana")?);
    output.debug("defaults: miss", &map.get("cherry")?);
    output.debug("defaults: owned key", &map.get(&"apple".to_string())?);
    output.debug(
        "defaults: batch",
        &map.batch_get::<str>(["banana", "fig", "apple"])?,
    );
    let keys = ["fig", "banana"].map(String::from);
    output.debug("defaults: batch of owned keys", &map.batch_get::<String>(&keys)?);
    Ok(())
}

/// Every setting of the builder, on a backend in memory.
fn all_options<T: Item>(items: &[(String, T)], output: &mut Output) -> Result<()> {
    let memory = Memory::default();
    let config = MassMapHashConfig {
        name: MassMapDefaultHashLoader::NAME.to_string(),
        parameters: serde_json::json!({ "seed": 1, "comment": "kept" }),
    };
    let builder = MassMapBuilder::default()
        .with_hash_config(config)
        .with_hash_seed(99)
        .with_bucket_count(5)
        .with_writer_buffer_size(50)
        .with_field_names(true)
        .with_bucket_size_limit(1 << 16);
    output.debug(
        "all options: info",
        &builder.build(&memory, items.iter().cloned())?,
    );
    output.bytes("all options: file", memory.to_vec());

    let map = MassMap::<String, T, _>::load(memory)?;
    describe(&map, "all options", output)?;
    output.debug("all options: length of the file", &map.reader().to_vec().len());
    Ok(())
}

/// Everything that a map tells about itself and its entries, for any loader and reader.
fn describe<T: Item, R: MassMapReader, H: MassMapHashLoader>(
    map: &MassMap<String, T, R, H>,
    name: &str,
    output: &mut Output,
) -> Result<()> {
    let header: &MassMapHeader = map.header();
    let meta: &MassMapMeta = map.meta();
    let buckets: &[MassMapBucketMeta] = map.bucket_metas();
    let info: MassMapInfo = map.info();
    assert_eq!((&info.header, &info.meta), (header, meta));
    output.debug(&format!("{name}: header"), header);
    output.debug(&format!("{name}: meta"), meta);
    output.debug(&format!("{name}: buckets"), &buckets);
    output.debug(
        &format!("{name}: size"),
        &(map.len(), map.is_empty(), map.bucket_count()),
    );

    let iter: MassMapIter<'_, String, T, R, H> = map.iter();
    let entries = iter.collect::<Result<Vec<(String, T)>>>()?;
    output.debug(&format!("{name}: entries"), &entries);
    for (key, value) in &entries {
        assert_eq!(map.get(key)?.as_ref(), Some(value));
        assert_eq!(map.get(key.as_str())?.as_ref(), Some(value));
        let bucket: usize = map.bucket_index(key.as_str());
        assert!(map.get_bucket(bucket)?.contains(&(key.clone(), value.clone())));
    }
    for index in 0..map.bucket_count() {
        output.debug(&format!("{name}: bucket {index}"), &map.get_bucket(index)?);
    }
    output.debug(&format!("{name}: a few"), &map.iter().take(2).count());
    let keys = entries.iter().map(|(key, _)| key.as_str()).chain(["kiwi"]);
    output.debug(&format!("{name}: batch"), &map.batch_get::<str>(keys)?);
    Ok(())
}

/// A custom hash function.
fn own_hash_function<T: Item>(items: &[(String, T)], output: &mut Output) -> Result<()> {
    let memory = Memory::default();
    let info = <MassMapBuilder<FnvLoader> as Default>::default()
        .with_hash_config(FnvLoader::config(17))
        .with_bucket_count(6)
        .build(&memory, items.iter())?;
    output.debug("own hash function: info", &info);
    output.bytes("own hash function: file", memory.to_vec());
    let map = MassMap::<String, T, Memory, FnvLoader>::load(memory)?;
    describe(&map, "own hash function", output)
}

/// A custom reader with its own way of reading batches.
fn own_reader<T: Item>(items: &[(String, T)], output: &mut Output) -> Result<()> {
    let memory = Memory::default();
    MassMapBuilder::default()
        .with_bucket_count(3)
        .build(&memory, items.iter())?;
    let map = MassMap::<String, T, _>::load(Remote::new(memory.to_vec()))?;
    describe(&map, "own reader", output)?;
    output.debug("own reader: batches", &map.reader().batches());
    Ok(())
}

/// A map without types that is cast later to types other than those it was built with.
fn untyped(dir: &Path, output: &mut Output) -> Result<()> {
    let path = dir.join("untyped.massmap");
    let entries = [("apple", 1), ("banana", 2), ("cherry", 3), ("date", 4)];
    let file = File::create(&path)?;
    MassMapBuilder::default()
        .with_hash_seed(42)
        .with_bucket_count(8)
        .build(&file, entries.iter())?;
    output.bytes("untyped: file", std::fs::read(&path)?);

    let inner = MassMapInner::<_>::load(File::open(&path)?)?;
    output.debug("untyped: size", &(inner.len(), inner.is_empty()));
    output.debug("untyped: info", &inner.info());
    output.debug("untyped: header", &inner.header);
    output.debug("untyped: meta", &inner.meta);
    output.debug("untyped: length of the file", &inner.reader.metadata()?.len());
    let map: MassMap<String, i64, _, _> = inner.cast();
    output.debug("untyped: hit", &map.get("apple")?);
    output.debug("untyped: miss", &map.get("steins")?);
    Ok(())
}

/// Three shards in files, merged.
fn merging(dir: &Path, output: &mut Output) -> Result<()> {
    let entries: Vec<(u64, String)> = (0..50).map(|i| (i * i, format!("{i}"))).collect();
    let whole = Memory::default();
    let builder = || MassMapBuilder::default().with_bucket_count(12);
    builder().build(&whole, entries.iter())?;
    let map = MassMap::<u64, String, _>::load(whole)?;

    let mut maps = Vec::new();
    for (number, range) in [8..12, 0..3, 3..8].into_iter().enumerate() {
        let path = dir.join(format!("shard-{number}.massmap"));
        let part = entries
            .iter()
            .filter(|(key, _)| range.contains(&map.bucket_index(key)));
        builder().build(&File::create(&path)?, part)?;
        output.bytes(&format!("merging: shard {number}"), std::fs::read(&path)?);
        maps.push(MassMap::<u64, String, _>::load(File::open(&path)?)?);
    }
    let path = dir.join("merged.massmap");
    let merger = MassMapMerger::default().with_writer_buffer_size(8 << 10);
    output.debug("merging: info", &merger.merge(&File::create(&path)?, maps)?);
    let merged = std::fs::read(&path)?;
    assert_eq!(merged, map.reader().to_vec());
    output.bytes("merging: file", merged);
    Ok(())
}

/// The structures of a file, made by hand.
fn structures(output: &mut Output) -> Result<()> {
    let header = MassMapHeader {
        meta_offset: 12345,
        meta_length: 67890,
    };
    let bytes: [u8; MassMapHeader::SIZE] = header.serialize();
    output.bytes("structures: header", bytes.to_vec());
    assert_eq!(MassMapHeader::deserialize(&bytes)?, header);

    let meta = MassMapMeta {
        entry_count: 3,
        bucket_count: 2,
        occupied_bucket_count: 1,
        occupied_bucket_range: 1..2,
        hash_config: MassMapHashConfig::default(),
        key_type: "key".to_string(),
        value_type: "value".to_string(),
    };
    let bucket = MassMapBucketMeta {
        offset: 24,
        length: 9,
        count: 3,
    };
    assert!(bucket > MassMapBucketMeta::default());
    let info = MassMapInfo { header, meta };
    output.debug("structures: info", &info);
    output.debug(
        "structures: defaults",
        &(MassMapInfo::default(), MassMapBucketMeta::default()),
    );
    output.bytes("structures: JSON", serde_json::to_vec(&(&info, bucket))?);

    let memory = Memory::default();
    MassMapWriter::write_all_at(&memory, b"positioned", 3)?;
    let read = MassMapReader::read_exact_at(&memory, 5, 4, |bytes| Ok(bytes.to_vec()))?;
    output.bytes("structures: positioned", read);
    let ranges = [("a", 3, 1), ("b", 0, 0), ("c", 4, 2)];
    let batch =
        memory.batch_read_at::<str, _, _>(ranges, |name, bytes| Ok((name.to_owned(), bytes.to_vec())))?;
    output.debug("structures: batch", &batch);
    Ok(())
}

/// Refusals and the kinds of their errors.
fn refusals<T: Item>(items: &[(String, T)], output: &mut Output) {
    let built = |builder: MassMapBuilder| builder.build(&Memory::default(), items.iter()).map(drop);
    let config = |name: &str, parameters| MassMapHashConfig {
        name: name.to_string(),
        parameters,
    };
    let builder = MassMapBuilder::default;
    let seed = serde_json::json!({ "seed": 1 });
    output.refusal(
        "limit",
        built(builder().with_bucket_count(1).with_bucket_size_limit(10)),
    );
    output.refusal(
        "hash",
        built(builder().with_hash_config(config("md5", seed.clone()))),
    );
    output.refusal(
        "seed",
        built(builder().with_hash_config(config("foldhash", serde_json::json!({})))),
    );
    let merged = MassMapMerger::default().merge(&Memory::default(), Vec::<MassMap<u8, u8, Memory>>::new());
    output.refusal("no maps", merged.map(drop));
    output.refusal("header", MassMapHeader::deserialize(b"MASSMAP!").map(drop));
    output.refusal("magic", MassMapHeader::deserialize(&[b'?'; 24]).map(drop));
    let text = Memory::from(b"this is no massmap file at all".to_vec());
    output.refusal("text", MassMap::<u8, u8, _>::load(text).map(drop));
    let short = Memory::from(b"MASSMAP!".to_vec());
    output.refusal("short file", MassMapInner::<_>::load(short).map(drop));
    output.refusal(
        "loader",
        MassMapDefaultHashLoader::load(&config("xxh64", seed)).map(drop),
    );
}
