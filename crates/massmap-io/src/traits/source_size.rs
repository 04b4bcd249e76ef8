//! The size of a source of bytes.

use std::fs::{File, Metadata};

/// The size of a file or of other bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceSize {
    /// Where the bytes end.
    pub length: u64,
    /// Number of bytes that are stored, as far as it is known: a file with holes has fewer than its length. At most `length`.
    pub stored: u64,
}

impl SourceSize {
    /// The size of bytes without holes.
    #[must_use]
    pub const fn of_bytes(length: u64) -> Self {
        Self {
            length,
            stored: length,
        }
    }

    /// The size of a regular file with a length. Others, such as devices and the files of `/proc`, may hold more than they say:
    /// `None`.
    #[must_use]
    pub fn of(file: &File) -> Option<Self> {
        Self::of_metadata(&file.metadata().ok()?)
    }

    pub(crate) fn of_metadata(metadata: &Metadata) -> Option<Self> {
        let length = metadata.len();
        (metadata.is_file() && length > 0).then(|| Self {
            length,
            stored: stored(metadata).min(length),
        })
    }
}

#[cfg(unix)]
fn stored(metadata: &Metadata) -> u64 {
    // In units of 512 bytes, whatever the blocks of the file system.
    std::os::unix::fs::MetadataExt::blocks(metadata).saturating_mul(512)
}

// There is no portable way to ask for it.
#[cfg(not(unix))]
fn stored(_: &Metadata) -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_file_has_its_length_and_holes_are_not_stored() {
        let mut file = tempfile::tempfile().unwrap();
        assert_eq!(SourceSize::of(&file), None);
        file.write_all(&[7; 5000]).unwrap();
        file.sync_all().unwrap();
        assert_eq!(SourceSize::of(&file).map(|size| size.length), Some(5000));
        file.set_len(1 << 30).unwrap();
        let size = SourceSize::of(&file).unwrap();
        assert_eq!(size.length, 1 << 30);
        assert!(size.stored <= 1 << 20, "{size:?}");
    }

    #[test]
    fn what_is_no_regular_file_has_no_known_size() {
        #[cfg(unix)]
        assert_eq!(SourceSize::of(&File::open("/dev/null").unwrap()), None);
        #[cfg(target_os = "linux")]
        assert_eq!(SourceSize::of(&File::open("/proc/self/status").unwrap()), None);
    }
}
