//! How the memory limit is divided.

/// The default limit, in bytes.
const DEFAULT_LIMIT: usize = 512 << 20;

/// The lowest limit, in bytes.
const MIN_LIMIT: usize = 64 << 10;

/// The largest number of partitions. With more, a batch has too few bytes for each partition to copy them quickly.
const MAX_PARTITIONS: usize = 1024;

/// The smallest batch that is worth passing to another thread, in bytes.
const MIN_BATCH: usize = 1 << 10;

/// A memory limit. Three quarters of it are for waiting entries, one eighth is for batches on their way there, and the rest is
/// for memory that the allocator cannot return.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    limit: usize,
}

impl Memory {
    pub(crate) fn new(limit: Option<usize>) -> Self {
        Self {
            limit: limit.unwrap_or(DEFAULT_LIMIT).max(MIN_LIMIT),
        }
    }

    /// The most bytes of entries that may wait in memory.
    pub(crate) fn resident(self) -> usize {
        self.limit / 4 * 3
    }

    /// Size of a batch in bytes, where `threads` threads take batches over.
    pub(crate) fn batch(self, threads: usize) -> usize {
        // Each thread has one batch, one is waiting and one is being filled. A batch takes its memory twice while its entries are
        // grouped by partition.
        (self.limit / 16 / (threads + 2)).clamp(MIN_BATCH, 4 << 20)
    }

    /// The largest entry that shares a batch with others, in bytes. A larger one is moved in a batch of its own, not copied.
    pub(crate) fn large(self) -> usize {
        4 * self.batch(0)
    }

    /// The most bytes of entries that are sorted at once, unless it is a single entry.
    pub(crate) fn partition(self) -> u64 {
        // Positions in a chunk have 32 bits.
        (self.limit as u64 / 24).min(1 << 30)
    }

    /// The most bytes of entries that threads may sort ahead, unless it is a single partition. Short ones take twice that in memory.
    pub(crate) fn sorting(self) -> u64 {
        self.limit as u64 / 16
    }

    /// The most memory in bytes that entries and pages take while threads encode them, unless it is a single piece.
    pub(crate) fn encoding(self) -> u64 {
        self.limit as u64 / 10
    }

    /// The most bytes of a spooled file that may be in memory.
    pub(crate) fn spooled_file(self) -> usize {
        self.limit / 64
    }

    /// The most bytes of entries that may be in memory between compressing and writing them. Batches are no longer on their way then.
    pub(crate) fn stored_entries(self) -> usize {
        self.limit / 8
    }

    /// Number of partitions that entries are divided into.
    pub(crate) fn partitions(self) -> usize {
        // The bytes of a partition that are spilled at a time should be worth a read of its own.
        const WORTH_A_READ: usize = 32 << 10;
        (self.resident() / 2 / WORTH_A_READ).clamp(16, MAX_PARTITIONS)
    }
}
