//! Measures how much of the inputs has been read.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context;

use super::origin::Origin;
use crate::input::error::{InputError, LocatedError};

/// Counts the bytes that have been read of all inputs.
#[derive(Debug, Default)]
pub struct Meter {
    read: AtomicU64,
    decompressed: AtomicU64,
    /// Length of all inputs whose length is known, in bytes.
    total: AtomicU64,
    /// Number of the others.
    unknown: AtomicU64,
}

impl Meter {
    /// Checks that the inputs exist.
    ///
    /// # Errors
    ///
    /// Fails if a file does not.
    pub(crate) fn of<'a>(origins: impl Iterator<Item = &'a Origin>) -> Result<Self, InputError> {
        let (mut total, mut unknown) = (0, 0);
        for origin in origins {
            let length = match origin {
                Origin::StandardInput | Origin::Table => None,
                Origin::Url { length, .. } => *length,
                Origin::File(path) => {
                    let metadata = fs::metadata(path).context("cannot open the file");
                    let metadata = metadata.map_err(|error| LocatedError::from(error).in_input(origin))?;
                    // A pipe, such as `<(…)` in a shell, has no length.
                    metadata.is_file().then_some(metadata.len())
                }
            };
            match length {
                Some(length) => total += length,
                None => unknown += 1,
            }
        }
        Ok(Self {
            read: AtomicU64::new(0),
            decompressed: AtomicU64::new(0),
            total: AtomicU64::new(total),
            unknown: AtomicU64::new(unknown),
        })
    }

    /// Number of bytes that have been read, and of all bytes if known.
    #[must_use]
    pub fn read(&self) -> (u64, Option<u64>) {
        let is_known = self.unknown.load(Ordering::Acquire) == 0;
        let total = is_known.then(|| self.total.load(Ordering::Relaxed));
        (self.read.load(Ordering::Relaxed), total)
    }

    /// Number of decompressed bytes that have been read, including buffered ones.
    pub(crate) fn decompressed(&self) -> u64 {
        self.decompressed.load(Ordering::Relaxed)
    }

    /// Adds the length of an input that is known only now that it is open.
    #[cfg(feature = "object-store")]
    pub(super) fn found_length(&self, length: u64) {
        self.total.fetch_add(length, Ordering::Relaxed);
        self.unknown.fetch_sub(1, Ordering::Release);
    }

    pub(in crate::input) fn add_read(&self, count: u64) {
        self.read.fetch_add(count, Ordering::Relaxed);
    }

    pub(super) fn add_decompressed(&self, count: u64) {
        self.decompressed.fetch_add(count, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn the_total_is_known_if_all_inputs_are_files() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        fs::write(&path, "12345").unwrap();
        let file = Origin::from(path);
        let total = |origins: &[&Origin]| Meter::of(origins.iter().copied()).unwrap().read().1;
        assert_eq!(total(&[&file, &file]), Some(10));
        assert_eq!(total(&[&file, &Origin::from(PathBuf::from("-"))]), None);
        let missing = Origin::from(directory.path().join("b"));
        assert!(Meter::of([&file, &missing].into_iter()).is_err());
    }
}
