//! The builder.

use std::any::type_name;
use std::borrow::Borrow;
use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::io;
use std::marker::PhantomData;

use massmap_core::codec::{EncodeRules, PlainParts};
use massmap_format::{FormatVersion, MassMapHashConfig, MassMapInfo};
use massmap_hash::{MassMapDefaultHashLoader, MassMapHashLoader};
use massmap_io::{AtomicFile, IntoAtomicFile, MassMapWriter};
use rayon::iter::IntoParallelIterator;
use serde::Serialize;

use super::shards::Shards;
use super::write::write_collected;
use crate::config::{Description, Settings, TypeNames, hash_probes};
use crate::entry::{Batch, Encoding, EntryEncoder, ReadBack};
use crate::error::WriteError;
use crate::resources::Phase;
use crate::sort::{Collector, collect_parallel};

/// Builds a map from the entries of an iterator.
///
/// The defaults are format 1, 1024 buckets, the hash function of `H`, a write buffer of 16 MiB, no field names, no limit on the
/// length of a bucket, 512 MiB of memory and the threads that the program shares.
///
/// In format 1, a lookup reads a whole bucket, and each bucket takes two or three bytes of memory in every process that opens
/// the map: choose the number of buckets so that one holds about 16 entries or 4 KiB.
pub struct MassMapBuilder<H: MassMapHashLoader = MassMapDefaultHashLoader> {
    pub(super) hash_config: MassMapHashConfig,
    /// Whether `hash_config` could not take a seed. Reset when it is replaced.
    pub(super) seed_refused: bool,
    pub(super) field_names: bool,
    /// Replaces the name of the key type.
    pub(super) key_type: Option<String>,
    /// Replaces the name of the value type.
    pub(super) value_type: Option<String>,
    pub(super) read_back: Option<ReadBack<H::BuildHasher>>,
    pub(super) settings: Settings,
    loader: PhantomData<fn() -> H>,
}

impl<H: MassMapHashLoader> Default for MassMapBuilder<H> {
    fn default() -> Self {
        Self {
            hash_config: H::default_config(),
            seed_refused: false,
            field_names: false,
            key_type: None,
            value_type: None,
            read_back: None,
            settings: Settings::default(),
            loader: PhantomData,
        }
    }
}

impl MassMapBuilder {
    /// A builder with the default hash loader.
    ///
    /// Exists besides the implementation of [`Default`] so that `MassMapBuilder::default()` needs no type annotation.
    #[expect(
        clippy::should_implement_trait,
        reason = "the trait is implemented too, for every loader"
    )]
    pub fn default() -> Self {
        <Self as Default>::default()
    }
}

