//! What a builder can be set to.

use std::hash::Hash;

use massmap_format::{FormatVersion, MassMapHashConfig};
use massmap_hash::MassMapHashLoader;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::builder::MassMapBuilder;
use crate::config::{Buckets, Shard, shared_setters};
use crate::entry::ReadBack;

impl<H: MassMapHashLoader> MassMapBuilder<H> {
    /// Sets name and parameters of the hash function; `H` must be able to load it.
    pub fn with_hash_config(mut self, config: MassMapHashConfig) -> Self {
        self.hash_config = config;
        self.seed_refused = false;
        self
    }

    /// Sets the parameter `seed` of the hash function.
    ///
    /// Null parameters become an object. If they are anything else that is no object, [`build`](Self::build) fails.
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
    /// More buckets are smaller and faster to search, and take more memory in the processes that open the map. Replaces
    /// what [`with_target_bucket_bytes`](Self::with_target_bucket_bytes) has set.
    pub fn with_bucket_count(mut self, count: u64) -> Self {
        self.settings.buckets = Some(Buckets::Count(count));
        self
    }

    /// Sets how long buckets are to be on average, in bytes, at least 1; the number of buckets follows from the entries.
    /// Format 1 only; an error in format 2.
    ///
    /// For entries of which nobody knows beforehand how many there are. About 4096 suits most. Entries that do not fit in
    /// memory are spilled twice. Replaces what [`with_bucket_count`](Self::with_bucket_count) has set.
    pub fn with_target_bucket_bytes(mut self, bytes: u32) -> Self {
        self.settings.buckets = Some(Buckets::OfBytes(bytes));
        self
    }

    /// Sets how many bytes are collected before they are written; no more than 1 MiB where a path is given.
    ///
    /// 0 writes every piece by itself. The memory is taken only as bytes come.
    pub fn with_writer_buffer_size(mut self, size: usize) -> Self {
        self.settings.writer_buffer_size = size;
        self
    }

    /// Sets whether structs are written as maps with their field names rather than as arrays.
    ///
    /// **Recommended wherever structs may change** between building and reading. An array tells its readers nothing about
    /// fields: one with the fields in another order, or with one more among them, takes each value for that of the field
    /// at its place, and reports an error only if the types differ. With names, each field is found by its name, whatever the
    /// order, and new ones with a `#[serde(default)]` are read from old files. Structs that skip a field before another
    /// one, and some tagged enums, can be written with names only.
    ///
    /// Files get larger, by the names in every entry, and easier to read with other MessagePack tools. Maps are read either
    /// way. The fields of keys are hashed in their order, so that key types must not change in any case.
    pub fn with_field_names(mut self, value: bool) -> Self {
        self.field_names = value;
        self
    }

    /// Sets what the file calls the type of the values, in place of the name that Rust has for it.
    ///
    /// For values that stand in for those of another type and are encoded like them, such as values that were encoded
    /// elsewhere. Nobody reads the name but people: maps are opened with values of any type.
    pub fn with_value_type_name(mut self, name: impl Into<String>) -> Self {
        self.value_type = Some(name.into());
        self
    }

    /// Sets that every entry is decoded again, as a `K` and a `V`, and that those which are not given back are refused.
    ///
    /// A build sees only how a type is serialized, and refuses the [shapes](crate::WriteError::Shape) of which that alone tells
    /// that nobody can read them. This one holds against what readers will do: `K` and `V` are the types that the map will be
    /// opened with, `String` where `&str` is built from. Key and value have to decode, and to give the same encoding again;
    /// the key has to hash as before. Entries of maps and elements of sets may come in another order. The bytes of the file
    /// are the same.
    ///
    /// If `K` or `V` is the type that is built from, it also has to be written with the same field names. Tuple structs and
    /// tuple variants must not skip elements. `Some(None)` and the like are refused in either format.
    ///
    /// A build takes up to about twice as long. What is not stored, by `#[serde(skip)]`, is not compared: it comes
    /// back as its default, which for keys shows in their hash.
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
    ///     // Where nothing is written for it, readers of arrays miss it: it lacks `default`.
    ///     #[serde(skip_serializing_if = "Option::is_none")]
    ///     note: Option<String>,
    /// }
    ///
    /// let offers = [("apple", Offer { price: 3, note: None })];
    /// let builder = MassMapBuilder::default().with_read_back::<String, Offer>();
    /// # let file = MemoryWriter::new();
    /// let error = builder.clone().build(&file, offers.iter()).unwrap_err();
    /// assert!(error.to_string().starts_with("the value of entry 0 cannot be decoded as"));
    /// // With field names it is known which one is missing.
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

    /// Sets how many bytes a bucket may take at most; [`build`](Self::build) fails if one takes more. Format 1 only; an error in
    /// format 2.
    ///
    /// Bounds what a lookup reads.
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

    shared_setters!();

    /// Sets that only entries of one shard are kept: shard number `index`, from 0, of `count` equal ranges of hashes.
    ///
    /// For building a map in parts, in several processes or on several machines, of which each sees all entries or those
    /// that [`Shards::shard_of`](crate::Shards::shard_of) gives it. All parts need the same settings otherwise, in format 1 the same
    /// [number of buckets](Self::with_bucket_count). Merged, they give the bytes that one build would have given.
    pub fn with_shard(mut self, index: u32, count: u32) -> Self {
        self.settings.shard = Some(Shard { index, count });
        self
    }
}
