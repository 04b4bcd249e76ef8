//! Readers that wait, used from asynchronous code.

use std::io::{Error, ErrorKind, Result};
use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::Arc;

use bytes::Bytes;
use massmap_io::MassMapReader;
use tokio::runtime::Handle;

use crate::reader::{AsyncReader, Suffix};
use crate::readers::in_place::{InPlace, RANGES_AT_ONCE};

/// Reads from a reader for synchronous code, such as a [`File`](std::fs::File), on the threads that the runtime tokio has for blocking
/// work.
///
/// Bytes that are in memory, such as those of a mapped file, are read in place, without a task.
///
/// The bytes must not change: the [`VersionTag`](crate::VersionTag) is strong and empty. A file that is open goes on being the same
/// one when another is renamed to its path, as publishing a map does.
///
/// A read whose future is dropped may go on until it is done.
#[derive(Debug)]
pub struct Offloaded<R> {
    reader: Arc<InPlace<R>>,
}

impl<R> Clone for Offloaded<R> {
    fn clone(&self) -> Self {
        Self {
            reader: Arc::clone(&self.reader),
        }
    }
}

impl<R: MassMapReader + Send + Sync + 'static> Offloaded<R> {
    /// Reads from `reader`.
    #[must_use]
    pub fn new(reader: R) -> Self {
        Self::of(InPlace::new(reader))
    }

    /// Reads from the reader of `reader`, and has its location.
    #[must_use]
    pub fn of(reader: InPlace<R>) -> Self {
        Self {
            reader: Arc::new(reader),
        }
    }

    async fn run<O: Send + 'static>(
        &self,
        read: impl FnOnce(&InPlace<R>) -> Result<O> + Send + 'static,
    ) -> Result<O> {
        let Ok(runtime) = Handle::try_current() else {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "there is no runtime of tokio here, whose threads would read: use one, or read in place (InPlace)",
            ));
        };
        let reader = Arc::clone(&self.reader);
        match runtime.spawn_blocking(move || read(&reader)).await {
            Ok(result) => result,
            // The panic of the reader, which would have come without the other thread, too.
            Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
            Err(error) => Err(Error::other(error)),
        }
    }
}

impl<R: MassMapReader + Send + Sync + 'static> AsyncReader for Offloaded<R> {
    async fn read(&self, range: Range<u64>) -> Result<Bytes> {
        match self.reader.shared() {
            Some(shared) => shared.read(range).await,
            None => self.run(move |reader| reader.read_now(&range)).await,
        }
    }

    async fn read_many(&self, ranges: Vec<Range<u64>>) -> Result<Vec<Bytes>> {
        match self.reader.shared() {
            Some(shared) => shared.read_many(ranges).await,
            None => self.run(move |reader| reader.read_many_now(&ranges)).await,
        }
    }

    async fn read_suffix(&self, length: u64) -> Result<Suffix> {
        match self.reader.shared() {
            Some(shared) => shared.read_suffix(length).await,
            None => self.run(move |reader| reader.read_suffix_now(length)).await,
        }
    }

    /// Many: a task costs as much as several reads from the page cache of the system.
    fn ranges_at_once(&self) -> usize {
        RANGES_AT_ONCE
    }

    fn shared_bytes(&self) -> Option<Bytes> {
        self.reader.shared_bytes()
    }

    fn stored_length(&self) -> Option<u64> {
        self.reader.stored_length()
    }

    fn location(&self) -> &str {
        self.reader.location()
    }
}
