//! Work on a thread of its own, while the thread of Python that waits for it stays responsive.
//!
//! Python delivers signals to its main thread only while that runs code of Python, and callbacks belong to the thread that has called.
//! So the calling thread waits in short steps and looks after both, and the work cannot hold it up.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use massmap::Progress;
use pyo3::prelude::*;

use super::progress::Reporter;
use crate::error::{Error, io_exception};

/// How long the calling thread waits before it looks after signals again.
const STEP: Duration = Duration::from_millis(20);

/// How long the calling thread waits at most for cancelled work to end.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the threads share.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Tells the work to end.
    pub(super) cancelled: Arc<AtomicBool>,
    progress: Mutex<Option<Progress>>,
}

impl State {
    /// Takes note of how far the work has come.
    pub(super) fn observer(self: &Arc<Self>) -> impl Fn(&Progress) + use<> {
        let state = Arc::clone(self);
        move |progress| {
            *state.progress.lock().unwrap_or_else(PoisonError::into_inner) = Some(*progress);
        }
    }

    /// How far it has come.
    pub(super) fn progress(&self) -> Option<Progress> {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Work that goes on.
pub(super) struct Job<T> {
    state: Arc<State>,
    outcome: Receiver<thread::Result<T>>,
    /// The process that has started it.
    process: u32,
}

impl<T: Send + 'static> Job<T> {
    /// Starts `work`.
    ///
    /// # Errors
    ///
    /// `OSError` if the system starts no thread.
    pub(super) fn start(state: &Arc<State>, work: impl FnOnce() -> T + Send + 'static) -> PyResult<Self> {
        let (sender, outcome): (SyncSender<thread::Result<T>>, _) = sync_channel(1);
        let run = move || {
            let result = catch_unwind(AssertUnwindSafe(work));
            // The receiver is gone only in another process.
            _ = sender.send(result);
        };
        let started = thread::Builder::new().name("massmap-build".to_owned()).spawn(run);
        started.map_err(|error| io_exception(error, None))?;
        Ok(Self {
            state: Arc::clone(state),
            outcome,
            process: process::id(),
        })
    }

    /// Waits for the outcome, and reports progress meanwhile.
    ///
    /// # Errors
    ///
    /// What a signal or the reporter raises. Then the work has ended.
    pub(super) fn wait(mut self, py: Python<'_>, reporter: &mut Reporter<'_>) -> PyResult<T> {
        loop {
            let outcome = &mut self.outcome;
            match py.detach(move || outcome.recv_timeout(STEP)) {
                Ok(Ok(outcome)) => return Ok(outcome),
                Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => {
                    return Err(Error::new_err(
                        "the build has panicked, which is a defect of massmap",
                    ));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            let looked = py
                .check_signals()
                .and_then(|()| reporter.report(py, self.state.progress().as_ref()));
            if let Err(error) = looked {
                self.cancel(py);
                return Err(error);
            }
        }
    }

    /// Ends the work, and waits until it has ended, unless that takes long: it may wait for data of others. Then it ends when these come.
    pub(super) fn cancel(mut self, py: Python<'_>) {
        self.state.cancelled.store(true, Ordering::Relaxed);
        // In a child that was forked meanwhile, the thread is missing.
        if self.process == process::id() {
            let outcome = &mut self.outcome;
            _ = py.detach(move || outcome.recv_timeout(PATIENCE));
        }
    }
}
