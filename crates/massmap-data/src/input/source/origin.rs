//! Where an input comes from.

use std::fmt;
use std::fs;
use std::path::PathBuf;

/// Where an input comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The file at this path.
    File(PathBuf),
    /// Standard input.
    StandardInput,
}

impl Origin {
    /// Whether both are the same file, possibly under different paths.
    pub(in crate::input) fn is_same_file(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File(one), Self::File(other)) => match (one.canonicalize(), other.canonicalize()) {
                (Ok(one), Ok(other)) => one == other,
                _ => one == other,
            },
            _ => self == other,
        }
    }

    /// Whether it can be read again, unlike standard input and named pipes.
    pub(in crate::input) fn is_rereadable(&self) -> bool {
        match self {
            Self::StandardInput => false,
            Self::File(path) => fs::metadata(path).is_ok_and(|metadata| metadata.is_file()),
        }
    }
}

/// Standard input for `-`.
impl From<PathBuf> for Origin {
    fn from(path: PathBuf) -> Self {
        match path.as_os_str() == "-" {
            true => Self::StandardInput,
            false => Self::File(path),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::StandardInput => f.write_str("standard input"),
        }
    }
}
