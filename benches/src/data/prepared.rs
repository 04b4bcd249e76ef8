//! Files of data sets, built once and reused by later runs.

use std::env;
use std::fs::{self, File};
use std::io;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use bench_support::mix;
use massmap::{FormatVersion, MappedFile, MassMap, MassMapBuilder};

use super::dataset::Dataset;

/// The size of buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Buckets {
    /// This many entries on average.
    OfEntries(u64),
    /// This many bytes on average.
    OfBytes(u64),
}

impl Buckets {
    /// The settings that the benches compare, as recommended by README and builder.
    pub const ALL: [Self; 2] = [Self::OfEntries(16), Self::OfBytes(4096)];

    /// Mean number of entries of `D` in a bucket.
    #[must_use]
    pub const fn entries<D: Dataset>(self) -> u64 {
        match self {
            Self::OfEntries(entries) => entries,
            Self::OfBytes(bytes) => bytes / D::ENTRY_LENGTH,
        }
    }

    /// Number of buckets for `entries` entries of `D`.
    #[must_use]
    pub fn count<D: Dataset>(self, entries: u64) -> u64 {
        entries.div_ceil(self.entries::<D>()).max(1)
    }

    /// Name in the output of the benches and in file names.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::OfEntries(entries) => format!("{entries}-entries"),
            Self::OfBytes(bytes) => format!("{bytes}-bytes"),
        }
    }
}

/// The arrangement of entries in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrangement {
    /// In the buckets of format 1.
    Buckets(Buckets),
    /// In the pages of format 2.
    Pages {
        /// Size of a page in bytes.
        size: u32,
        /// Whether the file has a miss filter.
        filter: bool,
    },
}

impl Arrangement {
    /// Name in the output of the benches and in file names.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Buckets(buckets) => buckets.name(),
            Self::Pages { size, filter: false } => format!("{size}-pages"),
            Self::Pages { size, filter: true } => format!("{size}-pages-filter"),
        }
    }

    /// A builder for a file with `entries` entries of `D`.
    #[must_use]
    pub fn builder<D: Dataset>(self, entries: u64) -> MassMapBuilder {
        match self {
            Self::Buckets(buckets) => {
                MassMapBuilder::default().with_bucket_count(buckets.count::<D>(entries))
            }
            Self::Pages { size, filter } => MassMapBuilder::default()
                .with_format(FormatVersion::V2)
                .with_page_size(size)
                .with_miss_filter(filter),
        }
    }
}

impl From<Buckets> for Arrangement {
    fn from(buckets: Buckets) -> Self {
        Self::Buckets(buckets)
    }
}

/// A massmap file with the first entries of a data set.
#[derive(Debug)]
pub struct Prepared<D> {
    path: PathBuf,
    entries: u64,
    dataset: PhantomData<D>,
}

impl<D: Dataset> Prepared<D> {
    /// Builds the file unless it exists from an earlier run, and reads it once to load it into the page cache.
    ///
    /// # Errors
    ///
    /// Any error of the file system or the builder.
    pub fn new(entries: u64, arrangement: impl Into<Arrangement>) -> io::Result<Self> {
        let arrangement = arrangement.into();
        let directory = data_directory()?;
        let path = directory.join(format!("{}-{entries}-{}.massmap", D::NAME, arrangement.name()));
        if !path.exists() {
            // Renamed when complete, so that later runs do not use the file of an interrupted build.
            let beside = path.with_extension("incomplete");
            let data = (0..entries).map(|ordinal| (D::key(ordinal), D::value(ordinal)));
            arrangement
                .builder::<D>(entries)
                .build(&File::create(&beside)?, data)?;
            fs::rename(beside, &path)?;
        }
        io::copy(&mut File::open(&path)?, &mut io::sink())?;
        Ok(Self {
            path,
            entries,
            dataset: PhantomData,
        })
    }

