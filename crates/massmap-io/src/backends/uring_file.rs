//! Reading files with many reads in flight.

#[cfg(all(
    target_os = "linux",
    any(
        target_arch = "x86_64",
        target_arch = "aarch64",
        target_arch = "riscv64",
        target_arch = "loongarch64",
        target_arch = "powerpc64"
    )
))]
#[path = "uring_file/linux.rs"]
mod system;
#[cfg(not(all(
    target_os = "linux",
    any(
        target_arch = "x86_64",
        target_arch = "aarch64",
        target_arch = "riscv64",
        target_arch = "loongarch64",
        target_arch = "powerpc64"
    )
)))]
#[path = "uring_file/unsupported.rs"]
mod system;

mod ring_file;

use std::borrow::Borrow;
use std::io::Result;

use crate::{FileId, MassMapReader, SourceSize};

pub use ring_file::RingFile;

/// The default number of reads in flight.
const DEFAULT_DEPTH: usize = 128;

/// The most reads in flight. More would only wait in other queues, and each takes a buffer.
const MAX_DEPTH: usize = 4096;

/// A file whose batches keep many reads in flight, with io_uring. Requires the feature `io-uring`.
///
/// A drive serves many reads in hardly more time than one, so [`batch_read_at`](MassMapReader::batch_read_at) submits many at
/// once. The callback gets each read as it completes, in any order, which makes room for the next range. Single reads, and
/// reads of more than 256 KiB, use the file inside, a [`File`](std::fs::File) or a `DirectFile`. If the page cache holds
/// the file, there is little to gain.
///
/// If the kernel has no io_uring, does not let the program use it, or is not Linux, batches read one range after the other;
/// [`has_ring`](Self::has_ring) tells. Each thread keeps a ring of its own, with buffers of at most 4 MiB. A batch inside the
/// callback of another also reads one range after the other. A forked process makes new rings. If a callback forks, the child
/// must end or panic in the callback: the batch belongs to the parent.
///
/// ```
/// use massmap_io::{MassMapReader, UringFile};
///
/// # let directory = tempfile::tempdir()?;
/// let path = directory.path().join("alphabet");
/// std::fs::write(&path, "abcdefghijklmnopqrstuvwxyz")?;
///
/// let file = UringFile::new(std::fs::File::open(&path)?).with_depth(32);
/// let ranges = [("first", 0, 3), ("last", 23, 3)];
/// let read = file.batch_read_at::<str, _, _>(ranges, |name, bytes| Ok(format!("{name}: {}", bytes.escape_ascii())))?;
/// assert_eq!(read, ["first: abc", "last: xyz"]);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors of batches
///
/// A failed batch gives the error of the earliest range that failed, whichever completed first. The callback is called for all
/// earlier ranges, and may have been called for later ones.
#[derive(Debug)]
pub struct UringFile<F> {
    file: F,
    /// From 1 to [`MAX_DEPTH`].
    depth: usize,
}

impl<F: RingFile> UringFile<F> {
    /// A file that keeps up to 128 reads in flight.
    pub const fn new(file: F) -> Self {
        Self {
            file,
            depth: DEFAULT_DEPTH,
        }
    }

    /// Keeps up to `depth` reads in flight instead; values are clamped to the range from 1 to 4096.
    ///
    /// Drives are fastest with a few dozen to a few hundred. More only take memory.
    #[must_use]
    pub fn with_depth(mut self, depth: usize) -> Self {
        self.depth = depth.clamp(1, MAX_DEPTH);
        self
    }

    /// The most reads in flight, in each thread.
    #[must_use]
    pub const fn depth(&self) -> usize {
        self.depth
    }

    /// Whether batches that this thread begins now use a ring; if not, they read one range after the other.
    #[must_use]
    pub fn has_ring(&self) -> bool {
        system::has_ring(self.depth)
    }

    /// The file inside.
    #[must_use]
    pub const fn get_ref(&self) -> &F {
        &self.file
    }

    /// Returns the file inside.
    #[must_use]
    pub fn into_inner(self) -> F {
        self.file
    }
}

impl<F: RingFile> MassMapReader for UringFile<F> {
    fn read_exact_at<G, R>(&self, offset: u64, length: u64, f: G) -> Result<R>
    where
        G: Fn(&[u8]) -> Result<R>,
    {
        self.file.read_exact_at(offset, length, f)
    }

    fn batch_read_at<Q: ?Sized, G, R>(
        &self,
        iov: impl IntoIterator<Item = (impl Borrow<Q>, u64, u64)>,
        f: G,
    ) -> Result<Vec<R>>
    where
        G: Fn(&Q, &[u8]) -> Result<R>,
    {
        system::batch(&self.file, self.depth, iov, f)
    }

    fn source_size(&self) -> Option<SourceSize> {
        self.file.source_size()
    }

    fn source_id(&self) -> Option<FileId> {
        self.file.source_id()
    }
}

#[cfg(test)]
mod tests;
