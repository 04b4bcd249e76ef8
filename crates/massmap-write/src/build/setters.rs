//! Settings of a builder.

use std::hash::Hash;

use massmap_format::{FormatVersion, MassMapHashConfig};
use massmap_hash::MassMapHashLoader;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::builder::MassMapBuilder;
use crate::config::{Buckets, Shard, shared_setters};
use crate::entry::ReadBack;

impl<H: MassMapHashLoader> MassMapBuilder<H> {
    /// Sets name and parameters of the hash function. `H` must be able to load it.
    pub fn with_hash_config(mut self, config: MassMapHashConfig) -> Self {
        self.hash_config = config;
        self.seed_refused = false;
        self
    }

    /// Sets the parameter `seed` of the hash function.
    ///
    /// Null parameters become an object. With any other parameters that are not an object, [`build`](Self::build) fails.
    pub fn with_hash_seed(mut self, seed: u64) -> Self {
        let parameters = &mut self.hash_config.parameters;
        if parameters.is_null() {
            *parameters = serde_json::json!({});
        }
        match parameters.as_object_mut() {
            Some(fields) => {
                fields.insert("seed".to_owned(), seed.into());
            }
            None => self.seed_refused = true,
        }
        self
    }

    /// Sets the number of buckets, from 1 to `u32::MAX`; 1024 unless set. Format 1 only; an error in format 2.
    ///
    /// More buckets are smaller and faster to search, but take more memory in the processes that open the map. Replaces the
    /// setting of [`with_target_bucket_bytes`](Self::with_target_bucket_bytes).
    pub fn with_bucket_count(mut self, count: u64) -> Self {
        self.settings.buckets = Some(Buckets::Count(count));
        self
    }

    /// Sets the average length of a bucket in bytes, at least 1; the number of buckets follows from the entries. Format 1 only;
    /// an error in format 2.
    ///
    /// For inputs of unknown size. A good value for most maps is 4096. Entries that do not fit in memory are spilled twice.
    /// Replaces the setting of [`with_bucket_count`](Self::with_bucket_count).
    pub fn with_target_bucket_bytes(mut self, bytes: u32) -> Self {
        self.settings.buckets = Some(Buckets::OfBytes(bytes));
        self
    }

    /// Sets the size of the write buffer in bytes; at most 256 KiB is used for a target given by a path.
    ///
    /// With 0, nothing is buffered. The buffer grows as it fills.
    pub fn with_writer_buffer_size(mut self, size: usize) -> Self {
        self.settings.writer_buffer_size = size;
        self
    }

    /// Sets whether structs are written as maps with their field names rather than as arrays.
    ///
    /// **Recommended wherever structs may change** between building and reading. An array does not identify its fields: a file of
    /// format 2, which says what the fields are called, is refused by a reader whose struct has them in another order, or one more
    /// among them; in format 1, that reader assigns each value to the field at its position, and reports an error only if the types
    /// differ. With names, each field is found by its name in any order, and new fields with
    /// `#[serde(default)]` can be read from old files. Structs that skip a field before another one, and some tagged enums, can
    /// only be written with names.
    ///
    /// Files grow by the names in every entry, and are easier to read with other MessagePack tools. Readers accept both. The
    /// fields of keys are hashed in their order, so key types must not change in any case.
    pub fn with_field_names(mut self, value: bool) -> Self {
        self.field_names = value;
        self
    }

    /// Sets the name of the key type in the file, in place of the Rust name. Files of format 2 have it only
    /// [if asked](Self::with_type_names).
    ///
    /// For keys that stand in for those of another type, and are encoded and hashed like them. A map opens only with a key type of the
    /// same name, or one that is stored and hashed alike, such as `&str` and `String`.
    pub fn with_key_type_name(mut self, name: impl Into<String>) -> Self {
        self.key_type = Some(name.into());
        self
    }

    /// Sets the name of the value type in the file, in place of the Rust name. Files of format 2 have it only
    /// [if asked](Self::with_type_names).
    ///
    /// For values that stand in for those of another type and are encoded like them, such as values that were encoded
    /// elsewhere. The name is only for people: a map can be opened with any value type.
    pub fn with_value_type_name(mut self, name: impl Into<String>) -> Self {
        self.value_type = Some(name.into());
        self
    }

