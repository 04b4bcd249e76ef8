//! How blocking readers read.

use tokio::runtime::Handle;

use super::batch::Coalescing;

/// How a [`BlockingReader`](crate::BlockingReader) reads: how much at first, how much at once, how much in vain, and how many requests at a time.
///
/// The defaults are for object stores, where a request takes some 10 ms and costs money, whatever its bytes up to some 100 KiB.
///
/// ```
/// use massmap_async::{BlockingOptions, MemoryReader};
///
/// let reader = BlockingOptions::new().requests_in_flight(256).open(MemoryReader::new("abc"))?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct BlockingOptions {
    pub(super) first_read: u64,
    pub(super) coalescing: Coalescing,
    /// At least 1.
    pub(super) requests_in_flight: usize,
    pub(super) allows_unknown_version: bool,
    pub(super) runtime: Option<Handle>,
}

impl Default for BlockingOptions {
    fn default() -> Self {
        Self {
            first_read: 64 << 10,
            coalescing: Coalescing {
                largest_gap: 64 << 10,
                longest_request: 1 << 20,
            },
            requests_in_flight: 64,
            allows_unknown_version: false,
            runtime: None,
        }
    }
}

impl BlockingOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many bytes at the end of the file are read at first, and kept; 64 KiB unless set, 512 at least.
    pub const fn first_read(mut self, bytes: u64) -> Self {
        self.first_read = match bytes {
            0..512 => 512,
            bytes => bytes,
        };
        self
    }

    /// Most bytes between two ranges of a batch that are read in vain to get both with one request; 64 KiB unless set, which take hardly
    /// longer than no bytes.
    pub const fn largest_gap(mut self, bytes: u64) -> Self {
        self.coalescing.largest_gap = bytes;
        self
    }

    /// Most bytes of a request for several ranges; 1 MiB unless set. A longer range is a request of its own.
    pub const fn longest_request(mut self, bytes: u64) -> Self {
        self.coalescing.longest_request = bytes;
        self
    }

    /// Most requests that a batch has in flight; 64 unless set, 1 at least. Together with the longest request it bounds the memory that a
    /// batch takes besides its results.
    pub const fn requests_in_flight(mut self, requests: usize) -> Self {
        self.requests_in_flight = match requests {
            0 => 1,
            requests => requests,
        };
        self
    }

    /// Whether a file of format 1 may be read although its version is not [known for sure](crate::VersionTag::is_strong). Not unless set:
    /// format 1 has no checksums, so that nobody would notice if the file were replaced.
    pub const fn allow_unknown_version(mut self, allow: bool) -> Self {
        self.allows_unknown_version = allow;
        self
    }

    /// The runtime whose drivers serve sockets and timers, in place of one that all blocking readers of the process share.
    ///
    /// It must have its drivers enabled and threads that do not all wait for reads of this reader: reads from its own tasks may wait for
    /// each other forever, unless they are made within `spawn_blocking`.
    pub fn runtime(mut self, runtime: Handle) -> Self {
        self.runtime = Some(runtime);
        self
    }
}
