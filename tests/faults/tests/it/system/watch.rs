//! Watches the calls in a directory and makes some of them fail.

use std::ffi::c_int;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Kind of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Open,
    Read,
    Write,
    /// Copying from one file to another.
    Copy,
    Sync,
    Truncate,
    /// Changing permissions.
    Permit,
    /// Changing the owner or the group.
    Own,
    /// Listing a directory.
    List,
    Lock,
    Unlock,
    Rename,
    Remove,
    /// Reading the metadata.
    Look,
}

/// A call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) kind: Kind,
    /// The path. The kernel appends ` (deleted)` to the path of an open file without a name.
    pub(crate) path: PathBuf,
    /// The second path, if there are two.
    pub(crate) to: Option<PathBuf>,
    /// The flags of opening.
    pub(crate) flags: c_int,
    /// Number of bytes.
    length: usize,
}

impl Call {
    pub(crate) fn new(kind: Kind, path: PathBuf) -> Self {
        Self {
            kind,
            path,
            to: None,
            flags: 0,
            length: 0,
        }
    }

    pub(crate) fn to(self, to: PathBuf) -> Self {
        Self { to: Some(to), ..self }
    }

    pub(crate) fn with_flags(self, flags: c_int) -> Self {
        Self { flags, ..self }
    }

    pub(crate) fn of_length(self, length: usize) -> Self {
        Self { length, ..self }
    }

    /// Whether it creates a file, with a name or without.
    pub(crate) fn creates(&self) -> bool {
        self.kind == Kind::Open && (self.flags & libc::O_CREAT != 0 || self.makes_nameless())
    }

    /// Whether it creates a file without a name. The path is then that of the directory.
    pub(crate) fn makes_nameless(&self) -> bool {
        self.kind == Kind::Open && self.flags & libc::O_TMPFILE == libc::O_TMPFILE
    }

    /// The path of the changed file.
    pub(crate) fn changed(&self) -> Option<&Path> {
        let changes_contents = libc::O_CREAT | libc::O_TRUNC;
        match self.kind {
            Kind::Write | Kind::Truncate | Kind::Permit | Kind::Own | Kind::Remove => Some(&self.path),
            Kind::Open if self.flags & changes_contents != 0 => Some(&self.path),
            Kind::Copy | Kind::Rename => self.to.as_deref(),
            _ => None,
        }
    }
}

/// A fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The disk is full. Calls that need no space do not fail.
    NoSpace,
    /// An I/O error of the device.
    Io,
    /// A signal interrupts the call before it has an effect.
    Interrupted,
    /// Only half of the bytes are read or written.
    Short,
    /// The file system refuses to change permissions and owners.
    Refused,
    /// The file system claims to have changed them, and has not.
    Ignored,
}

impl Fault {
    pub(crate) fn can_befall(self, call: &Call) -> bool {
        match self {
            // A failed removal would leave a file behind, which the checks do not expect.
            _ if call.kind == Kind::Remove => false,
            Self::Io => true,
            Self::NoSpace => {
                call.creates()
                    || matches!(
                        call.kind,
                        Kind::Write | Kind::Copy | Kind::Sync | Kind::Rename | Kind::Truncate
                    )
            }
            // No file system lets signals interrupt it.
            Self::Interrupted => call.kind != Kind::Look,
            Self::Short => call.length > 1,
            Self::Refused | Self::Ignored => matches!(call.kind, Kind::Permit | Kind::Own),
        }
    }

    /// The error number, if the fault is an error.
    pub(crate) fn errno(self) -> Option<c_int> {
        match self {
            Self::NoSpace => Some(libc::ENOSPC),
            Self::Io => Some(libc::EIO),
            Self::Interrupted => Some(libc::EINTR),
            Self::Refused => Some(libc::EPERM),
            Self::Short | Self::Ignored => None,
        }
    }
}

