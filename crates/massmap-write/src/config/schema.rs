//! The hash function and types that a file names.

use massmap_format::{MassMapHashConfig, PagedMetadata};

/// The hash function and types that a file names.
#[derive(Debug, Clone)]
pub(crate) struct Schema {
    pub(crate) hash_config: MassMapHashConfig,
    pub(crate) hash_probes: (u64, u64),
    pub(crate) types: TypeNames,
}

/// The hashes of two keys that identify the hash function.
pub(crate) fn hash_probes(integer: impl FnOnce(u64) -> u64, string: impl FnOnce(&str) -> u64) -> (u64, u64) {
    let probes = PagedMetadata::PROBES;
    (integer(probes.0), string(probes.1))
}

/// The names of the key and value types.
#[derive(Debug, Clone)]
pub(crate) struct TypeNames {
    pub(crate) key_type: String,
    pub(crate) value_type: String,
}
