//! The metadata fields, `FORMAT.md` section 1.3.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::{MassMapHashConfig, MassMapHeader};

/// Metadata of a map, stored behind its buckets.
#[derive(Serialize, Deserialize, Debug, Default, Clone, PartialEq, Eq)]
pub struct MassMapMeta {
    /// Number of entries, duplicates included.
    pub entry_count: u64,
    /// Number of buckets, from 1 to `u32::MAX`.
    pub bucket_count: u64,
    /// Number of buckets that have entries.
    pub occupied_bucket_count: u64,
    /// From the first bucket that has entries to behind the last one; `0..0` where none has.
    pub occupied_bucket_range: Range<u64>,
    /// The hash function that distributes the keys.
    pub hash_config: MassMapHashConfig,
    /// Name of the key type in the program that built the map, for information.
    pub key_type: String,
    /// Name of the value type in the program that built the map, for information.
    pub value_type: String,
}

/// Header and metadata of a map: what building returns and `info` shows.
#[derive(Serialize, Deserialize, Debug, Default, Clone, PartialEq, Eq)]
pub struct MassMapInfo {
    /// Header of the file.
    pub header: MassMapHeader,
    /// Metadata of the file.
    pub meta: MassMapMeta,
}
