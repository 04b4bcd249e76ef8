//! What the program asks of a process of its own, and how it is answered: a line of JSON each, [`Answer`]s with what went wrong
//! where something did.

use std::fmt::Display;
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
    /// Answered with [`Build`](crate::results::Build).
    Build(String),
    /// Answered with [`Warm`](crate::results::Warm).
    Warm(String),
    /// Answered with [`Cold`](crate::results::Cold).
    Cold(String),
    /// Answered with [`Limits`](crate::results::Limits) without those of fio.
    Limits(PathBuf),
}

/// A data set.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct About {
    pub(crate) entries: u64,
    pub(crate) payload_bytes: u64,
    /// The ids of stores that cannot keep such entries, and why.
    pub(crate) unfit: Vec<(String, String)>,
}

/// What comes of a task.
pub(crate) type Answer<T> = Result<T, String>;

impl Work {
    /// What it is in an error.
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
    /// Has a process of its own do it.
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

    /// The same work on other files.
    pub(crate) fn with(&self, directory: &Path, work: Work) -> Self {
        Self {
            directory: directory.to_owned(),
            work,
            ..self.clone()
        }
    }
}
