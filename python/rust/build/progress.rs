//! Telling Python how far a build has come.

use std::time::{Duration, Instant};

use massmap::{Phase, Progress};
use pyo3::prelude::*;

/// How often the callback is called at most.
const INTERVAL: Duration = Duration::from_millis(100);

/// Calls a function of Python with the phase, the number of entries done in it, and the number of all.
pub(super) struct Reporter<'py> {
    callback: Option<Bound<'py, PyAny>>,
    /// Number of entries, if it is known before they are read.
    total: Option<u64>,
    last: Instant,
    told: Option<(Phase, u64)>,
}

impl<'py> Reporter<'py> {
    /// One that calls `callback`, unless that is `None`.
    pub(super) fn new(callback: Option<Bound<'py, PyAny>>, total: Option<u64>) -> Self {
        Self {
            callback: callback.filter(|callback| !callback.is_none()),
            total,
            last: Instant::now(),
            told: None,
        }
    }

    /// Tells that so many entries have been read, if the callback is due.
    pub(super) fn report_read(&mut self, done: u64) -> PyResult<()> {
        self.tell(Phase::Read, done, self.total)
    }

    /// Tells what `progress` says, if the callback is due.
    pub(super) fn report(&mut self, _: Python<'_>, progress: Option<&Progress>) -> PyResult<()> {
        match progress {
            Some(progress) => {
                let total = match progress.phase {
                    Phase::Read => self.total.or(progress.total),
                    _ => progress.total,
                };
                self.tell(progress.phase, progress.entries, total)
            }
            None => Ok(()),
        }
    }

    /// Tells that all is done.
    pub(super) fn finish(&mut self, entries: u64) -> PyResult<()> {
        self.call(Phase::Write, entries, Some(entries))
    }

    fn tell(&mut self, phase: Phase, done: u64, total: Option<u64>) -> PyResult<()> {
        let is_due = match self.told {
            // The entries that the builder has taken may be fewer than those that were read for it.
            Some((told, count)) if told == phase => done > count && self.last.elapsed() >= INTERVAL,
            Some(_) => true,
            None => self.last.elapsed() >= INTERVAL,
        };
        match is_due {
            true => self.call(phase, done, total),
            false => Ok(()),
        }
    }

    fn call(&mut self, phase: Phase, done: u64, total: Option<u64>) -> PyResult<()> {
        self.last = Instant::now();
        self.told = Some((phase, done));
        let Some(callback) = &self.callback else {
            return Ok(());
        };
        let name = match phase {
            Phase::Read => "read",
            Phase::Arrange => "arrange",
            Phase::Compress => "compress",
            _ => "write",
        };
        callback.call1((name, done, total))?;
        Ok(())
    }
}