impl<H: MassMapHashLoader> MassMapBuilder<H> {
    /// Routes keys to `count` shards, for builders with these settings.
    ///
    /// # Errors
    ///
    /// Those of [`build`](Self::build) for settings that no map can have, and an error if `count` is 0.
    ///
    /// # Examples
    ///
    /// ```
    /// use massmap_write::MassMapBuilder;
    ///
    /// let shards = MassMapBuilder::default().shards(16)?;
    /// assert!(shards.shard_of("some key") < 16);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn shards(&self, count: u32) -> io::Result<Shards<H>> {
        let builder = self.clone().with_shard(0, count);
        Ok(Shards {
            build_hasher: builder.load()?,
            order: builder.settings.sort_order(),
            count,
        })
    }

    /// Builds the map from `entries` and writes it to `writer`, from offset 0.
    ///
    /// The same entries in the same order give the same bytes, whatever the [memory limit](Self::with_memory_limit) and the
    /// [number of threads](Self::with_threads). Of entries with equal keys that are kept, lookups return the first one.
    ///
    /// The target should be empty, or shorter than the map: bytes after the end of the map stay there. Opening ignores them, and
    /// verifying a file of format 2 reports them. [`build_to_path`](Self::build_to_path) avoids this.
    ///
    /// The entries must not be read from a map in the target during the build; this is not detected. A file that was opened for
    /// appending cannot be a target, since Linux appends everything that is written to it.
    ///
    /// Serializing recurses as deep as a value nests. Values nested a thousand deep and more can exhaust the stack before
    /// they are refused.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) if the target was opened for appending.
    ///
    /// With a [`WriteError`]: of kind [`InvalidInput`](io::ErrorKind::InvalidInput) if no map can have these settings;
    /// [`Other`](io::ErrorKind::Other) if an entry cannot be serialized;
    /// [`InvalidData`](io::ErrorKind::InvalidData) if an entry is nested deeper than readers allow; of the kind of an error of
    /// the temporary files. Also the errors of `H` for the hash function. All of these leave the target as it was.
    ///
    /// [`InvalidData`](io::ErrorKind::InvalidData) if two entries have the same key where that is not allowed, or a bucket
    /// exceeds the limit: unless the entries are few, this is detected while they are written. After that, any error of the
    /// writer or [`WriteError::BinTooLarge`], the target does not open as a map (unless only the end of the very last write, that
    /// of the header, failed).
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
        self.try_build(writer, entries.map(Ok::<_, Infallible>))
    }

    /// Builds the map from entries that may be errors, such as those of a reader; otherwise like [`build`](Self::build).
    ///
    /// # Errors
    ///
    /// Those of [`build`](Self::build), and [`WriteError::Source`] for the first error in place of an entry. It ends the build
    /// and leaves the target as it was.
    pub fn try_build<W, K, V, T, E>(
        self,
        writer: &W,
        entries: impl Iterator<Item = Result<T, E>>,
    ) -> io::Result<MassMapInfo>
    where
        W: MassMapWriter,
        K: Serialize + Hash + Eq,
        V: Serialize,
        T: Borrow<(K, V)>,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let build_hasher = self.load()?;
        writer.check_target()?;
        let description = self.description::<K, V>(&build_hasher);
        let encoder = self.encoder::<K, V>(build_hasher);
        let settings = self.settings;
        let resources = settings.resources();
        let progress = settings.progress.begin(Phase::Read, None);
        let mut collector = Collector::new(&settings, &resources, progress);
        for (ordinal, entry) in (0..).zip(entries) {
            let entry = entry.map_err(|source| WriteError::Source {
                ordinal,
                source: source.into(),
            })?;
            let (key, value) = entry.borrow();
            collector.push(|batch| encoder.push(ordinal, key, value, batch))?;
        }
        let mut collected = collector.finish()?;
        settings.widen_types(&mut collected.totals);
        encoder.check_types(&collected.totals.types)?;
        write_collected(writer, &settings, description, collected, &resources)
    }

    /// Builds the map from the entries of a parallel iterator, and hashes and encodes them in parallel; otherwise like
    /// [`build`](Self::build), which gives the same bytes for the same entries in the same order.
    ///
    /// If the iterator is unordered, such as one made by `par_bridge`, the order of entries within a bucket or with equal hashes
    /// differs from build to build.
    ///
    /// # Errors
    ///
    /// Those of [`build`](Self::build). Of several entries that cannot be encoded, any one may be reported.
    ///
    /// # Examples
    ///
    /// ```
    /// use massmap_write::MassMapBuilder;
    /// use rayon::prelude::*;
    /// # use massmap_io::MemoryWriter;
    ///
    /// # let file = MemoryWriter::new();
    /// let squares = (0..1000u64).into_par_iter().map(|n| (n, n * n));
    /// let info = MassMapBuilder::default().par_build(&file, squares)?;
    /// assert_eq!(info.meta.entry_count, 1000);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn par_build<W, K, V, I>(self, writer: &W, entries: I) -> io::Result<MassMapInfo>
    where
        W: MassMapWriter,
        K: Serialize + Hash + Eq,
        V: Serialize,
        I: IntoParallelIterator<Item: Borrow<(K, V)>>,
        H::BuildHasher: Sync,
    {
        let build_hasher = self.load()?;
        writer.check_target()?;
        let description = self.description::<K, V>(&build_hasher);
        let encoder = self.encoder::<K, V>(build_hasher);
        let settings = self.settings;
        let resources = settings.resources();
        let push = |ordinal, entry: I::Item, batch: &mut Batch| {
            let (key, value) = entry.borrow();
            encoder.push(ordinal, key, value, batch)
        };
        let mut collected = collect_parallel(&settings, &resources, entries.into_par_iter(), push)?;
        settings.widen_types(&mut collected.totals);
        encoder.check_types(&collected.totals.types)?;
        write_collected(writer, &settings, description, collected, &resources)
    }

    /// Builds the map like [`build`](Self::build) and puts it at `path`, where it appears complete or not at all.
    ///
    /// The map is written to a temporary file in the same directory, which is renamed once it is on disk. Readers that have the
    /// old file open continue to read it. See [`AtomicFile`] for the attributes that are kept, and for the temporary files of
    /// killed programs. An [`AtomicFile`] may be given instead of the path: creating it shows before the build whether the file
    /// can be put there, and which attributes cannot be [kept](AtomicFile::not_kept).
    ///
    /// # Errors
    ///
    /// Those of [`build`](Self::build) and of [`AtomicFile`]. The file at `path` then is as it was, unless only the last step
    /// failed, as the error says: then the new file is there, but may be lost if the power fails.
    ///
    /// # Examples
    ///
    /// ```
    /// use massmap_write::MassMapBuilder;
    ///
    /// let directory = tempfile::tempdir()?;
    /// let path = directory.path().join("squares.massmap");
    /// MassMapBuilder::default().build_to_path(&path, (0..1000u64).map(|n| (n, n * n)))?;
    /// assert!(path.exists());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn build_to_path<K, V>(
        self,
        path: impl IntoAtomicFile,
        entries: impl Iterator<Item = impl Borrow<(K, V)>>,
    ) -> io::Result<MassMapInfo>
    where
        K: Serialize + Hash + Eq,
        V: Serialize,
    {
        self.publish(path, |builder, file| builder.build(file, entries))
    }

    /// Builds the map like [`try_build`](Self::try_build) and puts it at `path` like [`build_to_path`](Self::build_to_path).
    ///
    /// # Errors
    ///
    /// Those of both.
    pub fn try_build_to_path<K, V, T, E>(
        self,
        path: impl IntoAtomicFile,
        entries: impl Iterator<Item = Result<T, E>>,
    ) -> io::Result<MassMapInfo>
    where
        K: Serialize + Hash + Eq,
        V: Serialize,
        T: Borrow<(K, V)>,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        self.publish(path, |builder, file| builder.try_build(file, entries))
    }

    /// Builds the map like [`par_build`](Self::par_build) and puts it at `path` like [`build_to_path`](Self::build_to_path).
    ///
    /// # Errors
    ///
    /// Those of both.
    pub fn par_build_to_path<K, V, I>(self, path: impl IntoAtomicFile, entries: I) -> io::Result<MassMapInfo>
    where
        K: Serialize + Hash + Eq,
        V: Serialize,
        I: IntoParallelIterator<Item: Borrow<(K, V)>>,
        H::BuildHasher: Sync,
    {
        self.publish(path, |builder, file| builder.par_build(file, entries))
    }

    fn publish(
        mut self,
        path: impl IntoAtomicFile,
        build: impl FnOnce(Self, &AtomicFile) -> io::Result<MassMapInfo>,
    ) -> io::Result<MassMapInfo> {
        let file = path.into_atomic_file()?;
        self.settings.adapt_to(&file)?;
        let info = build(self, &file)?;
        file.commit()?;
        Ok(info)
    }

    /// Loads the hash function, if a map can have these settings.
    fn load(&self) -> io::Result<H::BuildHasher> {
        if self.seed_refused {
            let parameters = self.hash_config.parameters.to_string();
            return Err(WriteError::SeedWithoutObject { parameters }.into());
        }
        self.settings.check()?;
        H::load(&self.hash_config)
    }

    /// The encoder of the entries.
    fn encoder<K, V>(&self, build_hasher: H::BuildHasher) -> EntryEncoder<H::BuildHasher> {
        let rules = EncodeRules {
            field_names: self.field_names,
            distinct_options: self.settings.format() == FormatVersion::V2 || self.read_back.is_some(),
            readable: self.read_back.is_none(),
            sorted: false,
        };
        let encoding = Encoding { rules };
        let Settings { shard, .. } = self.settings;
        EntryEncoder::new(
            build_hasher,
            self.settings.sort_order(),
            shard,
            encoding,
            self.read_back,
            PlainParts::of::<K, V>(),
        )
    }

    fn description<K, V>(&self, build_hasher: &H::BuildHasher) -> Description {
        Description {
            hash_config: self.hash_config.clone(),
            hash_probes: hash_probes(
                |probe| build_hasher.hash_one(probe),
                |probe| build_hasher.hash_one(probe),
            ),
            names: TypeNames {
                key_type: named_or::<K>(&self.key_type),
                value_type: named_or::<V>(&self.value_type),
            },
        }
    }
}

/// The name that was given, or else that of the type.
fn named_or<T>(name: &Option<String>) -> String {
    name.clone().unwrap_or_else(|| type_name::<T>().to_owned())
}

// Not derived: derived implementations would require traits of `H` that the fields do not need.
impl<H: MassMapHashLoader> Clone for MassMapBuilder<H> {
    fn clone(&self) -> Self {
        Self {
            hash_config: self.hash_config.clone(),
            key_type: self.key_type.clone(),
            value_type: self.value_type.clone(),
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
            .field("read_back", &self.read_back)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
