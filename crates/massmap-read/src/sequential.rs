//! Reading extent after extent with few reads.

use std::cell::Cell;
use std::io;

use massmap_hash::MassMapHashLoader;
use massmap_io::MassMapReader;

use crate::layout::Extent;
use crate::scan::Block;
use crate::{ChecksumPolicy, MassMapInner};

/// The first read. Those that follow are twice as long each, so that a walk which ends soon has not read much in vain.
const FIRST_READ: u64 = 16 << 10;

/// The longest read of a walk over all of a map, in bytes: as much as threads keep a buffer for when they read files, and
/// enough for reads not to matter beside decoding.
pub(crate) const LONGEST_READ: u64 = 256 << 10;

/// Reads extents in the order in which they lie in the file, many of them at once.
///
/// What is read is the same as with a read for each extent, down to the errors: where a large read fails, the extents in it
/// are read one by one, so that those which can be read are. From a reader whose bytes lie in memory, nothing is copied.
pub(crate) struct Sequential<'a, R: MassMapReader, H: MassMapHashLoader> {
    inner: &'a MassMapInner<R, H>,
    /// In place of that of the map.
    policy: Option<ChecksumPolicy>,
    /// Bytes of the file, from the offset `start` on; at most twice `longest_read` of them.
    buffer: Vec<u8>,
    start: u64,
    /// Length of the next read, in bytes.
    next_read: u64,
    longest_read: u64,
    /// The offset behind the last byte that is wanted.
    end: u64,
    /// Extents that begin before this offset are read one by one.
    one_by_one: u64,
}

impl<'a, R: MassMapReader, H: MassMapHashLoader> Sequential<'a, R, H> {
    /// Reads extents of `inner` up to the offset `end`, up to `longest_read` bytes at once; longer extents on their own.
    pub(crate) fn new(inner: &'a MassMapInner<R, H>, end: u64, longest_read: u64) -> Self {
        Self {
            inner,
            policy: None,
            buffer: Vec::new(),
            start: 0,
            next_read: FIRST_READ.min(longest_read),
            longest_read,
            end,
            one_by_one: 0,
        }
    }

    /// Sets when checksums are checked, whatever the policy of the map.
    pub(crate) fn with_policy(mut self, policy: ChecksumPolicy) -> Self {
        self.policy = Some(policy);
        self
    }

    /// Reads `extent` and calls `f` with it, like [`MassMapInner::read`].
    pub(crate) fn read<T: Default>(
        &mut self,
        extent: Extent,
        f: impl Fn(Block<'_>) -> io::Result<T>,
    ) -> io::Result<T> {
        let inner = self.inner;
        let payload = match inner.reader.in_memory() {
            Some(bytes) => part(bytes, 0, &extent),
            None if self.is_fetched(&extent) || self.fetch(&extent) => {
                part(&self.buffer, self.start, &extent)
            }
            None => None,
        };
        match payload {
            Some(payload) if extent.length > 0 => f(inner.block(&extent, payload, self.policy)?),
            _ => inner.read_with_policy(extent, self.policy, f),
        }
    }

    fn is_fetched(&self, extent: &Extent) -> bool {
        part(&self.buffer, self.start, extent).is_some()
    }

    /// Reads `extent` and what follows it; `false` if it is to be read on its own.
    fn fetch(&mut self, extent: &Extent) -> bool {
        if extent.length >= self.longest_read || extent.offset < self.one_by_one {
            return false;
        }
        // The last read may have ended within the extent.
        let known = extent.offset.checked_sub(self.start);
        let known = known.and_then(|known| usize::try_from(known).ok());
        match known.filter(|known| *known <= self.buffer.len()) {
            Some(known) => drop(self.buffer.drain(..known)),
            None => self.buffer.clear(),
        }
        self.start = extent.offset;

        let kept = self.buffer.len();
        let from = self.start.saturating_add(kept as u64);
        let end_of_extent = extent.offset.saturating_add(extent.length);
        let to = from
            .saturating_add(self.next_read)
            .min(self.end)
            .max(end_of_extent);
        self.next_read = self.next_read.saturating_mul(2).min(self.longest_read);
        let buffer = Cell::new(std::mem::take(&mut self.buffer));
        let fetched = self.inner.reader.read_exact_at(from, to - from, |bytes| {
            let mut kept_and_read = buffer.take();
            // In case a reader calls this more than once.
            kept_and_read.truncate(kept);
            kept_and_read.extend_from_slice(bytes);
            buffer.set(kept_and_read);
            Ok(())
        });
        self.buffer = buffer.into_inner();
        let is_whole = self.start.saturating_add(self.buffer.len() as u64) == to;
        if fetched.is_err() || !is_whole {
            self.buffer.clear();
            self.one_by_one = to;
            return false;
        }
        true
    }
}

/// The part of `bytes`, which begin at the offset `start`, that `extent` is.
fn part<'a>(bytes: &'a [u8], start: u64, extent: &Extent) -> Option<&'a [u8]> {
    let start = usize::try_from(extent.offset.checked_sub(start)?).ok()?;
    let length = usize::try_from(extent.length).ok()?;
    bytes.get(start..)?.get(..length)
}
