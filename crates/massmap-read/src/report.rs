//! What verifying a file has found.

use std::io;

use massmap_format::FormatVersion;

use crate::error::with_causes;

/// What walking a whole file has found, made by [`MassMap::verify`](crate::MassMap::verify).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerifyReport {
    /// The format of the file.
    pub format: FormatVersion,
    /// How many entries were read.
    pub entries: u64,
    /// How many buckets or runs of pages were read.
    pub blocks: u64,
    /// How many bytes were read, each counted once.
    pub bytes: u64,
    /// Whether keys were decoded and hashed, for which their type must be known.
    pub keys_checked: bool,
    /// How many problems were found.
    pub problem_count: u64,
    /// The first [`MOST_PROBLEMS`](Self::MOST_PROBLEMS) of them.
    pub problems: Vec<Problem>,
}

/// Something that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The bucket, or the first page of the run, if the problem is in one.
    pub place: Option<u64>,
    /// What is wrong.
    pub message: String,
}

impl VerifyReport {
    /// How many problems are told of; more are counted.
    pub const MOST_PROBLEMS: usize = 100;

    pub(crate) fn new(format: FormatVersion, keys_checked: bool) -> Self {
        Self {
            format,
            entries: 0,
            blocks: 0,
            bytes: 0,
            keys_checked,
            problem_count: 0,
            problems: Vec::new(),
        }
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.problem_count == 0
    }

    pub(crate) fn add(&mut self, problem: Problem) {
        self.problem_count += 1;
        if self.problems.len() < Self::MOST_PROBLEMS {
            self.problems.push(problem);
        }
    }

    /// Notes what is wrong if `check` has failed, or has found that something does not hold.
    pub(crate) fn expect(&mut self, check: io::Result<bool>, otherwise: &str) {
        match check {
            Ok(true) => {}
            Ok(false) => self.add(Problem {
                place: None,
                message: otherwise.to_owned(),
            }),
            Err(error) => self.add(Problem::of(None, &error)),
        }
    }
}

impl Problem {
    /// An error with all of its causes.
    pub(crate) fn of(place: Option<u64>, error: &io::Error) -> Self {
        let message = with_causes(error);
        Self { place, message }
    }
}
