//! What a map tells of itself.

/// Methods of a map, of which `$with_inner!(map, inner => result)` evaluates `result` with the map without its types.
macro_rules! description {
    ($with_inner:ident) => {
        /// Number of entries in the map, duplicates included.
            pub fn len(&self) -> u64 {
                $with_inner!(self, inner => inner.len())
            }

        /// Whether the map has no entries.
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

        /// Metadata of the map.
            pub fn meta(&self) -> &massmap_format::MassMapMeta {
                $with_inner!(self, inner => &inner.meta)
            }

        /// Header and metadata of the map.
            pub fn info(&self) -> massmap_format::MassMapInfo {
                $with_inner!(self, inner => inner.info())
            }

        /// The format of the file.
            pub fn format(&self) -> massmap_format::FormatVersion {
                $with_inner!(self, inner => inner.format())
            }

        /// Header of a file of format 2.
            pub fn paged_header(&self) -> Option<&massmap_format::PagedHeader> {
                $with_inner!(self, inner => inner.paged_header())
            }

        /// How entries with equal keys were treated when the map was built. Format 1 keeps all.
            pub fn duplicate_keys(&self) -> massmap_format::DuplicateKeys {
                $with_inner!(self, inner => inner.duplicate_keys())
            }

        /// The metadata that the user gave to the builder. Empty in format 1.
            pub fn user_metadata(&self) -> &std::collections::BTreeMap<String, String> {
                $with_inner!(self, inner => inner.user_metadata())
            }

        /// What keys and values are. `None` in format 1, whose files do not tell.
            pub fn entry_types(&self) -> Option<&massmap_format::EntryTypes> {
                $with_inner!(self, inner => inner.entry_types())
            }

        /// How the entries lie in buckets or pages.
            pub fn entry_layout(&self) -> massmap_format::EntryLayout {
                $with_inner!(self, inner => inner.entry_layout())
            }

        /// How the values are compressed. `None` if no compression was asked for, and in format 1.
            pub fn compression(&self) -> Option<&massmap_format::CompressionDescription> {
                $with_inner!(self, inner => inner.compression())
            }

        /// Whether the map has a miss filter, which rules out most missing keys without a request.
            pub fn has_miss_filter(&self) -> bool {
                $with_inner!(self, inner => inner.has_miss_filter())
            }

        /// Which shard of a map this is; `None` if it is none, and in format 1.
            pub fn shard(&self) -> Option<massmap_format::ShardLabel> {
                $with_inner!(self, inner => inner.shard())
            }

        /// What the shards of a build have in common; `None` if nothing was given, and in format 1.
            pub fn build_id(&self) -> Option<[u8; 16]> {
                $with_inner!(self, inner => inner.build_id())
            }
    };
}

pub(crate) use description;