/// Which of the calls that can have a fault have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plan {
    None,
    /// The n-th call of a kind.
    One(Fault, Kind, usize),
    /// All calls from the n-th on.
    All(Fault, usize),
    /// Every other call.
    EveryOther(Fault),
}

impl Plan {
    /// The fate of `call`, after `count` calls that could have had the fault.
    fn fault(self, call: &Call, count: &mut usize) -> Option<Fault> {
        let (Self::One(fault, ..) | Self::All(fault, _) | Self::EveryOther(fault)) = self else {
            return None;
        };
        let other_kind = matches!(self, Self::One(_, kind, _) if kind != call.kind);
        if other_kind || !fault.can_befall(call) {
            return None;
        }
        let number = *count;
        *count += 1;
        let hit = match self {
            Self::None => false,
            Self::One(_, _, at) => number == at,
            Self::All(_, at) => number >= at,
            Self::EveryOther(_) => number.is_multiple_of(2),
        };
        hit.then_some(fault)
    }
}

/// Fate of a call.
pub(crate) enum Verdict {
    Proceed,
    /// It is made with half of the bytes.
    Shorten,
    /// It is not made, and reports success.
    Skip,
    /// It is not made, and reports this error.
    Fail(c_int),
}

/// The calls in a directory.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// All calls, in order.
    pub(crate) calls: Vec<Call>,
    /// Calls with a fault.
    pub(crate) hits: Vec<Call>,
}

/// Watches the calls in a directory for as long as the value lives.
pub(crate) struct Watch(Arc<Watched>);

struct Watched {
    directory: PathBuf,
    plan: Plan,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Number of calls so far that could have had the fault.
    count: usize,
    record: Record,
}

/// All current watches. Tests run at the same time, each in its own directory.
static WATCHED: Mutex<Vec<Arc<Watched>>> = Mutex::new(Vec::new());

/// The number of watches, so that calls are cheap when there are none.
static COUNT: AtomicUsize = AtomicUsize::new(0);

impl Watch {
    /// Starts watching `directory`, whose path must not contain symbolic links.
    pub(crate) fn begin(directory: &Path, plan: Plan) -> Self {
        let watched = Arc::new(Watched {
            directory: directory.to_owned(),
            plan,
            state: Mutex::default(),
        });
        lock(&WATCHED).push(Arc::clone(&watched));
        COUNT.fetch_add(1, Ordering::SeqCst);
        Self(watched)
    }

    /// Stops watching.
    pub(crate) fn end(self) -> Record {
        std::mem::take(&mut lock(&self.0.state).record)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        lock(&WATCHED).retain(|watched| !Arc::ptr_eq(watched, &self.0));
        COUNT.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The fate of a call that a thread is about to make. This must not make watched calls, and must not panic, since a panic
/// writes its message.
pub(crate) fn ask(call: impl FnOnce() -> Option<Call>) -> Verdict {
    if COUNT.load(Ordering::SeqCst) == 0 {
        return Verdict::Proceed;
    }
    let Some(call) = call() else {
        return Verdict::Proceed;
    };
    let concerns = |watched: &&Arc<Watched>| {
        let inside = |path: &Path| path.starts_with(&watched.directory);
        inside(&call.path) || call.to.as_deref().is_some_and(inside)
    };
    let Some(watched) = lock(&WATCHED).iter().find(concerns).cloned() else {
        return Verdict::Proceed;
    };

    let mut state = lock(&watched.state);
    let State { count, record } = &mut *state;
    record.calls.push(call.clone());
    let sync = call.kind == Kind::Sync;
    match watched.plan.fault(&call, count) {
        None if sync => Verdict::Skip, // No power fails here, and a disk takes its time.
        None => Verdict::Proceed,
        Some(fault) => {
            record.hits.push(call);
            match fault {
                Fault::Ignored => Verdict::Skip,
                fault => fault.errno().map_or(Verdict::Shorten, Verdict::Fail),
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