    /// The path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the file with the crate of this repository.
    ///
    /// # Errors
    ///
    /// Any error of [`MassMap::load`].
    pub fn open(&self) -> io::Result<MassMap<D::Key, D::Value, File>> {
        MassMap::load(File::open(&self.path)?)
    }

    /// Maps the file into memory.
    ///
    /// # Errors
    ///
    /// Any error of [`MappedFile::open`].
    pub fn map_file(&self) -> io::Result<MappedFile> {
        #[expect(unsafe_code, reason = "it is a map of a file")]
        // SAFETY: files of data sets are complete when they are renamed, and are not written to any more.
        unsafe {
            MappedFile::open(&self.path)
        }
    }

    /// Opens the same file with massmap 0.1.5, which supports only format 1.
    ///
    /// # Errors
    ///
    /// Any error of its `load`.
    pub fn open_0_1_5(&self) -> io::Result<massmap_0_1_5::MassMap<D::Key, D::Value, File>> {
        massmap_0_1_5::MassMap::load(File::open(&self.path)?)
    }

    /// `count` ordinals of present entries in random order, the same in every call.
    pub fn present(&self, count: u64) -> impl Iterator<Item = u64> + use<D> {
        let entries = self.entries;
        // Another sequence than that of the keys, which are mixed ordinals too.
        (0..count).map(move |draw| mix(draw ^ 0x5eed << 40) % entries)
    }

    /// `count` ordinals of absent entries.
    pub fn absent(&self, count: u64) -> impl Iterator<Item = u64> + use<D> {
        self.entries..self.entries + count
    }
}

/// The directory for files of benches. Creates it if needed.
///
/// # Errors
///
/// Any error of the file system.
pub fn data_directory() -> io::Result<PathBuf> {
    let directory = target_directory().join("massmap-bench-data");
    fs::create_dir_all(&directory)?;
    Ok(directory)
}

/// The target directory of the main workspace, which contains the command line; not that of the benches.
pub fn target_directory() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"),
        PathBuf::from,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::dataset::{Integers, Strings};

    #[test]
    fn a_bucket_of_4_kib_holds_as_many_entries_as_fit() {
        let buckets = Buckets::OfBytes(4096);
        assert_eq!(buckets.entries::<Integers>(), 215);
        assert_eq!(buckets.entries::<Strings>(), 32);
        assert_eq!(buckets.count::<Strings>(100), 4);
    }

    #[test]
    fn both_versions_find_the_entries_of_a_prepared_file() {
        let prepared = Prepared::<Strings>::new(500, Buckets::OfEntries(16)).unwrap();
        let (ours, theirs) = (prepared.open().unwrap(), prepared.open_0_1_5().unwrap());
        for ordinal in prepared.present(50) {
            let expected = Some(Strings::value(ordinal));
            assert_eq!(ours.get(&Strings::key(ordinal)).unwrap(), expected);
            assert_eq!(theirs.get(&Strings::key(ordinal)).unwrap(), expected);
        }
        for ordinal in prepared.absent(50) {
            assert_eq!(ours.get(&Strings::key(ordinal)).unwrap(), None);
            assert_eq!(theirs.get(&Strings::key(ordinal)).unwrap(), None);
        }
    }

    #[test]
    fn a_prepared_file_of_pages_contains_its_entries() {
        for filter in [false, true] {
            let pages = Arrangement::Pages { size: 4096, filter };
            let prepared = Prepared::<Integers>::new(500, pages).unwrap();
            let map = prepared.open().unwrap();
            assert_eq!(map.format(), FormatVersion::V2);
            assert_eq!(map.inner().has_miss_filter(), filter);
            assert!(
                prepared.present(50).all(
                    |ordinal| map.get(&Integers::key(ordinal)).unwrap() == Some(Integers::value(ordinal))
                )
            );
            assert!(
                prepared
                    .absent(50)
                    .all(|ordinal| map.get(&Integers::key(ordinal)).unwrap().is_none())
            );
        }
    }
}
