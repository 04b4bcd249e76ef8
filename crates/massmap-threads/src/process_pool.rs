//! Which pool a process shares.
//!
//! Another thread may be anywhere in here when a process is forked. So nothing is waited for that a thread might hold which the
//! child does not have: state is in atomics, and a lock that is taken is done without.

use std::error::Error as _;
use std::io;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, TryLockError};

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

use crate::forked::never_forked;
use crate::pool::Pool;

/// Which pool the process shares that asked last: its number, and whether it is the global pool. 0 before anybody asked.
static DECIDED: AtomicU64 = AtomicU64::new(0);

/// How many threads the global pool has, or had in the process that started it; 0 if that is not known.
static THREADS: AtomicUsize = AtomicUsize::new(0);

/// Whether the global pool could be started in the process that shares it. Rayon tries once, and whoever uses the pool after
/// that has failed panics. No forked process looks at this: none shares the global pool.
static STARTED: OnceLock<bool> = OnceLock::new();

/// The pool of a process for which the global one is of no use, with the number of that process.
static KEPT: Mutex<Option<(u32, Arc<ThreadPool>)>> = Mutex::new(None);

/// What [`DECIDED`] is.
fn decision(process: u32, shares_global: bool) -> u64 {
    u64::from(process) << 1 | u64::from(shares_global)
}

impl Pool {
    /// The threads that this process shares: those of rayon's global pool where they are alive, otherwise as many of a pool that
    /// is kept for this process.
    ///
    /// They are alive in the process that started them. A process that was forked, and in which the global pool was there
    /// already, is taken for one in which they are not: there is no way to ask.
    ///
    /// If the system starts no threads, [`Caller`](Self::Caller).
    #[must_use]
    pub fn of_this_process() -> Self {
        pool_of(std::process::id())
    }
}

/// The pool of `process`, which is this one. Where no threads can be started, the calling thread.
fn pool_of(process: u32) -> Pool {
    let (global, own) = (decision(process, true), decision(process, false));
    let decided = match DECIDED.load(Ordering::Acquire) {
        0 => {
            let first = decision(process, global_is_alive());
            let before = DECIDED.compare_exchange(0, first, Ordering::AcqRel, Ordering::Acquire);
            before.err().unwrap_or(first)
        }
        decided => decided,
    };
    if decided == global {
        // Only now that the decision is there: a process that is forked meanwhile knows by it that it has to do without.
        if *STARTED.get_or_init(start_global) {
            note_threads();
            return Pool::Shared;
        }
    } else if decided != own {
        // It is of the process that this one was forked from, or of one before that.
        DECIDED.store(own, Ordering::Release);
    }
    kept(process).map_or(Pool::Caller, Pool::Own)
}

/// Whether the global pool, which nobody has used through this crate, has its threads in this process.
fn global_is_alive() -> bool {
    // It may have been used without this crate. If it has, in whichever process, it cannot be started any more.
    if never_forked() == Some(true) {
        return true;
    }
    match ThreadPoolBuilder::new().build_global() {
        Ok(()) => true,
        Err(error) => {
            if !is_of_system(&error) {
                note_threads();
            }
            false
        }
    }
}

/// Starts the global pool unless it is there; returns whether it is.
fn start_global() -> bool {
    match ThreadPoolBuilder::new().build_global() {
        Ok(()) => true,
        Err(error) => !is_of_system(&error),
    }
}

/// Whether the system could not start the threads. The other error is that the pool has been started before.
fn is_of_system(error: &ThreadPoolBuildError) -> bool {
    error.source().is_some()
}

/// Takes note of how many threads the global pool has, which starts it unless that has been done in some process.
fn note_threads() {
    // On a thread of another pool, rayon tells of that one.
    if rayon::current_thread_index().is_none() {
        THREADS.store(rayon::current_num_threads(), Ordering::Release);
    }
}

/// The pool that is kept for `process`.
fn kept(process: u32) -> io::Result<Arc<ThreadPool>> {
    let mut kept = match KEPT.try_lock() {
        Ok(kept) => kept,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        // By a thread that is just starting the pool; or by one that did so when this process was forked, and that is not here
        // to give it back. A pool that is not kept does as well.
        Err(TryLockError::WouldBlock) => return start(),
    };
    match &*kept {
        Some((of, pool)) if *of == process => Ok(Arc::clone(pool)),
        _ => {
            let pool = start()?;
            let former = kept.replace((process, Arc::clone(&pool)));
            // Its threads are in another process: nobody is there to be told to end.
            std::mem::forget(former);
            Ok(pool)
        }
    }
}

fn start() -> io::Result<Arc<ThreadPool>> {
    // 0 is rayon's own choice, with `RAYON_NUM_THREADS`.
    let threads = THREADS.load(Ordering::Acquire);
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map(Arc::new).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_was_not_forked_shares_the_global_pool() {
        // The test program was started by `exec`.
        if never_forked() == Some(true) {
            assert!(matches!(Pool::of_this_process(), Pool::Shared));
        }
        assert_eq!(Pool::of_this_process().threads(), rayon::current_num_threads());
    }
}
