//! The metadata fields, `FORMAT.md` section 1.3.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::{FormatError, MassMapHashConfig, MassMapHeader, Walker};

/// Longest encoded name of a hash function, in bytes.
const MAX_HASH_NAME: usize = 256;

/// Longest encoded parameters of a hash function, in bytes. Decoded, they can take a few hundred times as much memory: an
/// element of one byte becomes a value of several words.
const MAX_HASH_PARAMETERS: usize = 1024;

/// Checks that the encoded fields have the layout of the format, before any of them is decoded.
pub(crate) fn check_fields(fields: &[u8]) -> Result<(), FormatError> {
    let mut walker = Walker::new(fields);
    walker.array_of(7)?;
    for _ in ["entry_count", "bucket_count", "occupied_bucket_count"] {
        walker.unsigned()?;
    }
    walker.array_of(2)?;
    for _ in ["start", "end"] {
        walker.unsigned()?;
    }
    walker.array_of(2)?;
    let name = walker.string()?.len();
    let parameters = walker.value()?.len();
    for (field, length, limit) in [
        ("name", name, MAX_HASH_NAME),
        ("parameters", parameters, MAX_HASH_PARAMETERS),
    ] {
        if length > limit {
            return Err(FormatError::HashConfigTooLong { field, length, limit });
        }
    }
    for _ in ["key_type", "value_type"] {
        walker.string()?;
    }
    walker.finish()
}

/// The metadata of a map, stored behind its buckets.
#[derive(Serialize, Deserialize, Debug, Default, Clone, PartialEq, Eq)]
pub struct MassMapMeta {
    /// Number of entries, duplicates included.
    pub entry_count: u64,
    /// Number of buckets, from 1 to `u32::MAX`.
    pub bucket_count: u64,
    /// Number of buckets that have entries.
    pub occupied_bucket_count: u64,
    /// The range from the first bucket that has entries to the last one; `0..0` if none has.
    pub occupied_bucket_range: Range<u64>,
    /// The hash function that distributes the keys.
    pub hash_config: MassMapHashConfig,
    /// Name of the key type in the program that built the map, for information.
    pub key_type: String,
    /// Name of the value type in the program that built the map, for information.
    pub value_type: String,
}

/// Header and metadata of a map, which building returns and `info` shows.
#[derive(Serialize, Deserialize, Debug, Default, Clone, PartialEq, Eq)]
pub struct MassMapInfo {
    /// Header of the file.
    pub header: MassMapHeader,
    /// Metadata of the file.
    pub meta: MassMapMeta,
}
