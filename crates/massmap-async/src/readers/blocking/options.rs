//! How blocking readers read.

use std::fmt;
use std::io::Result;
use std::sync::Arc;

use tokio::runtime::Handle;

use super::batch::Coalescing;
use super::runtime::{Driver, RuntimeOfProcess};
use super::wait::Interruption;

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
#[derive(Clone)]
#[must_use]
pub struct BlockingOptions {
    pub(super) first_read: u64,
    pub(super) coalescing: Coalescing,
    /// At least 1.
    pub(super) requests_in_flight: usize,
    pub(super) allows_unknown_version: bool,
    runtime: Runtime,
    interruption: Option<Arc<Interruption>>,
}

/// The runtime whose drivers serve sockets and timers.
#[derive(Clone)]
enum Runtime {
    /// The one that all blocking readers of the process share.
    Shared,
    Given(Handle),
    Asked(Arc<RuntimeOfProcess>),
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
            runtime: Runtime::Shared,
            interruption: None,
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
        self.runtime = Runtime::Given(runtime);
        self
    }

    /// Asks for such a [`runtime`](Self::runtime) at each read: for programs that fork, whose function makes another one in the child.
    ///
    /// The reader inside has to do the same with its connections, which belong to the parent.
    pub fn runtime_of_process(
        mut self,
        runtime: impl Fn() -> Result<Handle> + Send + Sync + 'static,
    ) -> Self {
        self.runtime = Runtime::Asked(Arc::new(runtime));
        self
    }

    /// Calls `interruption` every 50 ms in a thread that waits for a request. If it returns an error, the read is given up, and that is its
    /// error: for programs that can be told to stop.
    pub fn interrupted_by(mut self, interruption: impl Fn() -> Result<()> + Send + Sync + 'static) -> Self {
        self.interruption = Some(Arc::new(interruption));
        self
    }

    pub(super) fn driver(&self) -> Result<Driver> {
        let driver = match &self.runtime {
            Runtime::Shared => Driver::new(None)?,
            Runtime::Given(runtime) => Driver::new(Some(runtime.clone()))?,
            Runtime::Asked(runtime) => Driver::of_process(Arc::clone(runtime)),
        };
        Ok(driver.with_interruption(self.interruption.clone()))
    }
}

impl fmt::Debug for BlockingOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockingOptions")
            .field("first_read", &self.first_read)
            .field("coalescing", &self.coalescing)
            .field("requests_in_flight", &self.requests_in_flight)
            .field("allows_unknown_version", &self.allows_unknown_version)
            .finish_non_exhaustive()
    }
}
