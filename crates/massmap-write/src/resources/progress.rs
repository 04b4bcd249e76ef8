//! Reporting the progress of a build or a merge.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::WriteError;

/// What a build or a merge is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// Taking entries and encoding them.
    Read,
    /// Sorting entries before writing, which some settings need.
    Arrange,
    /// Compressing values.
    Compress,
    /// Writing the file.
    Write,
}

/// How far a build or a merge has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The current phase.
    pub phase: Phase,
    /// Number of entries done in this phase.
    pub entries: u64,
    /// Length of their encoded keys and values, in bytes.
    pub bytes: u64,
    /// Number of entries of the whole phase, if known. Fewer may be done where duplicate keys are dropped.
    pub total: Option<u64>,
}

/// Optional progress callback, and the optional flag that ends the work.
#[derive(Clone, Default)]
pub(crate) struct ProgressCallback {
    callback: Option<Arc<Callback>>,
    cancelled: Option<Arc<AtomicBool>>,
}

type Callback = dyn Fn(&Progress) + Send + Sync;

// State that a panic of the callback leaves inconsistent belongs to the callback, not to the settings that hold it.
impl UnwindSafe for ProgressCallback {}
impl RefUnwindSafe for ProgressCallback {}

impl ProgressCallback {
    pub(crate) fn set(&mut self, callback: impl Fn(&Progress) + Send + Sync + 'static) {
        self.callback = Some(Arc::new(callback));
    }

    pub(crate) fn set_cancellation(&mut self, cancelled: Arc<AtomicBool>) {
        self.cancelled = Some(cancelled);
    }

    /// A callback that calls `also` first.
    pub(crate) fn and(self, also: impl Fn() + Send + Sync + 'static) -> Self {
        let Self {
            callback, cancelled, ..
        } = self;
        let both = move |progress: &Progress| {
            also();
            if let Some(callback) = &callback {
                callback(progress);
            }
        };
        Self {
            callback: Some(Arc::new(both)),
            cancelled,
        }
    }

    /// Begins a phase.
    pub(crate) fn begin(&self, phase: Phase, total: Option<u64>) -> PhaseProgress {
        let begun = PhaseProgress {
            callback: self.clone(),
            progress: Progress {
                phase,
                entries: 0,
                bytes: 0,
                total,
            },
        };
        begun.report();
        begun
    }
}

impl fmt::Debug for ProgressCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ProgressCallback")
            .field(&self.callback.is_some())
            .finish()
    }
}

/// Progress of the current phase.
#[derive(Debug)]
pub(crate) struct PhaseProgress {
    callback: ProgressCallback,
    progress: Progress,
}

impl PhaseProgress {
    /// A phase that reports nothing.
    pub(crate) fn silent() -> Self {
        ProgressCallback::default().begin(Phase::Arrange, None)
    }

    /// Counts more entries. Called once for many entries, so that its cost is negligible.
    ///
    /// # Errors
    ///
    /// [`WriteError::Cancelled`] if the work is to end.
    pub(crate) fn add(&mut self, entries: u64, bytes: u64) -> Result<(), WriteError> {
        self.progress.entries += entries;
        self.progress.bytes += bytes;
        self.report();
        match &self.callback.cancelled {
            Some(cancelled) if cancelled.load(Ordering::Relaxed) => Err(WriteError::Cancelled),
            _ => Ok(()),
        }
    }

    fn report(&self) {
        if let Some(callback) = &self.callback.callback {
            callback(&self.progress);
        }
    }
}
