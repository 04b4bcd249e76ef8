//! What a signal does that ends the program while a command runs: unfinished outputs are removed first.

use std::io;
use std::path::Path;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::thread;

use massmap::AtomicFile;

/// What is done before the program ends. It changes nothing of an output that is finished.
type LastStep = Box<dyn FnOnce() + Send>;

/// Whether the program was told to end.
static IS_ENDING: AtomicBool = AtomicBool::new(false);

static LAST_STEPS: Mutex<Vec<LastStep>> = Mutex::new(Vec::new());

/// Whether a command runs.
static IS_RUNNING: AtomicBool = AtomicBool::new(false);

/// As long as it exists, signals that tell the program to end do that.
#[derive(Debug)]
pub(crate) struct Watch(());

/// From now on, SIGINT and SIGTERM (elsewhere than on Unix, the signal that interrupts programs) end the program with the exit codes 130
/// and 143, which shells report for these signals, after the last steps. A second signal ends it at once.
///
/// Signals that are ignored stay so: shells start commands in the background like that. Other signals, such as the one that tells
/// of a closed terminal, do what they did. Where no thread can be started, all do.
pub(crate) fn watch() -> Watch {
    // Handlers stay, since those that they replace cannot be put back.
    static HANDLED: Once = Once::new();
    IS_RUNNING.store(true, Ordering::SeqCst);
    HANDLED.call_once(handle);
    Watch(())
}

impl Drop for Watch {
    fn drop(&mut self) {
        // Its outputs are finished.
        last_steps().clear();
        IS_RUNNING.store(false, Ordering::SeqCst);
    }
}

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

#[cfg(unix)]
fn handle() {
    use std::sync::mpsc;

    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    let [ignored, handled] = ["SigIgn:", "SigCgt:"].map(signals);
    let is_in = |mask: u64, signal: i32| {
        let bit = 1u64.checked_shl(signal.unsigned_abs().saturating_sub(1));
        bit.is_some_and(|bit| mask & bit != 0)
    };
    let watched = [SIGINT, SIGTERM].into_iter();
    let watched = watched.filter(move |signal| !is_in(ignored, *signal));
    let (watching, wait) = mpsc::channel();
    let watch = move || {
        // Not before there is a thread, or nobody would notice the signals.
        let mut signals = Signals::new(watched);
        // Whoever waits is there.
        _ = watching.send(());
        for signal in signals.iter_mut().flat_map(Signals::forever) {
            if IS_RUNNING.load(Ordering::SeqCst) {
                end(128 + signal);
            } else if !is_in(handled, signal) {
                // It does what it did before; earlier handlers, such as Python's, have been called. If it fails, the signal is lost.
                _ = emulate_default_handler(signal);
            }
        }
    };
    // It needs little.
    let thread = thread::Builder::new().stack_size(256 << 10).spawn(watch);
    if thread.is_ok() {
        // An error means that the thread has ended.
        _ = wait.recv();
    }
}

/// The signals of a set in the status of this process, the first in the lowest bit; none if the system does not tell.
#[cfg(unix)]
fn signals(set: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix(set));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}

#[cfg(not(unix))]
fn handle() {
    // If it cannot be watched, it does what it did.
    _ = ctrlc::set_handler(|| {
        if IS_RUNNING.load(Ordering::SeqCst) {
            end(130);
        }
    });
}
