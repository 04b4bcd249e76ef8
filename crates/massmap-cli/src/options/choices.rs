//! Options with a fixed set of values.

use clap::ValueEnum;
use massmap::{
    DuplicateKeys, FormatVersion, MassMapDefaultHashLoader, MassMapHashConfig, MassMapHashLoader,
    OBJECT_STORE_PAGE_SIZE, Xxh3HashLoader,
};

/// A file format.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Aligned pages with checksums and a small index
    V2,
    /// Buckets, as massmap 0.1.5 reads and writes them
    V1,
}

impl From<Format> for FormatVersion {
    fn from(format: Format) -> Self {
        match format {
            Format::V1 => Self::V1,
            Format::V2 => Self::V2,
        }
    }
}

impl From<FormatVersion> for Format {
    fn from(format: FormatVersion) -> Self {
        match format {
            FormatVersion::V1 => Self::V1,
            // Those that this program can read.
            _ => Self::V2,
        }
    }
}

/// Where a map will lie when it is read.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Destination {
    /// In memory or on a local drive
    Disk,
    /// In an object store, or behind HTTP
    ObjectStore,
}

impl Destination {
    /// The page size that suits it, in bytes; `None` for what the entries suggest.
    pub(crate) fn page_size(self) -> Option<u32> {
        match self {
            Self::Disk => None,
            Self::ObjectStore => Some(OBJECT_STORE_PAGE_SIZE),
        }
    }

    /// The page size of a merged map, which would otherwise be that of the merged files.
    pub(crate) fn page_size_of_merged(self) -> u32 {
        self.page_size().unwrap_or(4096)
    }
}

/// A hash function.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HashName {
    /// The same on every platform and in every version and language
    Xxh3,
    /// The only one that massmap 0.1.5 has
    Foldhash,
}

impl HashName {
    pub(crate) fn config(self) -> MassMapHashConfig {
        match self {
            Self::Xxh3 => Xxh3HashLoader::default_config(),
            Self::Foldhash => MassMapDefaultHashLoader::default_config(),
        }
    }
}

/// What to do with entries whose keys are equal.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Duplicates {
    /// Fail
    Error,
    /// Keep all; lookups return the first value
    KeepAll,
    /// Keep the first
    First,
    /// Keep the last
    Last,
}

impl Duplicates {
    /// Tells users what to do about a duplicate key.
    pub(crate) const ADVICE: &str =
        "give --duplicate-keys first, last or keep-all to keep one of them or all";
}

impl From<Duplicates> for DuplicateKeys {
    fn from(duplicates: Duplicates) -> Self {
        match duplicates {
            Duplicates::Error => Self::Error,
            Duplicates::KeepAll => Self::KeepAll,
            Duplicates::First => Self::First,
            Duplicates::Last => Self::Last,
        }
    }
}

/// How values are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// Not at all.
    None,
    /// With Zstandard, perhaps at a level other than the usual one.
    Zstd {
        /// That level.
        level: Option<i32>,
    },
}
