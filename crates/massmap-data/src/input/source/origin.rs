//! Where an input comes from.

use std::fmt;
use std::fs;
use std::path::PathBuf;

use crate::location::{Location, without_secrets};

/// Where an input comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The file at this path.
    File(PathBuf),
    /// An object in a store.
    Url {
        /// Its URL.
        url: String,
        /// Its length in bytes, if it is known already.
        length: Option<u64>,
    },
    /// Standard input.
    StandardInput,
    /// A table in memory, or one that another program hands over.
    Table,
}

impl Origin {
    /// Whether both are the same file, possibly under different paths.
    pub(in crate::input) fn is_same_file(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File(one), Self::File(other)) => match (one.canonicalize(), other.canonicalize()) {
                (Ok(one), Ok(other)) => one == other,
                _ => one == other,
            },
            (Self::Url { url: one, .. }, Self::Url { url: other, .. }) => one == other,
            _ => self == other,
        }
    }

    /// Whether it can be read again, unlike standard input and named pipes.
    pub(in crate::input) fn is_rereadable(&self) -> bool {
        match self {
            Self::StandardInput | Self::Table => false,
            Self::File(path) => fs::metadata(path).is_ok_and(|metadata| metadata.is_file()),
            Self::Url { .. } => true,
        }
    }

    /// The name of the file, from which its format can be guessed.
    pub(crate) fn name(&self) -> Option<String> {
        match self {
            Self::File(path) => Some(path.to_string_lossy().into_owned()),
            // A query is none of it.
            Self::Url { url, .. } => Some(without_secrets(url)),
            Self::StandardInput | Self::Table => None,
        }
    }
}

/// Standard input for `-`.
impl From<Location> for Origin {
    fn from(location: Location) -> Self {
        match location {
            Location::Path(path) if path.as_os_str() == "-" => Self::StandardInput,
            Location::Path(path) => Self::File(path),
            Location::Url(url) => Self::Url { url, length: None },
        }
    }
}

impl From<PathBuf> for Origin {
    fn from(path: PathBuf) -> Self {
        Location::Path(path).into()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Url { url, .. } => f.write_str(&without_secrets(url)),
            Self::StandardInput => f.write_str("standard input"),
            Self::Table => f.write_str("the table"),
        }
    }
}
