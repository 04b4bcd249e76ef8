//! What maps are read from.

use std::borrow::Borrow;
use std::fmt;
use std::io::Result;
use std::sync::Arc;

use massmap::{AnyReader, Bytes, FileId, MassMapReader, SourceSize};

use crate::remote::reader::source::RemoteSource;

/// What a map is read from. Clones share it.
#[derive(Clone)]
pub(crate) struct Reader(Arc<Source>);

/// A file, wherever it is.
pub(crate) enum Source {
    /// A file of this machine.
    Local(AnyReader),
    /// An object at a URL.
    Remote(Box<RemoteSource>),
}

impl Reader {
    /// Whether reads wait for no more than memory, so that a lookup takes less than a microsecond.
    pub(crate) fn is_in_memory(&self) -> bool {
        self.in_memory().is_some()
    }

    /// The object, if it is one at a URL.
    pub(crate) fn remote(&self) -> Option<&RemoteSource> {
        match &*self.0 {
            Source::Local(_) => None,
            Source::Remote(source) => Some(source),
        }
    }
}

impl From<Source> for Reader {
    fn from(source: Source) -> Self {
        Self(Arc::new(source))
    }
}

/// Evaluates an expression with the reader.
macro_rules! with_source {
    ($this:expr, $reader:ident => $result:expr) => {
        match &*$this.0 {
            Source::Local($reader) => $result,
            Source::Remote(source) => {
                let $reader = &source.blocking;
                $result
            }
        }
    };
}

impl MassMapReader for Reader {
    fn read_exact_at<F, R>(&self, offset: u64, length: u64, f: F) -> Result<R>
    where
        F: Fn(&[u8]) -> Result<R>,
    {
        with_source!(self, reader => reader.read_exact_at(offset, length, f))
    }

    fn batch_read_at<Q: ?Sized, F, R>(
        &self,
        iov: impl IntoIterator<Item = (impl Borrow<Q>, u64, u64)>,
        f: F,
    ) -> Result<Vec<R>>
    where
        F: Fn(&Q, &[u8]) -> Result<R>,
    {
        with_source!(self, reader => reader.batch_read_at(iov, f))
    }

    #[inline]
    fn in_memory(&self) -> Option<&[u8]> {
        match &*self.0 {
            Source::Local(reader) => reader.in_memory(),
            Source::Remote(_) => None,
        }
    }

    fn shared_bytes(&self) -> Option<Bytes> {
        with_source!(self, reader => reader.shared_bytes())
    }

    fn source_size(&self) -> Option<SourceSize> {
        with_source!(self, reader => reader.source_size())
    }

    fn source_id(&self) -> Option<FileId> {
        with_source!(self, reader => reader.source_id())
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reader")
    }
}
