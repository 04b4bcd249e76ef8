//! Makes a build or merge fail at every call, and checks what is left.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::system::watch::{Call, Fault, Kind, Plan, Record, Watch};

/// More calls than any run makes.
const MOST_CALLS: usize = 2000;

/// Prepares the inputs for a target path, unwatched, and returns the work to watch.
pub(crate) type Job<'a> = dyn Fn(&Path) -> Box<dyn FnOnce() -> io::Result<()>> + 'a;

/// A directory with an old file that is to be replaced.
pub(crate) struct Place {
    _directory: tempfile::TempDir,
    /// The path as the kernel shows it.
    pub(crate) directory: PathBuf,
    pub(crate) target: PathBuf,
    pub(crate) old: Vec<u8>,
}

impl Place {
    pub(crate) fn new(old: &[u8]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().canonicalize().unwrap();
        let target = path.join("target.massmap");
        fs::write(&target, old).unwrap();
        Self {
            _directory: directory,
            directory: path,
            target,
            old: old.to_vec(),
        }
    }

    /// Restores the old file if it has changed.
    fn restore(&self) {
        if fs::read(&self.target).unwrap() != self.old {
            // Some file systems wait for the disk when a file is truncated and rewritten.
            fs::remove_file(&self.target).unwrap();
            fs::write(&self.target, &self.old).unwrap();
        }
    }

