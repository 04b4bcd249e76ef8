//! What a file says about its entries.

use massmap_format::{MassMapHashConfig, PagedMetadata};

/// What a file says about its hash function and types.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) hash_config: MassMapHashConfig,
    pub(crate) hash_probes: (u64, u64),
    pub(crate) key_type: String,
    pub(crate) value_type: String,
}

/// The hashes of the keys that tell hash functions apart.
pub(crate) fn hash_probes(integer: impl FnOnce(u64) -> u64, string: impl FnOnce(&str) -> u64) -> (u64, u64) {
    let probes = PagedMetadata::PROBES;
    (integer(probes.0), string(probes.1))
}

/// Names of the types in a file.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    pub(crate) key_type: String,
    pub(crate) value_type: String,
}
