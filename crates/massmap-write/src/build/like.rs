//! Builders with the settings of a map.

use massmap_core::dynamic::has_structs;
use massmap_format::PagedHeader;
use massmap_hash::MassMapHashLoader;
use massmap_read::MassMapInner;

use super::builder::MassMapBuilder;
use crate::config::{Buckets, Compression, Shard};

impl<H: MassMapHashLoader> MassMapBuilder<H> {
    /// A builder with the settings that `map` was built with, as far as its file tells them: the format, the hash function, the
    /// names of the types, if the file has them, and
    ///
    /// - in format 2 the page size, if it was chosen, the longest run, the handling of duplicate keys, the compression, whether there is a
    ///   miss filter, the user metadata, the shard and the build id, and whether structs have field names;
    /// - in format 1 the number of buckets.
    ///
    /// The same entries in the order of the file then give the same bytes, if all of this is true:
    ///
    /// - They are serialized as in the program that wrote the file. A [`TypedKey`](massmap_core::dynamic::TypedKey) and a
    ///   [`TypedValue`](massmap_core::dynamic::TypedValue) are, with the [types](Self::with_entry_types) of the map.
    /// - Format 1 does not tell whether structs have field names: set [`with_field_names`](Self::with_field_names) if they have.
    /// - Compressed values were compressed by the same version of the library.
    /// - A file of format 1 was not merged from parts that came in another order than their buckets.
    ///
    /// The memory limit, threads and progress are those of a new builder. `H` must be able to load the hash function of the map.
    ///
    /// ```
    /// use massmap_format::FormatVersion;
    /// use massmap_hash::Xxh3HashLoader;
    /// use massmap_io::{BytesReader, MemoryWriter};
    /// use massmap_read::MassMapInner;
    /// use massmap_write::MassMapBuilder;
    ///
    /// let entries = [("apple", 1u32), ("banana", 2)];
    /// let file = MemoryWriter::new();
    /// let builder = MassMapBuilder::<Xxh3HashLoader>::default().with_format(FormatVersion::V2);
    /// builder.with_miss_filter(true).with_hash_seed(7).build(&file, entries.iter())?;
    ///
    /// let map = MassMapInner::<_, Xxh3HashLoader>::load(BytesReader::new(file.to_vec()))?;
    /// let again = MemoryWriter::new();
    /// MassMapBuilder::<Xxh3HashLoader>::like(&map).build(&again, entries.iter())?;
    /// assert_eq!(again.to_vec(), file.to_vec());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn like<R, L: MassMapHashLoader>(map: &MassMapInner<R, L>) -> Self {
        let mut builder = <Self as Default>::default()
            .with_format(map.format())
            .with_hash_config(map.meta.hash_config.clone());
        if map.has_type_names() {
            builder.key_type = Some(map.meta.key_type.clone());
            builder.value_type = Some(map.meta.value_type.clone());
        }
        let settings = &mut builder.settings;
        let Some(header) = map.paged_header() else {
            settings.buckets = Some(Buckets::Count(map.bucket_count() as u64));
            return builder;
        };
        settings.type_names = Some(map.has_type_names());
        settings.duplicate_keys = Some(map.duplicate_keys());
        settings.longest_run = Some(header.longest_run());
        // Page sizes that nobody chose follow from the entries.
        if header.choices & PagedHeader::CHOSEN_PAGE_SIZE != 0 {
            settings.page_size = Some(header.page_size);
        }
        settings.miss_filter = Some(map.has_miss_filter());
        settings.compression = map.compression().map(Compression::of_file);
        settings.user_metadata = map.user_metadata().clone();
        settings.shard = map.shard().map(|shard| Shard {
            index: shard.index,
            count: shard.count,
        });
        settings.build_id = map.build_id();
        builder.field_names = map
            .entry_types()
            .is_some_and(|types| has_structs(&types.key, true) || has_structs(&types.value, true));
        builder
    }
}
