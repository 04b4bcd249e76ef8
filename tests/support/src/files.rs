//! Files in memory: built, opened, merged and taken apart.

pub mod format_1;
pub mod format_2;
mod golden;

use std::fmt::Debug;
use std::hash::Hash;
use std::io::Result;

use massmap::{
    BytesReader, FormatVersion, MassMap, MassMapBuilder, MassMapDefaultHashLoader, MassMapHashLoader,
    MassMapMerger, MemoryWriter,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use golden::golden;

/// Both formats.
pub const FORMATS: [FormatVersion; 2] = [FormatVersion::V1, FormatVersion::V2];

/// A reader of a file in memory.
pub type Bytes = BytesReader<Vec<u8>>;
/// A map of such a file.
pub type Map<K, V, H = MassMapDefaultHashLoader> = MassMap<K, V, Bytes, H>;

/// Builds a file.
pub fn try_build<H, K, V>(builder: MassMapBuilder<H>, entries: &[(K, V)]) -> Result<Vec<u8>>
where
    H: MassMapHashLoader,
    K: Serialize + Hash + Eq,
    V: Serialize,
{
    let writer = MemoryWriter::new();
    builder.build(&writer, entries.iter())?;
    Ok(writer.into_inner())
}

/// Builds a file that must succeed.
pub fn build<H, K, V>(builder: MassMapBuilder<H>, entries: &[(K, V)]) -> Vec<u8>
where
    H: MassMapHashLoader,
    K: Serialize + Hash + Eq,
    V: Serialize,
{
    try_build(builder, entries).expect("the entries make a map")
}

/// Opens an intact file.
pub fn open<H, K, V>(file: &[u8]) -> Map<K, V, H>
where
    H: MassMapHashLoader,
    K: DeserializeOwned + Hash + Eq,
    V: DeserializeOwned + Clone,
{
    Map::load(BytesReader::new(file.to_vec())).expect("the file is intact")
}

/// Merges intact files.
pub fn try_merge<H, K, V>(merger: MassMapMerger, files: &[Vec<u8>]) -> Result<Vec<u8>>
where
    H: MassMapHashLoader,
    K: DeserializeOwned + Hash + Eq,
    V: DeserializeOwned + Clone,
{
    let maps = files.iter().map(|file| open::<H, K, V>(file)).collect();
    let writer = MemoryWriter::new();
    merger.merge(&writer, maps)?;
    Ok(writer.into_inner())
}

/// Every entry of the file, in order.
pub fn entries_of<H, K, V>(file: &[u8]) -> Vec<(K, V)>
where
    H: MassMapHashLoader,
    K: DeserializeOwned + Hash + Eq + Debug,
    V: DeserializeOwned + Clone + Debug,
{
    let map = open::<H, K, V>(file);
    map.iter().collect::<Result<_>>().expect("the file is intact")
}

/// Builds a file of either format. `buckets` is for format 1.
pub fn file_with<K, V>(format: FormatVersion, buckets: u64, entries: &[(K, V)]) -> Vec<u8>
where
    K: Serialize + Hash + Eq,
    V: Serialize,
{
    hashed_file::<MassMapDefaultHashLoader, K, V>(format, buckets, entries)
}

/// The same as [`file_with`], with the hash function of a loader.
pub fn hashed_file<H, K, V>(format: FormatVersion, buckets: u64, entries: &[(K, V)]) -> Vec<u8>
where
    H: MassMapHashLoader,
    K: Serialize + Hash + Eq,
    V: Serialize,
{
    let mut builder = <MassMapBuilder<H> as Default>::default().with_format(format);
    if format == FormatVersion::V2 {
        builder = builder.with_type_names(true);
    }
    let builder = match format {
        FormatVersion::V1 => builder.with_bucket_count(buckets),
        _ => builder,
    };
    build(builder, entries)
}
