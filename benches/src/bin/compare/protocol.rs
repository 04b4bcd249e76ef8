//! What the program asks of a process of its own, and how it is answered: a line of JSON each.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::data::DataSet;

/// Something to do with a data set.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) data: DataSet,
    /// The most entries to take of it.
    pub(crate) count: u64,
    /// Of the data set [`DataSet::File`].
    pub(crate) file: Option<PathBuf>,
    /// Where the files of the store are, or come to be.
    pub(crate) directory: PathBuf,
    /// How long each kind of lookup is measured.
    pub(crate) turn: Duration,
    pub(crate) work: Work,
}

/// What to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Work {
    /// Answered with [`About`].
    Describe,
    /// Answered with [`Build`](crate::results::Build); `None` by a store that cannot keep such entries.
    Build(String),
    /// Answered with [`Warm`](crate::results::Warm).
    Warm(String),
    /// Answered with [`Cold`](crate::results::Cold).
    Cold(String),
    /// Answered with [`Limits`](crate::results::Limits) without those of fio.
    Limits(PathBuf),
}

/// A data set.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct About {
    pub(crate) entries: u64,
    pub(crate) payload_bytes: u64,
    /// What a list of the entries takes of memory, about.
    pub(crate) list_bytes: u64,
}

impl Task {
    /// Has a process of its own do it.
    pub(crate) fn run<T: DeserializeOwned>(&self) -> io::Result<T> {
        let output = Command::new(std::env::current_exe()?)
            .arg("worker")
            .arg(serde_json::to_string(self)?)
            .stderr(Stdio::inherit())
            .output()?;
        if !output.status.success() {
            return Err(io::Error::other(format!("{:?}: {}", self.work, output.status)));
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// The same work on other files.
    pub(crate) fn with(&self, directory: &Path, work: Work) -> Self {
        Self {
            directory: directory.to_owned(),
            work,
            ..self.clone()
        }
    }
}
