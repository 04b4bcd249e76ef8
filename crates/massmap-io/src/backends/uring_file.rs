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
#[path = "uring_file/elsewhere.rs"]
mod system;

mod ring_file;

use std::borrow::Borrow;
use std::io::Result;

use crate::{FileId, MassMapReader};

pub use ring_file::RingFile;

/// How many reads are in flight unless something else is asked for.
const DEFAULT_DEPTH: usize = 128;

/// More would only queue elsewhere, and each takes a buffer.
const MAX_DEPTH: usize = 4096;

/// A file whose batches keep many reads in flight, with io_uring. Behind the feature `io-uring`.
///
/// A drive serves many reads in hardly more time than one, so [`batch_read_at`](MassMapReader::batch_read_at) asks for many at
/// once. Each one that completes is handed on, in whatever order that happens, and makes room for the next range. Single
/// reads, and those of more than 256 KiB, are those of the file inside, a [`File`](std::fs::File) or a `DirectFile`. Where the page cache
/// holds the file there is little to gain.
///
/// Where the kernel has no io_uring, does not let the program use it, or is not Linux, batches read one range after the
/// other; [`has_ring`](Self::has_ring) tells. Each thread has its own ring, which it keeps, with buffers of at most 4 MiB.
/// A batch that begins while another of the thread is under way, inside its callback, reads one range after the other too.
/// A forked process makes rings of its own. Where a callback forks, the child must end, or panic, in the callback: the batch
/// is the parent's.
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
/// A batch that fails gives the error of the earliest of its ranges that failed, whichever completed first. The callback may
/// have been called for later ones, and is called for all that come earlier.
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

    /// Keeps up to `depth` reads in flight instead, from 1 to 4096; what is outside of that becomes the nearest of them.
    ///
    /// Drives are at their fastest with a few dozen to a few hundred. More only take memory.
    #[must_use]
    pub fn with_depth(mut self, depth: usize) -> Self {
        self.depth = depth.clamp(1, MAX_DEPTH);
        self
    }

    /// How many reads are in flight at most, in each thread.
    #[must_use]
    pub const fn depth(&self) -> usize {
        self.depth
    }

    /// Whether batches that this thread begins now have a ring; if not, they read one range after the other.
    #[must_use]
    pub fn has_ring(&self) -> bool {
        system::has_ring(self.depth)
    }

    /// The file inside.
    #[must_use]
    pub const fn get_ref(&self) -> &F {
        &self.file
    }

    /// Gives the file back.
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

    fn source_id(&self) -> Option<FileId> {
        self.file.source_id()
    }
}

#[cfg(test)]
mod tests;
