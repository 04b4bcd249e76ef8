//! Outputs that are objects in stores.

use std::io;
use std::sync::Arc;

use massmap_async::ObjectWriter;

use crate::output::{console, interrupt};

/// An object that is being written.
pub(in crate::commands::write) struct Object {
    writer: Arc<ObjectWriter>,
}

impl Object {
    /// Begins to write the object at a URL, in parts of `part_size` bytes if that is given. A signal that ends the program gives the upload up
    /// first.
    pub(super) fn create(url: &str, part_size: Option<u64>) -> anyhow::Result<Self> {
        let mut writer = ObjectWriter::from_url(url)?;
        if let Some(bytes) = part_size {
            writer = writer.with_part_size(bytes);
        }
        let writer = Arc::new(writer);
        let weak = Arc::downgrade(&writer);
        interrupt::before_end(move || {
            if let Some(writer) = weak.upgrade() {
                give_up(&writer);
            }
        });
        Ok(Self { writer })
    }

    /// Lets `write` write the object, and makes it appear. After an error, nothing is left of it.
    pub(in crate::commands::write) fn publish<T>(
        self,
        write: impl FnOnce(&ObjectWriter) -> io::Result<T>,
    ) -> io::Result<T> {
        let written = write(&self.writer).and_then(|result| self.writer.finish().map(|()| result));
        if written.is_err() {
            interrupt::wait_if_ending();
            give_up(&self.writer);
        }
        written
    }
}

/// Gives the upload up, and warns if parts of it are left.
fn give_up(writer: &ObjectWriter) {
    if let Err(error) = writer.abort() {
        console::warning(&format!("{:#}", anyhow::Error::from(error)));
    }
}
