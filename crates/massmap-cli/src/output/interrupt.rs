//! What a signal that ends the program does: unfinished outputs are removed first.

use std::io;
use std::path::Path;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use massmap::AtomicFile;

/// What is done before the program ends. It changes nothing of an output that is finished.
type LastStep = Box<dyn FnOnce() + Send>;

/// Whether the program was told to end.
static IS_ENDING: AtomicBool = AtomicBool::new(false);

static LAST_STEPS: Mutex<Vec<LastStep>> = Mutex::new(Vec::new());

fn last_steps() -> MutexGuard<'static, Vec<LastStep>> {
    // A panic leaves it whole.
    LAST_STEPS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Adds what is done before a signal ends the program.
pub(crate) fn before_end(step: impl FnOnce() + Send + 'static) {
    last_steps().push(Box::new(step));
}

/// Creates a file that is removed before a signal ends the program, unless it is published by then.
pub(crate) fn atomic_file(path: &Path) -> io::Result<AtomicFile> {
    // Locked meanwhile, so that the program cannot end between the two.
    let mut last_steps = last_steps();
    let file = AtomicFile::create(path)?;
    let temporary = file.temporary_path().to_owned();
    last_steps.push(Box::new(move || {
        // If it fails, the next run for the same output removes the file.
        _ = std::fs::remove_file(temporary);
    }));
    Ok(file)
}

/// Does not return if the program was told to end: what was done for that may be the cause of an error, which is then not worth
/// reporting.
pub(crate) fn wait_if_ending() {
    while IS_ENDING.load(Ordering::SeqCst) {
        thread::park();
    }
}

/// Ends the program with this exit code, after the last steps; at once if these were begun before.
fn end(code: i32) {
    if IS_ENDING.swap(true, Ordering::SeqCst) {
        process::exit(code);
    }
    // On another thread, since a second signal must be noticed while a store does not answer.
    let ending = thread::Builder::new().spawn(move || take_last_steps(code));
    if ending.is_err() {
        take_last_steps(code);
    }
}

fn take_last_steps(code: i32) {
    // Locked until the end, so that no other file is created.
    let mut last_steps = last_steps();
    for step in last_steps.drain(..) {
        step();
    }
    process::exit(code);
}

/// From now on, SIGINT and SIGTERM end the program with the exit codes 130 and 143, which shells report for these signals, after the last
/// steps. A second signal ends it at once.
///
/// A signal that is ignored stays so: shells start commands in the background like that. Other signals, such as the one that tells
/// of a closed terminal, do what they did. Where no thread can be started, all do.
#[cfg(unix)]
pub(crate) fn watch() {
    use std::sync::mpsc;

    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    let ignored = ignored();
    let watched = [SIGINT, SIGTERM].into_iter().filter(move |signal| {
        let bit = 1u64.checked_shl(signal.unsigned_abs().saturating_sub(1));
        bit.is_none_or(|bit| ignored & bit == 0)
    });
    let (watching, wait) = mpsc::channel();
    let watch = move || {
        // Not before there is a thread, or nobody would notice the signals.
        let mut signals = Signals::new(watched);
        // Whoever waits is there.
        _ = watching.send(());
        for signal in signals.iter_mut().flat_map(Signals::forever) {
            end(128 + signal);
        }
    };
    // It needs little.
    let thread = thread::Builder::new().stack_size(256 << 10).spawn(watch);
    if thread.is_ok() {
        // An error means that the thread has ended.
        _ = wait.recv();
    }
}

/// The signals that this process ignores, the first in the lowest bit; none if the system does not tell.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}

/// From now on, the signal that interrupts programs ends this one with the exit code 130, after the last steps. A second one ends it
/// at once.
#[cfg(not(unix))]
pub(crate) fn watch() {
    // If it cannot be watched, it does what it did.
    _ = ctrlc::set_handler(|| end(130));
}
