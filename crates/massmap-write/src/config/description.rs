//! The hash function and types that a file names.

use massmap_format::{MassMapHashConfig, PagedMetadata};

/// The hash function and types that a file names.
#[derive(Debug, Clone)]
pub(crate) struct Description {
    pub(crate) hash_config: MassMapHashConfig,
    pub(crate) hash_probes: (u64, u64),
    pub(crate) names: TypeNames,
}

/// The hashes of two keys that identify the hash function.
pub(crate) fn hash_probes(integer: impl FnOnce(u64) -> u64, string: impl FnOnce(&str) -> u64) -> (u64, u64) {
    let probes = PagedMetadata::PROBES;
    (integer(probes.0), string(probes.1))
}

/// The names of the key and value types.
#[derive(Debug, Clone, Default)]
pub(crate) struct TypeNames {
    pub(crate) key_type: String,
    pub(crate) value_type: String,
}

impl TypeNames {
    /// Those in a file of format 2, where they may be left out.
    pub(crate) fn only_if(self, wanted: bool) -> Self {
        match wanted {
            true => self,
            false => Self::default(),
        }
    }
}
