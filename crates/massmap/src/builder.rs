//! Building maps for those who need not choose anything.

pub(crate) mod settings;

use std::borrow::Borrow;
use std::error::Error as StdError;
use std::hash::Hash;

use massmap_format::{FormatVersion, MassMapInfo};
use massmap_hash::Xxh3HashLoader;
use massmap_io::{IntoAtomicFile, MemoryWriter};
use massmap_write::{MassMapBuilder, Shards};
use rayon::iter::IntoParallelIterator;
use serde::Serialize;

use crate::Result;

/// Builds maps.
///
/// Writes files of format 2, whose entries are found by a hash function that is the same on every machine (`xxh3`). Without any
/// setting, entries with equal keys are an error, and a build takes 512 MiB of memory and the threads that the program shares.
/// [`MassMapBuilder`] writes other files as well.
///
/// ```
/// # fn main() -> massmap::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("fruits.massmap");
/// massmap::Builder::new()
///     .with_miss_filter(true)
///     .with_user_metadata("source", "the orchard")
///     .build(&path, [("apple", 1u32), ("banana", 2)])?;
///
/// let map = massmap::open::<String, u32>(&path)?;
/// assert_eq!(map.user_metadata()["source"], "the orchard");
/// # Ok(())
/// # }
/// ```
///
/// # Entries
///
/// Keys and values are any types that serde can serialize. They come from anything that can be iterated over: owned pairs,
/// references to pairs, or pairs of references, as a `&HashMap` gives them. What comes back is what went in, with the exceptions
/// that [`round_trips`](crate::round_trips) lists; types of which it shows that nobody could read them are refused. Structs are
/// stored without the names of their fields: see [`with_field_names`](Self::with_field_names), which is recommended wherever
/// structs may change.
///
/// The same entries in the same order give the same bytes, whatever the memory and the threads.
///
/// # Files
///
/// A file appears at its path when it is complete and on disk, and replaces the one that was there: whoever has that one open goes
/// on reading it. If anything fails, the old file stays.
#[derive(Debug, Clone)]
pub struct Builder(MassMapBuilder<Xxh3HashLoader>);

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

impl Builder {
    /// A builder without any setting.
    #[must_use]
    pub fn new() -> Self {
        Self(MassMapBuilder::<Xxh3HashLoader>::default().with_format(FormatVersion::V2))
    }

    /// Builds a map of `entries` and puts it at `path`.
    ///
    /// One pass over any number of entries: what does not fit in the [memory limit](Self::with_memory_limit) goes to temporary
    /// files. In place of the path, an [`AtomicFile`](crate::AtomicFile) can be given.
    ///
    /// # Errors
    ///
    /// [`Error::Write`](crate::Error::Write) if entries or settings are refused; [`Error::File`](crate::Error::File) and
    /// [`Error::Io`](crate::Error::Io) if the file cannot be written.
    pub fn build<K, V>(
        self,
        path: impl IntoAtomicFile,
        entries: impl IntoIterator<Item = impl Borrow<(K, V)>>,
    ) -> Result<MassMapInfo>
    where
        K: Serialize + Hash + Eq,
        V: Serialize,
    {
        Ok(self.0.build_to_path(path, entries.into_iter())?)
    }

    /// Builds a map of entries of which each may be an error instead, such as those that are read from somewhere; otherwise like
    /// [`build`](Self::build).
    ///
    /// # Errors
    ///
    /// Those of [`build`](Self::build), and [`WriteError::Source`](crate::WriteError::Source) with the first error in place of an
    /// entry, which ends the build.
    pub fn try_build<K, V, T, E>(
        self,
        path: impl IntoAtomicFile,
        entries: impl IntoIterator<Item = std::result::Result<T, E>>,
    ) -> Result<MassMapInfo>
    where
        K: Serialize + Hash + Eq,
        V: Serialize,
        T: Borrow<(K, V)>,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        Ok(self.0.try_build_to_path(path, entries.into_iter())?)
    }

    /// Builds a map of the entries of a rayon iterator, which are hashed and encoded in parallel; otherwise like
    /// [`build`](Self::build).
    ///
    /// ```
    /// use rayon::prelude::*;
    ///
    /// # fn main() -> massmap::Result<()> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("squares.massmap");
    /// let squares = (0..1000u64).into_par_iter().map(|number| (number, number * number));
    /// massmap::Builder::new().par_build(&path, squares)?;
    /// assert_eq!(massmap::open::<u64, u64>(&path)?.get(&30)?, Some(900));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`build`](Self::build). Of several entries that are refused, any one may be reported.
    pub fn par_build<K, V, I>(self, path: impl IntoAtomicFile, entries: I) -> Result<MassMapInfo>
    where
        K: Serialize + Hash + Eq,
        V: Serialize,
        I: IntoParallelIterator<Item: Borrow<(K, V)>>,
    {
        Ok(self.0.par_build_to_path(path, entries)?)
    }

    /// Builds a map of `entries` in memory, and returns the bytes of its file.
    ///
    /// [`OpenOptions::open_bytes`](crate::OpenOptions::open_bytes) opens them.
    ///
    /// # Errors
    ///
    /// Those of [`build`](Self::build), but for files.
    pub fn build_bytes<K, V>(self, entries: impl IntoIterator<Item = impl Borrow<(K, V)>>) -> Result<Vec<u8>>
    where
        K: Serialize + Hash + Eq,
        V: Serialize,
    {
        let writer = MemoryWriter::new();
        self.0.build(&writer, entries.into_iter())?;
        Ok(writer.into_inner())
    }

    /// What tells which of `count` shards keys belong to, with these settings.
    ///
    /// For building a map in parts: see [`with_shard`](Self::with_shard).
    ///
    /// # Errors
    ///
    /// [`Error::Write`](crate::Error::Write) for settings that no map can have, and if there are 0 shards.
    pub fn shards(&self, count: u32) -> Result<Shards<Xxh3HashLoader>> {
        Ok(self.0.shards(count)?)
    }

    /// Turns the builder into a [`MassMapBuilder`] with the same settings, which can write to other targets than files.
    #[must_use]
    pub fn into_mass_map_builder(self) -> MassMapBuilder<Xxh3HashLoader> {
        self.0
    }
}
