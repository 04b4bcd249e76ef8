//! What is read of a file.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts reads, or requests, and their bytes.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    reads: AtomicU64,
    bytes: AtomicU64,
}

impl Traffic {
    pub(super) fn add(&self, bytes: u64) {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// What was counted so far.
    pub(crate) fn counts(&self) -> Counts {
        Counts {
            reads: self.reads.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
        }
    }
}

/// Numbers of reads and of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    reads: u64,
    bytes: u64,
}

impl Counts {
    /// What was counted since `earlier`.
    pub(crate) fn since(self, earlier: Self) -> Self {
        Self {
            reads: self.reads - earlier.reads,
            bytes: self.bytes - earlier.bytes,
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = if self.reads == 1 { "" } else { "s" };
        write!(f, "{} request{s}, {} bytes", self.reads, self.bytes)
    }
}
