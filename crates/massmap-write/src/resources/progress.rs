//! Telling how far a build or a merge has come.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

/// What a build or a merge is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// Taking entries and encoding them.
    Read,
    /// Bringing entries into their order ahead of writing, which some settings need.
    Arrange,
    /// Writing the file.
    Write,
}

/// How far a build or a merge has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// What is being done.
    pub phase: Phase,
    /// How many entries are done in this phase.
    pub entries: u64,
    /// How many bytes of encoded keys and values these have.
    pub bytes: u64,
    /// How many entries the phase will do, if that is known. With duplicate keys that are dropped, fewer may be done.
    pub total: Option<u64>,
}

/// Who is told, if anybody.
#[derive(Clone, Default)]
pub(crate) struct Observer(Option<Arc<Observe>>);

type Observe = dyn Fn(&Progress) + Send + Sync;

// What a panic in the observer leaves behind is its own affair, not that of the settings that refer to it.
impl UnwindSafe for Observer {}
impl RefUnwindSafe for Observer {}

impl Observer {
    pub(crate) fn new(observer: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(observer)))
    }

    /// This one, with something that is to happen as often.
    pub(crate) fn and(self, also: impl Fn() + Send + Sync + 'static) -> Self {
        Self::new(move |progress| {
            also();
            if let Some(observer) = &self.0 {
                observer(progress);
            }
        })
    }

    /// Begins a phase.
    pub(crate) fn begin(&self, phase: Phase, total: Option<u64>) -> Stage {
        let stage = Stage {
            observer: self.clone(),
            progress: Progress {
                phase,
                entries: 0,
                bytes: 0,
                total,
            },
        };
        stage.tell();
        stage
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Observer").field(&self.0.is_some()).finish()
    }
}

/// A phase that is going on.
#[derive(Debug)]
pub(crate) struct Stage {
    observer: Observer,
    progress: Progress,
}

impl Stage {
    /// A stage of which nobody is told.
    pub(crate) fn silent() -> Self {
        Observer::default().begin(Phase::Arrange, None)
    }

    /// Counts more entries. Called for many at a time, so that it costs nothing worth mentioning.
    pub(crate) fn add(&mut self, entries: u64, bytes: u64) {
        self.progress.entries += entries;
        self.progress.bytes += bytes;
        self.tell();
    }

    fn tell(&self) {
        if let Some(observer) = &self.observer.0 {
            observer(&self.progress);
        }
    }
}