    /// Decodes every entry again, as a `K` and a `V`, and refuses entries that do not come back as they were.
    ///
    /// Without this, a build sees only how a type is serialized, and refuses the [shapes](crate::WriteError::Shape) that are
    /// unreadable for that reason alone. This check does what readers will do: `K` and `V` are the types that the map will be
    /// opened with, such as `String` for a map built from `&str`. Key and value must decode and give the same encoding again,
    /// and the key must hash as before. Entries of maps and elements of sets may come in another order. The bytes of the file
    /// stay the same.
    ///
    /// If `K` or `V` is the type of the input, it must also be written with the same field names. Tuple structs and tuple
    /// variants must not skip elements. `Some(None)` and the like are refused in either format.
    ///
    /// A build takes up to about twice as long. Fields with `#[serde(skip)]` are not compared: they come back as their
    /// default, which changes the hash of keys.
    ///
    /// # Examples
    ///
    /// ```
    /// use massmap_write::MassMapBuilder;
    /// # use massmap_io::MemoryWriter;
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Serialize, Deserialize)]
    /// struct Offer {
    ///     price: u32,
    ///     // Readers of arrays miss a skipped field: it lacks `default`.
    ///     #[serde(skip_serializing_if = "Option::is_none")]
    ///     note: Option<String>,
    /// }
    ///
    /// let offers = [("apple", Offer { price: 3, note: None })];
    /// let builder = MassMapBuilder::default().with_read_back::<String, Offer>();
    /// # let file = MemoryWriter::new();
    /// let error = builder.clone().build(&file, offers.iter()).unwrap_err();
    /// assert!(error.to_string().starts_with("the value of entry 0 cannot be decoded as"));
    /// // With field names, readers know which field is missing.
    /// builder.with_field_names(true).build(&file, offers.iter())?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn with_read_back<K, V>(mut self) -> Self
    where
        K: DeserializeOwned + Serialize + Hash,
        V: DeserializeOwned + Serialize,
    {
        self.read_back = Some(ReadBack::new::<K, V>());
        self
    }

    /// Sets the largest length of a bucket in bytes; [`build`](Self::build) fails if one is longer. Format 1 only; an error in
    /// format 2.
    ///
    /// Bounds the bytes that a lookup reads.
    pub fn with_bucket_size_limit(mut self, limit: u32) -> Self {
        self.settings.bucket_size_limit = Some(limit);
        self
    }

    /// Sets the format of the file; [`FormatVersion::V1`] unless set.
    ///
    /// Format 1 is that of massmap 0.1.5. Format 2 has checksums, lookups that read exactly one aligned page, and an
    /// index of about a byte a page.
    pub fn with_format(mut self, format: FormatVersion) -> Self {
        self.settings.format = Some(format);
        self
    }

    /// Adds to what the file says of its keys and values: that they may be `types` as well. Format 2 only; an error in format 1.
    ///
    /// A file says what all of its entries have in common, as far as entries show it: not the variants that none of them has, nor
    /// what the elements of sequences are that are all empty. With the [types](massmap_read::MassMapInner::entry_types) of another
    /// map, it says all that is true of the entries of both. What contradicts them becomes `any`.
    pub fn with_entry_types(mut self, types: massmap_format::EntryTypes) -> Self {
        self.settings.entry_types = Some(types);
        self
    }

    shared_setters!();

    /// Keeps only the entries of one shard: number `index`, from 0, of `count` equal ranges of hashes.
    ///
    /// For building a map in several processes or on several machines. Each gets all entries, or those that
    /// [`Shards::shard_of`](crate::Shards::shard_of) assigns to its shard. All shards need the same other settings, in format 1 the
    /// same [number of buckets](Self::with_bucket_count). Merging them gives the bytes of a single build.
    ///
    /// In format 2 the file says which shard it is: see [`MassMapInner::shard`](massmap_read::MassMapInner::shard).
    pub fn with_shard(mut self, index: u32, count: u32) -> Self {
        self.settings.shard = Some(Shard { index, count });
        self
    }

    /// Sets what the shards of one build have in common: 16 bytes that no other build has, such as a UUID, chosen by whoever
    /// distributes the work. Zeros mean none. Format 2 only; an error in format 1.
    ///
    /// From it, those who use the shards together can tell that they have all shards of one build; merging refuses shards of
    /// different builds. The merged file has none.
    pub fn with_build_id(mut self, id: impl Into<[u8; 16]>) -> Self {
        self.settings.build_id = Some(id.into());
        self
    }
}
