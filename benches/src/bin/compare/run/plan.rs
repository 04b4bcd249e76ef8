//! What a run does with a data set.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Instant;

use crate::data::DataSet;
use crate::measure::protocol::{About, Task, Work};
use crate::options::Options;

/// Whose file the limits are measured with.
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

/// A data set that is there and fits into memory.
pub(super) struct Plan {
    /// What its work is made of.
    pub(super) task: Task,
    pub(super) about: About,
}

impl Run<'_> {
    pub(super) fn tell(&self, what: &str) {
        let seconds = self.start.elapsed().as_secs();
        // Nobody may be watching any more.
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
