//! Why a hash function cannot be loaded.

use std::io;

/// A hash configuration that a loader cannot load.
///
/// Converted into [`std::io::Error`], the error is the payload and the kind is [`io::ErrorKind::InvalidData`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HashError {
    /// The file was built with a hash function that the loader does not provide.
    #[error("the hash function is {name:?}; this program knows only {}", list(known))]
    UnknownHash {
        /// The name in the file.
        name: String,
        /// The names that the loader knows.
        known: Vec<String>,
    },
    /// The parameters have no valid seed.
    #[error(
        "the parameters of the hash function {name:?} need a field \"seed\" with an integer from 0 to 2^64-1, but are {parameters:.200}"
    )]
    InvalidSeed {
        /// The hash function.
        name: String,
        /// Its parameters, as JSON.
        parameters: String,
    },
}

fn list(names: &[String]) -> String {
    names
        .iter()
        .map(|name| format!("{name:?}"))
        .collect::<Vec<_>>()
        .join(", ")
}

impl From<HashError> for io::Error {
    fn from(error: HashError) -> Self {
        io::Error::new(io::ErrorKind::InvalidData, error)
    }
}
