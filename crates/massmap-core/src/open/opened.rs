//! The result of opening a file.

use std::collections::BTreeMap;

use massmap_format::{DuplicateKeys, EntryTypes, MassMapHeader, MassMapMeta};

use crate::Index;

/// Header, metadata and index of a file, from an [`Opening`](crate::Opening).
#[derive(Debug, Clone)]
pub struct Opened {
    /// Header of a file of format 1; for a file of format 2, the place of its metadata.
    pub header: MassMapHeader,
    /// Metadata of the map. Descriptions of [`types`](Self::types) stand in for names of types that the file lacks.
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
    /// What keys and values are; `None` in format 1.
    pub types: Option<EntryTypes>,
    /// Whether the file has the names that its types have in the program that wrote it.
    pub has_type_names: bool,
}
