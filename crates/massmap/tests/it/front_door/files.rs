//! Files for the tests of the front door.

use std::path::{Path, PathBuf};

use massmap::{Builder, FormatVersion, MassMapBuilder, MemoryWriter};
use tempfile::TempDir;

/// How many entries [`squares`] has.
pub(super) const ENTRIES: u64 = 3000;

pub(super) fn squares() -> impl Iterator<Item = (u64, u64)> {
    (0..ENTRIES).map(|number| (number, number * number))
}

/// A file on a disk rather than in memory, and the directory that it is in.
pub(super) struct Scratch {
    directory: TempDir,
}

impl Scratch {
    pub(super) fn new() -> Self {
        let beside = std::env::current_exe().unwrap();
        Self {
            directory: tempfile::tempdir_in(beside.parent().unwrap()).unwrap(),
        }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// A file with these bytes.
    pub(super) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

/// A file of [`squares`] at a path.
pub(super) fn file_of_squares() -> (Scratch, PathBuf) {
    let scratch = Scratch::new();
    let path = scratch.path("squares.massmap");
    Builder::new().build(&path, squares()).unwrap();
    (scratch, path)
}

/// The bytes of a file of format 1, as 0.1.5 writes it.
pub(super) fn old_squares() -> Vec<u8> {
    let writer = MemoryWriter::new();
    MassMapBuilder::default()
        .with_format(FormatVersion::V1)
        .build(&writer, squares())
        .unwrap();
    writer.into_inner()
}

/// Changes one bit of a file.
pub(super) fn flip(path: &Path, offset: u64) {
    use massmap::{MassMapReader, MassMapWriter};
    let file = std::fs::File::options()
        .read(true)
        .write(true)
        .open(path)
        .unwrap();
    let byte = file.read_exact_at(offset, 1, |bytes| Ok(bytes[0])).unwrap();
    file.write_all_at(&[byte ^ 1], offset).unwrap();
}
