//! Copying from file to file without bringing the bytes into the program, where the system can do that.

use std::any::Any;
use std::fs::File;
use std::io;
use std::sync::Arc;

use massmap_io::{AtomicFile, PooledFile};

/// Between which files a merge may copy.
pub(crate) struct Files<'a, R> {
    pub(crate) target: &'a AtomicFile,
    /// The file behind a reader, if it is one.
    pub(crate) source: fn(&R) -> io::Result<Option<Arc<File>>>,
}

impl<'a, R: 'static> Files<'a, R> {
    pub(crate) fn new(target: &'a AtomicFile) -> Self {
        Self {
            target,
            source: file_of,
        }
    }
}

fn file_of<R: 'static>(reader: &R) -> io::Result<Option<Arc<File>>> {
    let reader = reader as &dyn Any;
    if let Some(file) = reader.downcast_ref::<PooledFile>() {
        return file.file().map(Some);
    }
    if let Some(file) = reader.downcast_ref::<Arc<File>>() {
        return Ok(Some(Arc::clone(file)));
    }
    match reader.downcast_ref::<File>() {
        Some(file) => file.try_clone().map(Arc::new).map(Some),
        None => Ok(None),
    }
}
