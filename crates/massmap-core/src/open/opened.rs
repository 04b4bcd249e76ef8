//! The result of opening a file.

use std::collections::BTreeMap;

use massmap_format::{DuplicateKeys, MassMapHeader, MassMapMeta};

use crate::Index;

/// Header, metadata and index of a file, from an [`Opening`](crate::Opening).
#[derive(Debug, Clone)]
pub struct Opened {
    /// Header of a file of format 1; for a file of format 2, the place of its metadata.
    pub header: MassMapHeader,
    /// Metadata of the map.
    pub meta: MassMapMeta,
    /// The places of the entries.
    pub index: Index,
    /// How entries with equal keys were treated when the map was built. Format 1 keeps all.
    pub duplicate_keys: DuplicateKeys,
    /// The metadata that the user gave to the builder; empty in format 1.
    pub user_metadata: BTreeMap<String, String>,
    /// The hashes of [`PagedMetadata::PROBES`](massmap_format::PagedMetadata::PROBES) by the hash function of the file; `None` in
    /// format 1.
    pub hash_probes: Option<(u64, u64)>,
}
