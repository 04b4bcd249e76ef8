//! The result of verifying a file.

use std::error::Error;
use std::{io, iter};

use massmap_format::FormatVersion;

use crate::error::with_causes;

/// The result of verifying a file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerifyReport {
    /// The format of the file.
    pub format: FormatVersion,
    /// Number of entries read.
    pub entries: u64,
    /// Number of buckets or runs of pages read.
    pub blocks: u64,
    /// Number of bytes read, each counted once.
    pub bytes: u64,
    /// Whether keys were decoded and hashed. Their type must be known for that.
    pub keys_checked: bool,
    /// Number of problems found.
    pub problem_count: u64,
    /// The first [`MOST_PROBLEMS`](Self::MOST_PROBLEMS) of them.
    pub problems: Vec<Problem>,
    /// The first part of the file that could not be checked because this program had too little memory for it. That says nothing
    /// about the file, which may have more [problems](Self::problems) than were found. `None` if everything was checked.
    pub unverified: Option<Problem>,
}

/// Something that is wrong with a file or prevents a check of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The bucket, or the first page of the run, if the problem is in one.
    pub place: Option<u64>,
    /// What is wrong.
    pub message: String,
}

impl VerifyReport {
    /// Most problems that are reported. More are counted.
    pub const MOST_PROBLEMS: usize = 100;

    pub(super) fn new(format: FormatVersion, keys_checked: bool) -> Self {
        Self {
            format,
            entries: 0,
            blocks: 0,
            bytes: 0,
            keys_checked,
            problem_count: 0,
            problems: Vec::new(),
            unverified: None,
        }
    }

    /// Whether everything was checked and nothing is wrong. If not, the file is damaged if there are
    /// [problems](Self::problem_count); otherwise a part of it could not be [checked](Self::unverified).
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.problem_count == 0 && self.unverified.is_none()
    }

    /// Adds the problems of a part of the file.
    pub(super) fn add(&mut self, found: Problems) {
        self.problem_count += found.count;
        let room = Self::MOST_PROBLEMS - self.problems.len();
        self.problems.extend(found.first.into_iter().take(room));
    }

    /// Notes a problem outside of buckets and runs.
    pub(super) fn note(&mut self, message: impl FnOnce() -> String) {
        let mut found = Problems::default();
        found.add(None, message);
        self.add(found);
    }

    /// Notes an error and its place. A lack of memory is no problem of the file.
    pub(super) fn note_error(&mut self, place: Option<u64>, error: &io::Error) {
        if is_out_of_memory(error) {
            self.unverified.get_or_insert_with(|| Problem {
                place,
                message: message(error),
            });
            return;
        }
        let mut found = Problems::default();
        found.add(place, || message(error));
        self.add(found);
    }

    /// Notes a problem if `check` has failed or is `false`.
    pub(super) fn expect(&mut self, check: io::Result<bool>, otherwise: &str) {
        match check {
            Ok(true) => {}
            Ok(false) => self.note(|| otherwise.to_owned()),
            Err(error) => self.note_error(None, &error),
        }
    }
}

/// A collection of problems. All are counted, and as many are kept as a report holds.
#[derive(Debug, Default)]
pub(super) struct Problems {
    count: u64,
    first: Vec<Problem>,
}

impl Problems {
    pub(super) fn add(&mut self, place: Option<u64>, message: impl FnOnce() -> String) {
        self.count += 1;
        if self.first.len() < VerifyReport::MOST_PROBLEMS {
            let message = message();
            self.first.push(Problem { place, message });
        }
    }
}

/// Whether the error or one of its causes, which readers may wrap, is a lack of memory.
fn is_out_of_memory(error: &io::Error) -> bool {
    let payload = error.get_ref().map(|payload| payload as &(dyn Error + 'static));
    error.kind() == io::ErrorKind::OutOfMemory
        || iter::successors(payload, |&error| error.source())
            .filter_map(|error| error.downcast_ref::<io::Error>())
            .any(|error| error.kind() == io::ErrorKind::OutOfMemory)
}

/// Most characters of a message, which may quote any amount of the file.
const LONGEST_MESSAGE: usize = 1000;

/// An error with all of its causes.
fn message(error: &io::Error) -> String {
    let mut message = with_causes(error);
    if let Some((end, _)) = message.char_indices().nth(LONGEST_MESSAGE) {
        message.truncate(end);
        message.push('…');
        message.shrink_to_fit();
    }
    message
}
