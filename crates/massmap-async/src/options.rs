//! How a map is opened and read.

use massmap_core::{ChecksumPolicy, Coalescing};

use crate::reader::AsyncReader;

/// How [`AsyncMassMap`](crate::AsyncMassMap) and [`AsyncUntypedMap`](crate::AsyncUntypedMap) read: how much at once, how much in vain,
/// and how many requests at a time.
///
/// The defaults are for object stores, where a request takes some 10 ms and costs money, whatever its bytes up to some 100 KiB.
///
/// ```
/// use massmap_async::AsyncOpenOptions;
///
/// // For a store across an ocean.
/// let options = AsyncOpenOptions::new().largest_gap(1 << 20).longest_request(8 << 20).requests_in_flight(256);
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct AsyncOpenOptions {
    pub(crate) suffix_length: u64,
    pub(crate) policy: ChecksumPolicy,
    pub(crate) allows_unknown_version: bool,
    pub(crate) index_in_parts: bool,
    pub(crate) reads: ReadOptions,
}

/// How batches and walks read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReadOptions {
    /// `None` if the reader decides.
    largest_gap: Option<u64>,
    longest_request: u64,
    pub(crate) requests_in_flight: usize,
    pub(crate) read_ahead: usize,
}

impl ReadOptions {
    pub(crate) fn coalescing(&self, reader: &impl AsyncReader) -> Coalescing {
        let of_reader = match reader.ranges_at_once() {
            // A request costs more than bytes that nobody needs.
            1 => 64 << 10,
            // A call costs more than a read.
            _ => 0,
        };
        Coalescing {
            largest_gap: self.largest_gap.unwrap_or(of_reader),
            longest_read: self.longest_request,
        }
    }

    /// The longest read of a walk over the whole file, in bytes.
    pub(crate) const fn longest_request(&self) -> u64 {
        self.longest_request
    }
}

impl Default for AsyncOpenOptions {
    fn default() -> Self {
        Self {
            suffix_length: 64 << 10,
            policy: ChecksumPolicy::EveryRead,
            allows_unknown_version: false,
            index_in_parts: false,
            reads: ReadOptions {
                largest_gap: None,
                longest_request: 1 << 20,
                requests_in_flight: 64,
                read_ahead: 8,
            },
        }
    }
}

impl AsyncOpenOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many bytes at the end of the file are read first; 64 KiB unless set, 512 at least. If they hold the metadata and the index, one
    /// request opens the map, and otherwise two do.
    pub const fn first_read(mut self, bytes: u64) -> Self {
        self.suffix_length = match bytes {
            0..512 => 512,
            bytes => bytes,
        };
        self
    }

    /// Whether the page index and the miss filter are read in parts of 36 KiB when lookups need them, instead of as a whole when the map is
    /// opened. Not unless set. For single lookups in huge maps: opening takes a request more, and the first lookups up to three more each,
    /// but a map of a terabyte, whose index takes 250 MB, is ready after less than a megabyte. The parts stay in memory. Each is checked
    /// against its checksum. Iteration and verification read the whole index first. No effect in format 1, or if the first read has all of it.
    pub const fn index_in_parts(mut self, in_parts: bool) -> Self {
        self.index_in_parts = in_parts;
        self
    }

    /// Most bytes between two pages that a batch reads in vain to get both with one request. 64 KiB unless set, or 0 if the reader takes
    /// [several ranges at once](AsyncReader::ranges_at_once).
    pub const fn largest_gap(mut self, bytes: u64) -> Self {
        self.reads.largest_gap = Some(bytes);
        self
    }

    /// Most bytes of a request for several pages; 1 MiB unless set. A longer run of pages is a request of its own.
    pub const fn longest_request(mut self, bytes: u64) -> Self {
        self.reads.longest_request = bytes;
        self
    }

    /// Most requests that a batch has in flight; 64 unless set, 1 at least. Together with the longest request it bounds the memory that a
    /// batch takes besides its keys and results.
    pub const fn requests_in_flight(mut self, requests: usize) -> Self {
        self.reads.requests_in_flight = match requests {
            0 => 1,
            requests => requests,
        };
        self
    }

    /// How many requests of the [longest](Self::longest_request) length an iteration or a verification is ahead of what it gives; 8 unless
    /// set, 1 at least.
    pub const fn read_ahead(mut self, requests: usize) -> Self {
        self.reads.read_ahead = match requests {
            0 => 1,
            requests => requests,
        };
        self
    }

    /// When checksums of pages are checked; [`ChecksumPolicy::EveryRead`] unless set. Where the version of the file is not [known for
    /// sure](crate::VersionTag::is_strong), they are checked at every read whatever this says. No effect in format 1.
    pub const fn checksum_policy(mut self, policy: ChecksumPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Whether a file of format 1 may be opened although its version is not [known for sure](crate::VersionTag::is_strong). Not unless set:
    /// format 1 has no checksums, so that nobody would notice if the file were replaced.
    pub const fn allow_unknown_version(mut self, allow: bool) -> Self {
        self.allows_unknown_version = allow;
        self
    }
}
