//! Reporting the progress of a build or a merge.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

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

/// Optional progress callback.
#[derive(Clone, Default)]
pub(crate) struct ProgressCallback(Option<Arc<Callback>>);

type Callback = dyn Fn(&Progress) + Send + Sync;

// State that a panic of the callback leaves inconsistent belongs to the callback, not to the settings that hold it.
impl UnwindSafe for ProgressCallback {}
impl RefUnwindSafe for ProgressCallback {}

impl ProgressCallback {
    pub(crate) fn new(callback: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(callback)))
    }

    /// A callback that calls `also` first.
    pub(crate) fn and(self, also: impl Fn() + Send + Sync + 'static) -> Self {
        Self::new(move |progress| {
            also();
            if let Some(callback) = &self.0 {
                callback(progress);
            }
        })
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
            .field(&self.0.is_some())
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
    pub(crate) fn add(&mut self, entries: u64, bytes: u64) {
        self.progress.entries += entries;
        self.progress.bytes += bytes;
        self.report();
    }

    fn report(&self) {
        if let Some(callback) = &self.callback.0 {
            callback(&self.progress);
        }
    }
}