    /// Names of all files, sorted.
    pub(crate) fn names(&self) -> BTreeSet<String> {
        fs::read_dir(&self.directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    /// Runs `job` on a system that fails according to `plan`.
    pub(crate) fn run(&self, job: &Job<'_>, plan: Plan) -> (io::Result<()>, Record) {
        let job = job(&self.target);
        let watch = Watch::begin(&self.directory, plan);
        let result = job();
        (result, watch.end())
    }

    /// Whether `call` is about a file that is merged.
    fn is_of_input(&self, call: &Call) -> bool {
        // The target may be one of the merged files.
        call.path.starts_with(self.directory.join("inputs"))
            || call.kind == Kind::Read && call.path == self.target
    }

    /// Whether nothing failed before the last step, syncing the directory.
    fn failed_last(&self, record: &Record) -> bool {
        let first = record.hits.first();
        first.is_some_and(|call| call.kind == Kind::Sync && call.path == self.directory)
    }

    fn open_files(&self) -> Vec<PathBuf> {
        fs::read_dir("/proc/self/fd")
            .unwrap()
            .filter_map(|entry| fs::read_link(entry.ok()?.path()).ok())
            .filter(|path| path.starts_with(&self.directory))
            .collect()
    }
}

/// Counts of faults.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    /// Runs with a fault.
    pub(crate) runs: usize,
    /// Runs that reported an error.
    pub(crate) failures: usize,
    /// Kinds of the calls with faults.
    pub(crate) kinds: BTreeSet<Kind>,
    /// Kinds of the first faulty calls of runs that reported an error.
    pub(crate) fatal: BTreeSet<Kind>,
}

/// Runs `job` over the old file of `place` once for each of its calls and each fault. Returns the counts.
pub(crate) fn exhaust(name: &str, place: &Place, job: &Job<'_>) -> Summary {
    let names = place.names();
    let (result, record) = place.run(job, Plan::None);
    result.unwrap();
    let new = fs::read(&place.target).unwrap();
    assert!(new != place.old, "{name}: the new file differs from the old one");

    let mut summary = Summary::default();
    let mut check = |plan| {
        place.restore();
        let (result, record) = place.run(job, plan);
        let context = format!("{name}: {plan:?} hit {:?}: {result:?}", record.hits);
        assert_eq!(place.names(), names, "{context}");
        assert_eq!(place.open_files(), [] as [&Path; 0], "{context}");
        let there = fs::read(&place.target).unwrap();
        let is_new = there == new;
        assert!(is_new || there == place.old, "half a file: {context}");
        check_outcome(place, plan, &result, &record, is_new, &context);
        if !record.hits.is_empty() {
            summary.runs += 1;
            if result.is_err() {
                summary.failures += 1;
                summary.fatal.extend(record.hits.first().map(|call| call.kind));
            }
            summary.kinds.extend(record.hits.iter().map(|call| call.kind));
        }
        !record.hits.is_empty()
    };
    // By kind: threads make their calls in varying order, and each step of publishing has to fail.
    let kinds: BTreeSet<_> = record.calls.iter().map(|call| call.kind).collect();
    for fault in [Fault::NoSpace, Fault::Io, Fault::Interrupted, Fault::Short] {
        for &kind in &kinds {
            let mut can_fail = record.calls.iter().filter(|call| call.kind == kind);
            if !can_fail.any(|call| fault.can_befall(call)) {
                continue;
            }
            let mut at = 0;
            while check(Plan::One(fault, kind, at)) {
                at += 1;
                assert!(
                    at < MOST_CALLS,
                    "{name}: {fault:?} of {kind:?} goes on without an end"
                );
            }
        }
    }
    // A full disk stays full.
    let mut at = 0;
    while check(Plan::All(Fault::NoSpace, at)) {
        at += 1;
    }
    check(Plan::All(Fault::Short, 0));
    check(Plan::EveryOther(Fault::Interrupted));

    println!(
        "{name}: {} calls, {} runs with faults, {} errors; {:?}",
        record.calls.len(),
        summary.runs,
        summary.failures,
        summary.kinds
    );
    summary
}

/// Checks the result of a run against what it left.
fn check_outcome(
    place: &Place,
    plan: Plan,
    result: &io::Result<()>,
    record: &Record,
    is_new: bool,
    context: &str,
) {
    let fatal = |call: &Call| match call.kind {
        // A build continues without locks, and if it cannot list leftovers of killed builds. It may also be able to do without
        // a file's metadata.
        Kind::Lock | Kind::Unlock | Kind::List | Kind::Look => false,
        // The check of the key type continues with another page.
        Kind::Read | Kind::Open if place.is_of_input(call) => false,
        _ => true,
    };
    let (Plan::One(fault, ..) | Plan::All(fault, _) | Plan::EveryOther(fault)) = plan else {
        return;
    };
    let harmless = matches!(fault, Fault::Interrupted | Fault::Short);
    match result {
        Ok(()) => {
            assert!(is_new, "success without the new file: {context}");
            assert!(
                harmless || !record.hits.iter().any(fatal),
                "success in spite of a failure: {context}"
            );
        }
        Err(error) => {
            assert!(!harmless, "it should have tried again: {context}");
            assert_eq!(is_new, place.failed_last(record), "{context}");
            check_error(place, fault, error, record, context);
        }
    }
}

/// Checks that an error names the place, and that its last cause is the error of the system.
fn check_error(place: &Place, fault: Fault, error: &io::Error, record: &Record, context: &str) {
    let errno = fault.errno().expect("it failed");
    let expected = io::Error::from_raw_os_error(errno);
    assert_eq!(error.kind(), expected.kind(), "{context}");

    let mut chain = vec![error.to_string()];
    let mut last: &dyn Error = error;
    while let Some(source) = last.source() {
        chain.push(source.to_string());
        last = source;
    }
    let system = last.downcast_ref::<io::Error>().and_then(io::Error::raw_os_error);
    assert_eq!(system, Some(errno), "the system's error comes last: {context}");
    let (_, explanation) = chain.split_last().expect("at least the error itself");
    let explanation = explanation.join(": ");
    assert!(
        !explanation.contains("os error"),
        "the system's error comes once: {context}"
    );

    let is_named = |call: &Call| {
        let path = call.path.to_string_lossy();
        let name = call.path.strip_prefix(&place.directory).unwrap_or(&call.path);
        // Where files cannot be created without a name, it has one for a moment.
        let is_of_spill = call.makes_nameless()
            || path.ends_with(" (deleted)")
            || name.to_string_lossy().starts_with(".tmp");
        if is_of_spill {
            explanation.contains(&format!("a temporary file in {} ", place.directory.display()))
        } else if place.is_of_input(call) && call.to.is_none() {
            explanation.contains("map ") || explanation.contains(&call.path.display().to_string())
        } else {
            explanation.contains(&place.target.display().to_string())
        }
    };
    assert!(
        record.hits.iter().any(is_named),
        "{explanation:?} names what failed: {context}"
    );
    if place.failed_last(record) {
        assert!(explanation.contains("it is in place"), "{context}");
    }
}
