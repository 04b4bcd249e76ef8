//! Copying from file to file in the kernel, where the system can do that.

use std::any::Any;
use std::fs::File;
use std::io;

use massmap_io::{AtomicFile, PooledFile};

/// Copying from the files of readers to a target file in the kernel.
pub(crate) struct KernelCopy<'a, R> {
    pub(crate) target: &'a AtomicFile,
    /// Returns the file of a reader, if it reads one.
    pub(crate) source: fn(&R) -> io::Result<Option<File>>,
}

impl<'a, R: 'static> KernelCopy<'a, R> {
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

/// The same file with its own position. Copying moves the position, and others may copy from the file at the same time.
#[cfg(target_os = "linux")]
fn with_own_position(file: &File) -> Option<File> {
    use std::os::fd::AsRawFd;
    // Without this file system, or permission to open the file again, copying goes through memory.
    File::open(format!("/proc/self/fd/{}", file.as_raw_fd())).ok()
}

#[cfg(not(target_os = "linux"))]
fn with_own_position(_: &File) -> Option<File> {
    None
}
