//! Building a map from entries.

use std::any::type_name;
use std::borrow::Borrow;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::io;
use std::marker::PhantomData;

use massmap_format::{FormatVersion, MassMapHashConfig, MassMapInfo};
use massmap_hash::{MassMapDefaultHashLoader, MassMapHashLoader};
use massmap_io::MassMapWriter;
use serde::Serialize;

use crate::WriteError;
use crate::arranged::{Identity, hash_probes, order_of, write_arranged};
use crate::entries::Entries;
use crate::settings::{Settings, shared_setters};

/// Builds a map from the entries of an iterator.
///
/// Starts with 1024 buckets, the hash function of `H`, a write buffer of 16 MiB, no field names and no limit on the
/// size of a bucket.
///
/// A lookup reads a whole bucket, and each bucket takes 16 bytes of memory in every process that opens the map: choose
/// the number of buckets so that one holds about 16 entries or 4 KiB.
pub struct MassMapBuilder<H: MassMapHashLoader = MassMapDefaultHashLoader> {
    hash_config: MassMapHashConfig,
    /// Set by a seed that `hash_config` could not take, until it is replaced.
    seed_refused: bool,
    field_names: bool,
    settings: Settings,
    loader: PhantomData<fn() -> H>,
}

impl<H: MassMapHashLoader> Default for MassMapBuilder<H> {
    fn default() -> Self {
        Self {
            hash_config: H::default_config(),
            seed_refused: false,
            field_names: false,
            settings: Settings::default(),
            loader: PhantomData,
        }
    }
}

impl MassMapBuilder {
    /// A builder with the default hash loader.
    ///
    /// Stands beside the implementation of [`Default`] so that `MassMapBuilder::default()` needs no type annotation.
    #[expect(
        clippy::should_implement_trait,
        reason = "the trait is implemented too, for every loader"
    )]
    pub fn default() -> Self {
        <Self as Default>::default()
    }
}

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

    /// Sets the number of buckets, from 1 to `u32::MAX`.
    ///
    /// More buckets are smaller and faster to search, and take more memory in the processes that open the map.
    pub fn with_bucket_count(mut self, count: u64) -> Self {
        self.settings.bucket_count = Some(count);
        self
    }

    /// Sets how many bytes are collected before they are written.
    ///
    /// 0 writes every piece by itself. The memory is taken only as bytes come.
    pub fn with_writer_buffer_size(mut self, size: usize) -> Self {
        self.settings.writer_buffer_size = size;
        self
    }

    /// Sets whether structs are written as maps with their field names rather than as arrays.
    ///
    /// Files get larger, and easier to read with other MessagePack tools. Maps are read either way.
    pub fn with_field_names(mut self, value: bool) -> Self {
        self.field_names = value;
        self
    }

    /// Sets how many bytes a bucket may take at most in format 1; [`build`](Self::build) fails if one takes more.
    ///
    /// Bounds what a lookup reads.
    pub fn with_bucket_size_limit(mut self, limit: u32) -> Self {
        self.settings.bucket_size_limit = limit;
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

    /// Builds the map from `entries` and writes it to `writer`, from offset 0 on.
    ///
    /// The same entries in the same order give the same bytes. Of entries with equal keys that are kept, lookups return the
    /// first one. All encoded entries are held in memory until they are written.
    ///
    /// The target should be empty, or shorter than the map: what lies behind the map's end stays there. Opening ignores it,
    /// and verifying a file of format 2 reports it.
    ///
    /// Serializing recurses as deep as a value nests; values nested a thousand deep and more can exhaust the stack before
    /// they are refused.
    ///
    /// # Errors
    ///
    /// With a [`WriteError`]: of kind [`InvalidInput`](io::ErrorKind::InvalidInput) if no map can have these settings;
    /// [`Other`](io::ErrorKind::Other) if an entry cannot be serialized;
    /// [`InvalidData`](io::ErrorKind::InvalidData) if an entry is nested deeper than a reader goes, two have the same key
    /// where that is not allowed, or a bucket exceeds the limit; and what `H` reports for the hash function. These leave the
    /// target as it was. After any error of the writer, [`WriteError::BinTooLarge`] and [`WriteError::MissFilter`], the
    /// target does not open as a map (unless only the end of the last write of all, that of the header, failed).
    ///
    /// # Examples
    ///
    /// ```
    /// use massmap_write::MassMapBuilder;
    /// # use massmap_io::MemoryWriter;
    ///
    /// # let file = MemoryWriter::new();
    /// let entries = [("it", 1u32), ("works", 2)];
    /// let info = MassMapBuilder::default().build(&file, entries.iter())?;
    /// assert_eq!(info.meta.entry_count, 2);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn build<W, K, V>(
        self,
        writer: &W,
        entries: impl Iterator<Item = impl Borrow<(K, V)>>,
    ) -> io::Result<MassMapInfo>
    where
        W: MassMapWriter,
        K: Serialize + Hash + Eq,
        V: Serialize,
    {
        if self.seed_refused {
            let parameters = self.hash_config.parameters.to_string();
            return Err(WriteError::SeedWithoutObject { parameters }.into());
        }
        self.settings.check()?;
        let build_hasher = H::load(&self.hash_config)?;
        let format = self.settings.format();
        let bucket_count = self.settings.bucket_count();
        let mut encoded = Entries::default();
        for entry in entries {
            let (key, value) = entry.borrow();
            let order = order_of(build_hasher.hash_one(key), format, bucket_count);
            encoded.push(order, key, value, self.field_names)?;
        }
        let identity = Identity {
            hash_config: self.hash_config,
            hash_probes: hash_probes(
                |probe| build_hasher.hash_one(probe),
                |probe| build_hasher.hash_one(probe),
            ),
            key_type: type_name::<K>().to_owned(),
            value_type: type_name::<V>().to_owned(),
        };
        write_arranged(writer, self.settings, identity, encoded)
    }
}

// Written out, since derived ones would ask of `H` what the fields do not need.
impl<H: MassMapHashLoader> Clone for MassMapBuilder<H> {
    fn clone(&self) -> Self {
        Self {
            hash_config: self.hash_config.clone(),
            settings: self.settings.clone(),
            ..*self
        }
    }
}

impl<H: MassMapHashLoader> fmt::Debug for MassMapBuilder<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MassMapBuilder")
            .field("hash_config", &self.hash_config)
            .field("field_names", &self.field_names)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
