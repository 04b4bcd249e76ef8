//! What calls concern a directory, and which of them go wrong.

use std::ffi::c_int;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Open,
    Read,
    Write,
    /// From one file to another.
    Copy,
    Sync,
    Truncate,
    /// Changing who may do what.
    Permit,
    /// Changing the owner or the group.
    Own,
    /// Opening a directory for its names.
    List,
    Lock,
    Unlock,
    Rename,
    Remove,
    /// At the metadata.
    Look,
}

/// A call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) kind: Kind,
    /// What it concerns. The kernel puts ` (deleted)` behind the path of an open file without a name.
    pub(crate) path: PathBuf,
    /// Where it leads, if it concerns two files.
    pub(crate) to: Option<PathBuf>,
    /// Those of opening.
    pub(crate) flags: c_int,
    /// How many bytes it is about.
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

    /// Whether it makes a file, with a name or without.
    pub(crate) fn creates(&self) -> bool {
        self.kind == Kind::Open && (self.flags & libc::O_CREAT != 0 || self.makes_nameless())
    }

    /// Whether it makes a file without a name. The path is that of the directory then.
    pub(crate) fn makes_nameless(&self) -> bool {
        self.kind == Kind::Open && self.flags & libc::O_TMPFILE == libc::O_TMPFILE
    }

    /// The path of what it changes.
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

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// There is no room for more. Calls that take none do not fail in this way.
    NoSpace,
    /// The device does not answer properly.
    Io,
    /// A signal comes before anything has been done.
    Interrupted,
    /// Half the bytes are read or written.
    Short,
    /// The file system does not let permissions and owners be changed.
    Refused,
    /// It says that it has changed them, and has not.
    Ignored,
}

impl Fault {
    pub(crate) fn can_befall(self, call: &Call) -> bool {
        match self {
            // A file that cannot be removed cannot be removed.
            _ if call.kind == Kind::Remove => false,
            Self::Io => true,
            Self::NoSpace => {
                call.creates()
                    || matches!(
                        call.kind,
                        Kind::Write | Kind::Copy | Kind::Sync | Kind::Rename | Kind::Truncate
                    )
            }
            // Signals do not interrupt it on any file system.
            Self::Interrupted => call.kind != Kind::Look,
            Self::Short => call.length > 1,
            Self::Refused | Self::Ignored => matches!(call.kind, Kind::Permit | Kind::Own),
        }
    }

    /// The error that the system reports, if it reports one.
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

/// Which calls go wrong, of those to which that can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plan {
    None,
    /// Of those of a kind, that behind so many others.
    One(Fault, Kind, usize),
    /// All behind so many others.
    All(Fault, usize),
    /// Every other one.
    EveryOther(Fault),
}

impl Plan {
    /// What happens to `call`; `count` calls came before it to which it could have happened.
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

/// What is to become of a call.
pub(crate) enum Verdict {
    Proceed,
    /// With half the bytes.
    Shorten,
    /// It is not made and reports success.
    Skip,
    /// It is not made and reports this error.
    Fail(c_int),
}

/// What happened in a directory.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// All calls, in order.
    pub(crate) calls: Vec<Call>,
    /// Those that went wrong.
    pub(crate) hits: Vec<Call>,
}

/// Calls that concern a directory, from the beginning to the end of this value.
pub(crate) struct Watch(Arc<Watched>);

struct Watched {
    directory: PathBuf,
    plan: Plan,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// How many calls there were that could have gone wrong.
    count: usize,
    record: Record,
}

/// Tests run at the same time, each in a directory of its own.
static WATCHED: Mutex<Vec<Arc<Watched>>> = Mutex::new(Vec::new());

/// Their number, for calls when there are none.
static COUNT: AtomicUsize = AtomicUsize::new(0);

impl Watch {
    /// `directory` must be as the kernel shows it: without symbolic links.
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

/// What is to become of `call`, which any thread is about to make. Nothing in here may make calls that are watched or
/// panic, since a panic writes its message.
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
