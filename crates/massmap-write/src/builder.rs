//! Building a map from entries.

use std::any::type_name;
use std::borrow::Borrow;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::io;
use std::marker::PhantomData;

use massmap_format::{
    FormatError, MassMapBucketMeta, MassMapHashConfig, MassMapHeader, MassMapInfo, MassMapMeta,
};
use massmap_hash::{MassMapDefaultHashLoader, MassMapHashLoader};
use massmap_io::MassMapWriter;
use serde::Serialize;

use crate::WriteError;
use crate::entries::Entries;
use crate::file::write_file;

/// Size of the write buffer unless set, in bytes.
pub(crate) const DEFAULT_BUFFER_SIZE: usize = 16 << 20;

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
    bucket_count: u64,
    writer_buffer_size: usize,
    field_names: bool,
    bucket_size_limit: u32,
    loader: PhantomData<fn() -> H>,
}

impl<H: MassMapHashLoader> Default for MassMapBuilder<H> {
    fn default() -> Self {
        Self {
            hash_config: H::default_config(),
            seed_refused: false,
            bucket_count: 1024,
            writer_buffer_size: DEFAULT_BUFFER_SIZE,
            field_names: false,
            bucket_size_limit: u32::MAX,
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
        self.bucket_count = count;
        self
    }

    /// Sets how many bytes are collected before they are written.
    ///
    /// 0 writes every piece by itself. The memory is taken only as bytes come.
    pub fn with_writer_buffer_size(mut self, size: usize) -> Self {
        self.writer_buffer_size = size;
        self
    }

    /// Sets whether structs are written as maps with their field names rather than as arrays.
    ///
    /// Files get larger, and easier to read with other MessagePack tools. Maps are read either way.
    pub fn with_field_names(mut self, value: bool) -> Self {
        self.field_names = value;
        self
    }

    /// Sets how many bytes a bucket may take at most; [`build`](Self::build) fails if one takes more.
    ///
    /// Bounds what a lookup reads.
    pub fn with_bucket_size_limit(mut self, limit: u32) -> Self {
        self.bucket_size_limit = limit;
        self
    }

    /// Builds the map from `entries` and writes it to `writer`, from offset 0 on.
    ///
    /// The same entries in the same order give the same bytes. Entries with equal keys are all kept; lookups return the
    /// first one. All encoded entries are held in memory until they are written.
    ///
    /// Serializing recurses as deep as a value nests; values nested a thousand deep and more can exhaust the stack before
    /// they are refused.
    ///
    /// # Errors
    ///
    /// With a [`WriteError`]: of kind [`InvalidInput`](io::ErrorKind::InvalidInput) if no map can have these settings;
    /// [`Other`](io::ErrorKind::Other) if an entry cannot be serialized;
    /// [`InvalidData`](io::ErrorKind::InvalidData) if an entry is nested deeper than a reader goes, or a bucket exceeds
    /// the limit. These leave the target as it was. Otherwise what `H` reports for the hash function, and any error of
    /// the writer, after which the target does not open as a map.
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
        let bucket_count = self.checked_bucket_count()?;
        let build_hasher = H::load(&self.hash_config)?;

        let mut encoded = Entries::default();
        for entry in entries {
            let (key, value) = entry.borrow();
            let bucket = build_hasher.hash_one(key) % u64::from(bucket_count);
            let bucket = u32::try_from(bucket).expect("less than the number of buckets");
            encoded.push(bucket, key, value, self.field_names)?;
        }
        encoded.sort(bucket_count);
        let occupied = self.place_buckets(&encoded)?;

        let meta = MassMapMeta {
            entry_count: encoded.len(),
            bucket_count: self.bucket_count,
            occupied_bucket_count: occupied.len() as u64,
            occupied_bucket_range: match (occupied.first(), occupied.last()) {
                (Some((first, _)), Some((last, _))) => u64::from(*first)..u64::from(*last) + 1,
                _ => 0..0,
            },
            hash_config: self.hash_config,
            key_type: type_name::<K>().to_owned(),
            value_type: type_name::<V>().to_owned(),
        };
        let mut occupied = occupied.into_iter().peekable();
        let index = (0..bucket_count).map(|index| {
            occupied
                .next_if(|(occupied, _)| *occupied == index)
                .map(|(_, meta)| meta)
                .unwrap_or_default()
        });
        write_file(
            writer,
            self.writer_buffer_size,
            meta,
            |sink| {
                for bucket in encoded.buckets() {
                    sink.write(&bucket.header())?;
                    bucket.entries().try_for_each(|entry| sink.write(entry))?;
                }
                Ok(())
            },
            index,
        )
    }

    fn checked_bucket_count(&self) -> io::Result<u32> {
        if self.seed_refused {
            let parameters = self.hash_config.parameters.to_string();
            return Err(WriteError::SeedWithoutObject { parameters }.into());
        }
        match u32::try_from(self.bucket_count) {
            Ok(0) => Err(WriteError::ZeroBuckets.into()),
            Ok(count) => Ok(count),
            Err(_) => Err(FormatError::TooManyBuckets {
                bucket_count: self.bucket_count,
            }
            .into()),
        }
    }

    /// Where each bucket that has entries will lie.
    fn place_buckets(&self, entries: &Entries) -> Result<Vec<(u32, MassMapBucketMeta)>, WriteError> {
        let mut offset = MassMapHeader::SIZE as u64;
        let mut placed = Vec::new();
        for bucket in entries.buckets() {
            let too_large = |length| WriteError::BucketTooLarge {
                bucket: bucket.index(),
                length,
                limit: self.bucket_size_limit,
            };
            let length = bucket.length();
            let length = u32::try_from(length).map_err(|_| too_large(length))?;
            if length > self.bucket_size_limit {
                return Err(too_large(length.into()));
            }
            placed.push((
                bucket.index(),
                MassMapBucketMeta {
                    offset,
                    length,
                    count: bucket.count(),
                },
            ));
            offset += u64::from(length);
        }
        Ok(placed)
    }
}

// Written out, since derived ones would ask of `H` what the fields do not need.
impl<H: MassMapHashLoader> Clone for MassMapBuilder<H> {
    fn clone(&self) -> Self {
        Self {
            hash_config: self.hash_config.clone(),
            ..*self
        }
    }
}

impl<H: MassMapHashLoader> fmt::Debug for MassMapBuilder<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MassMapBuilder")
            .field("hash_config", &self.hash_config)
            .field("bucket_count", &self.bucket_count)
            .field("writer_buffer_size", &self.writer_buffer_size)
            .field("field_names", &self.field_names)
            .field("bucket_size_limit", &self.bucket_size_limit)
            .finish_non_exhaustive()
    }
}
