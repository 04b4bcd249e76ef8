//! The plan of a run.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Instant;

use crate::data::DataSet;
use crate::measure::protocol::{About, Task, Work};
use crate::options::Options;

/// The store with whose file the limits are measured.
pub(super) const MEASURED_FILE: &str = "v2-mapped";

pub(super) fn name(data: DataSet) -> String {
    format!("{data:?}").to_lowercase()
}

pub(super) struct Run<'a> {
    pub(super) options: &'a Options,
    pub(super) directory: PathBuf,
    pub(super) start: Instant,
    pub(super) has_fio: bool,
}

/// A data set that exists and fits into memory.
pub(super) struct Plan {
    /// Template of its tasks.
    pub(super) task: Task,
    pub(super) about: About,
}

impl Run<'_> {
    pub(super) fn log(&self, what: &str) {
        let seconds = self.start.elapsed().as_secs();
        // stderr may be closed.
        _ = writeln!(io::stderr(), "[{:02}:{:02}] {what}", seconds / 60, seconds % 60);
    }

    pub(super) fn plan(&self, data: DataSet, count: u64) -> io::Result<Plan> {
        let task = Task {
            data,
            count,
            file: self.options.file.clone(),
            directory: self.directory.clone(),
            turn: self.options.turn(),
            work: Work::Describe,
        };
        let about = task.run()?;
        Ok(Plan { task, about })
    }
}
