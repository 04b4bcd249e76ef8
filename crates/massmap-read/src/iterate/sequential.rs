//! Reading extent after extent with few reads.

use std::cell::Cell;
use std::io;

use massmap_core::{Block, ChecksumPolicy, Extent, ReadAhead};
use massmap_hash::MassMapHashLoader;
use massmap_io::MassMapReader;

use crate::MassMapInner;

/// The longest read of a walk over a whole map, in bytes. Threads that read files keep a buffer of this size, and reads of it
/// cost little compared with decoding.
pub(crate) const LONGEST_READ: u64 = 256 << 10;

/// Reads extents in file order. Nothing is copied from a reader whose bytes lie in memory.
pub(crate) struct Sequential<'a, R: MassMapReader, H: MassMapHashLoader> {
    inner: &'a MassMapInner<R, H>,
    /// Replaces the map's policy.
    policy: Option<ChecksumPolicy>,
    ahead: ReadAhead,
}

impl<'a, R: MassMapReader, H: MassMapHashLoader> Sequential<'a, R, H> {
    /// Reads extents of `inner` up to the offset `end`, up to `longest_read` bytes at once. Longer extents are read on their own.
    pub(crate) fn new(inner: &'a MassMapInner<R, H>, end: u64, longest_read: u64) -> Self {
        Self {
            inner,
            policy: None,
            ahead: ReadAhead::new(end, longest_read),
        }
    }

    /// Sets the checksum policy, in place of the map's.
    pub(crate) fn with_policy(mut self, policy: ChecksumPolicy) -> Self {
        self.policy = Some(policy);
        self
    }

    /// Reads `extent` and calls `f` with it, like [`MassMapInner::read`].
    pub(crate) fn read<T: Default>(
        &mut self,
        extent: &Extent,
        f: impl Fn(Block<'_>) -> io::Result<T>,
    ) -> io::Result<T> {
        let inner = self.inner;
        let bytes = match inner.reader.in_memory() {
            Some(memory) => extent.bytes_in(memory, 0),
            None => {
                self.fetch(extent)?;
                self.ahead.get(extent)
            }
        };
        match bytes {
            Some(bytes) => f(inner
                .index()
                .block_with_policy::<io::Error>(extent, bytes, self.policy)?),
            None => inner.read_with_policy(extent, self.policy, f),
        }
    }

    /// Reads `extent` and the bytes after it, unless the extent has been read or is to be read on its own.
    fn fetch(&mut self, extent: &Extent) -> io::Result<()> {
        let Some(read) = self.ahead.plan(extent) else {
            return Ok(());
        };
        let buffer = Cell::new(self.ahead.take_buffer());
        let result = self
            .inner
            .reader
            .read_exact_at(read.offset(), read.length(), |bytes| {
                let mut filled = buffer.take();
                read.append(&mut filled, bytes);
                buffer.set(filled);
                Ok(())
            });
        self.ahead.put_buffer(buffer.into_inner());
        match result {
            // Somebody wants no more reads.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            // After another error, the extents are read one by one, and each reports its own error.
            _ => Ok(()),
        }
    }
}
