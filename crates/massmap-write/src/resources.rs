//! Memory, threads and temporary files.

mod buffered_writer;
mod memory;
mod progress;
mod spooled_file;
mod temporary_files;
mod threads;

pub(crate) use buffered_writer::BufferedWriter;
pub(crate) use memory::Memory;
pub use progress::{Phase, Progress};
pub(crate) use progress::{PhaseProgress, ProgressCallback};
pub(crate) use spooled_file::SpooledFile;
pub(crate) use temporary_files::TemporaryFiles;
pub(crate) use threads::{Task, Threads};

/// The resources of a build or a merge.
#[derive(Debug, Clone)]
pub(crate) struct Resources {
    pub(crate) memory: Memory,
    pub(crate) threads: Threads,
    pub(crate) files: TemporaryFiles,
}

impl Resources {
    /// The same without threads other than the calling one.
    pub(crate) fn single_threaded(&self) -> Self {
        Self {
            threads: Threads::Caller,
            ..self.clone()
        }
    }

    /// The most bytes of entries that threads may sort ahead, unless it is a single partition.
    pub(crate) fn sorting(&self) -> u64 {
        self.ahead(self.memory.sorting())
    }

    /// The most memory in bytes that entries and pages take while threads encode them, unless it is a single piece.
    pub(crate) fn encoding(&self) -> u64 {
        self.ahead(self.memory.encoding())
    }

    fn ahead(&self, most: u64) -> u64 {
        match self.threads {
            // A single thread gains nothing by working ahead.
            Threads::Caller | Threads::Worker => 0,
            _ => most,
        }
    }
}
