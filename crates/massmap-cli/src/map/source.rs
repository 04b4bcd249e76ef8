//! What maps are read from.

use std::borrow::Borrow;
use std::fs::File;
use std::io::Result;
use std::sync::Arc;

use anyhow::Context;
#[cfg(feature = "io-uring")]
use massmap::UringFile;
use massmap::{FileId, FilePool, MassMapReader, PooledFile, SourceSize};

#[cfg(feature = "object-store")]
use super::remote::{self, Remote};
use super::threaded::ThreadedFile;
use super::traffic::Traffic;
use massmap_data::Location;

/// A file of this machine, or an object in a store.
pub(crate) struct Source {
    backend: Backend,
    traffic: Arc<Traffic>,
}

enum Backend {
    File(File),
    Pooled(PooledFile),
    #[cfg(feature = "io-uring")]
    Ring(UringFile<File>),
    Threaded(ThreadedFile),
    /// Counts its requests itself.
    #[cfg(feature = "object-store")]
    Remote(Box<Remote>),
}

impl Source {
    /// Opens a file or an object.
    pub(crate) fn open(location: &Location) -> anyhow::Result<Self> {
        Self::open_with(location, |path| Ok(Backend::File(File::open(path)?)))
    }

    /// Opens an object, or a file of `pool`.
    pub(crate) fn open_in(pool: &FilePool, location: &Location) -> anyhow::Result<Self> {
        Self::open_with(location, |path| Ok(Backend::Pooled(pool.open(path)?)))
    }

    /// Opens an object, or a file whose batches keep many reads in flight.
    pub(crate) fn open_for_batches(location: &Location) -> anyhow::Result<Self> {
        Self::open_with(location, |path| {
            let file = File::open(path)?;
            #[cfg(feature = "io-uring")]
            let file = {
                let ring = UringFile::new(file);
                if ring.has_ring() {
                    return Ok(Backend::Ring(ring));
                }
                ring.into_inner()
            };
            Ok(Backend::Threaded(ThreadedFile(file)))
        })
    }

    fn open_with(
        location: &Location,
        open: impl FnOnce(&std::path::Path) -> Result<Backend>,
    ) -> anyhow::Result<Self> {
        let traffic = Arc::new(Traffic::default());
        let backend = match location {
            Location::Path(path) => open(path).context("cannot open the file")?,
            #[cfg(feature = "object-store")]
            Location::Url(url) => Backend::Remote(Box::new(remote::open(url, &traffic)?)),
            #[cfg(not(feature = "object-store"))]
            Location::Url(_) => anyhow::bail!(massmap_data::WITHOUT_URLS),
        };
        Ok(Self { backend, traffic })
    }

    /// Counts what is read.
    pub(crate) fn traffic(&self) -> Arc<Traffic> {
        Arc::clone(&self.traffic)
    }
}

/// Evaluates an expression with the reader.
macro_rules! with_backend {
    ($source:expr, $reader:ident => $result:expr) => {
        match &$source.backend {
            Backend::File($reader) => $result,
            Backend::Pooled($reader) => $result,
            #[cfg(feature = "io-uring")]
            Backend::Ring($reader) => $result,
            Backend::Threaded($reader) => $result,
            #[cfg(feature = "object-store")]
            Backend::Remote($reader) => $result,
        }
    };
}

impl Source {
    /// Counts a read of a file.
    fn count(&self, length: u64) {
        match self.backend {
            #[cfg(feature = "object-store")]
            Backend::Remote(_) => {}
            _ => self.traffic.add(length),
        }
    }
}

impl MassMapReader for Source {
    fn read_exact_at<F, R>(&self, offset: u64, length: u64, f: F) -> Result<R>
    where
        F: Fn(&[u8]) -> Result<R>,
    {
        self.count(length);
        with_backend!(self, reader => reader.read_exact_at(offset, length, f))
    }

    fn batch_read_at<Q: ?Sized, F, R>(
        &self,
        iov: impl IntoIterator<Item = (impl Borrow<Q>, u64, u64)>,
        f: F,
    ) -> Result<Vec<R>>
    where
        F: Fn(&Q, &[u8]) -> Result<R>,
    {
        let iov = iov.into_iter().inspect(|(_, _, length)| match *length {
            0 => {}
            length => self.count(length),
        });
        with_backend!(self, reader => reader.batch_read_at(iov, f))
    }

    fn source_size(&self) -> Option<SourceSize> {
        with_backend!(self, reader => reader.source_size())
    }

    fn source_id(&self) -> Option<FileId> {
        with_backend!(self, reader => reader.source_id())
    }
}
