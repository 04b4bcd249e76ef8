//! Copying from file to file without bringing the bytes into the program, where the system can do that.

use std::any::Any;
use std::fs::File;
use std::io;

use massmap_io::{AtomicFile, PooledFile};

/// Between which files a merge may copy.
pub(crate) struct Files<'a, R> {
    pub(crate) target: &'a AtomicFile,
    /// The file behind a reader, if it is one.
    pub(crate) source: fn(&R) -> io::Result<Option<File>>,
}

impl<'a, R: 'static> Files<'a, R> {
    pub(crate) fn new(target: &'a AtomicFile) -> Self {
        Self {
            target,
            source: file_of,
        }
    }
}

fn file_of<R: 'static>(reader: &R) -> io::Result<Option<File>> {
    let reader = reader as &dyn Any;
    if let Some(file) = reader.downcast_ref::<PooledFile>() {
        return file.file().map(|file| with_own_position(&file));
    }
    Ok(reader.downcast_ref::<File>().and_then(with_own_position))
}

/// The same file with a position of its own: copying moves it, and others may be copying from the file, too.
#[cfg(target_os = "linux")]
fn with_own_position(file: &File) -> Option<File> {
    use std::os::fd::AsRawFd;
    // Without this file system, or the right to open the file once more, copying goes through memory.
    File::open(format!("/proc/self/fd/{}", file.as_raw_fd())).ok()
}

#[cfg(not(target_os = "linux"))]
fn with_own_position(_: &File) -> Option<File> {
    None
}
