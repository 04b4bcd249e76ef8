//! Copying from file to file without bringing the bytes into the program, where the system can do that.

use std::any::Any;
use std::fs::File;
use std::io;
use std::sync::Arc;

use massmap_io::{AtomicFile, MassMapReader, PooledFile};

use crate::sink::Sink;

/// How `length` bytes that a reader has at an offset get behind those in a sink.
pub(crate) type Copy<W, R> = fn(&mut Sink<'_, W>, &R, u64, u64) -> io::Result<()>;

/// Copies as the system does it best if `reader` is a file, and through memory otherwise.
pub(crate) fn copy_file<R: MassMapReader + 'static>(
    sink: &mut Sink<'_, AtomicFile>,
    reader: &R,
    offset: u64,
    length: u64,
) -> io::Result<()> {
    match file_of(reader)? {
        Some(file) => sink.copy_file(&file, offset, length),
        None => sink.copy(reader, offset, length),
    }
}

/// The file behind a reader, if it is one.
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
