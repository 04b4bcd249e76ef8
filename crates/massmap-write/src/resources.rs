//! Memory, threads and temporary files.

mod buffered_writer;
mod memory;
mod progress;
mod spooled_file;
mod temporary;
mod threads;

pub(crate) use buffered_writer::Sink;
pub(crate) use memory::Memory;
pub(crate) use progress::{Observer, Stage};
pub use progress::{Phase, Progress};
pub(crate) use spooled_file::Spool;
pub(crate) use temporary::TemporaryFiles;
pub(crate) use threads::{Task, Threads};

/// What is needed for going through partitions.
#[derive(Debug, Clone)]
pub(crate) struct Means {
    pub(crate) memory: Memory,
    pub(crate) threads: Threads,
    pub(crate) files: TemporaryFiles,
}

impl Means {
    /// The same, with no thread but the calling one.
    pub(crate) fn of_caller(&self) -> Self {
        Self {
            threads: Threads::Caller,
            ..self.clone()
        }
    }

    /// How many bytes of entries may be on their way through the threads, unless it is a single partition.
    pub(crate) fn in_flight(&self) -> u64 {
        match self.threads {
            // A single thread had better not do what is not needed yet.
            Threads::Caller | Threads::Worker => 0,
            _ => self.memory.in_flight(),
        }
    }
}
