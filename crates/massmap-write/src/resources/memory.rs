//! How much memory goes where.

/// Unless set, in bytes.
const DEFAULT_LIMIT: usize = 512 << 20;

/// The least that a build makes do with, in bytes.
const LEAST_LIMIT: usize = 64 << 10;

/// The largest number of partitions: with more, what a batch has for each becomes too small to be copied quickly.
const MOST_PARTITIONS: usize = 1024;

/// The least that is worth giving to another thread, in bytes.
const LEAST_BATCH: usize = 1 << 10;

/// A limit on memory, and its shares: three quarters for entries that wait, one eighth for batches on their way there, and
/// the rest for what the allocator cannot give back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    limit: usize,
}

impl Memory {
    pub(crate) fn new(limit: Option<usize>) -> Self {
        Self {
            limit: limit.unwrap_or(DEFAULT_LIMIT).max(LEAST_LIMIT),
        }
    }

    /// How many bytes of entries may wait in memory.
    pub(crate) fn resident(self) -> usize {
        self.limit / 4 * 3
    }

    /// How many bytes of entries are collected before another one of so many threads takes them over.
    pub(crate) fn batch(self, threads: usize) -> usize {
        // Each thread has one, there is one that is waiting and one that is being filled; while it is scattered, a batch
        // takes its memory twice.
        (self.limit / 16 / (threads + 2)).clamp(LEAST_BATCH, 4 << 20)
    }

    /// An entry of more bytes is a batch of its own, which is moved rather than copied.
    pub(crate) fn large(self) -> usize {
        4 * self.batch(0)
    }

    /// How many bytes of entries are brought into their order at once, at most, unless it is a single entry.
    pub(crate) fn partition(self) -> u64 {
        // Positions in what is loaded are counted with 32 bits.
        (self.limit as u64 / 24).min(1 << 30)
    }

    /// How many bytes of entries may be on their way through the threads, unless it is a single partition.
    pub(crate) fn in_flight(self) -> u64 {
        self.limit as u64 / 12
    }

    /// How many bytes a spool may keep in memory.
    pub(crate) fn spool(self) -> usize {
        self.limit / 64
    }

    /// How many partitions entries are divided into.
    pub(crate) fn partitions(self) -> usize {
        // A partition of a run should be worth a read of its own.
        const WORTH_A_READ: usize = 32 << 10;
        (self.resident() / 2 / WORTH_A_READ).clamp(16, MOST_PARTITIONS)
    }
}
