//! The protocol between a run and its worker processes: a [`Task`] and an [`Answer`], each as a line of JSON.

use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::data::DataSet;

/// A task for a worker process.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) data: DataSet,
    /// Most entries to use.
    pub(crate) count: u64,
    /// The file of the data set [`DataSet::File`].
    pub(crate) file: Option<PathBuf>,
    /// Directory for the files of the store.
    pub(crate) directory: PathBuf,
    /// Time to measure each kind of lookup.
    pub(crate) turn: Duration,
    pub(crate) work: Work,
}

/// The kind of a task.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Work {
    /// Answered with [`About`].
    Describe,
    /// Answered with [`Build`](crate::results::Build).
    Build(String),
    /// Answered with [`Warm`](crate::results::Warm).
    Warm(String),
    /// Answered with [`Cold`](crate::results::Cold).
    Cold(String),
    /// Answered with [`Limits`](crate::results::Limits), without those from fio.
    Limits(PathBuf),
}

/// Description of a data set.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct About {
    pub(crate) entries: u64,
    pub(crate) payload_bytes: u64,
    /// The IDs of stores that cannot hold such entries, and why.
    pub(crate) unfit: Vec<(String, String)>,
}

/// The result of a task, or an error message.
pub(crate) type Answer<T> = Result<T, String>;

impl Work {
    /// Its name in error messages.
    fn title(&self) -> String {
        match self {
            Self::Describe => "data set".to_owned(),
            Self::Build(id) => format!("build of {id}"),
            Self::Warm(id) => format!("cached lookups of {id}"),
            Self::Cold(id) => format!("uncached lookups of {id}"),
            Self::Limits(_) => "limits".to_owned(),
        }
    }
}

impl Task {
    /// Performs the task in a process of its own.
    pub(crate) fn run<T: DeserializeOwned>(&self) -> io::Result<T> {
        let output = Command::new(std::env::current_exe()?)
            .arg("worker")
            .arg(std::process::id().to_string())
            .arg(serde_json::to_string(self)?)
            .stderr(Stdio::inherit())
            .output()?;
        let failed = |error: &dyn Display| io::Error::other(format!("{}: {error}", self.work.title()));
        if !output.status.success() {
            return Err(failed(&output.status));
        }
        let answer: Answer<T> = serde_json::from_slice(&output.stdout).map_err(|error| failed(&error))?;
        answer.map_err(|error| failed(&error))
    }

    /// The task with another directory and kind of work.
    pub(crate) fn with(&self, directory: &Path, work: Work) -> Self {
        Self {
            directory: directory.to_owned(),
            work,
            ..self.clone()
        }
    }
}
