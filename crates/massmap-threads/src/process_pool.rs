//! The pool that a process shares.
//!
//! Another thread may be anywhere in this code when the process forks, and the child does not have that thread. So nothing
//! here waits for a thread: the state is in atomics, and if a lock is taken, the code does without it.

use std::error::Error as _;
use std::io;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, TryLockError};

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

use crate::forked::never_forked;
use crate::pool::Pool;

/// The process that asked last, and whether it shares the global pool, as [`decision`] encodes them; 0 before anybody asked.
static DECIDED: AtomicU64 = AtomicU64::new(0);

/// Number of threads of the global pool, in the process that started it; 0 if unknown.
static THREADS: AtomicUsize = AtomicUsize::new(0);

/// Whether the global pool could be started in the process that shares it. Rayon tries only once, and using the pool after a
/// failure panics. Forked processes do not look at this: they do not share the global pool.
static STARTED: OnceLock<bool> = OnceLock::new();

/// The pool of a process that cannot use the global one, with the number of the process.
static OWN: Mutex<Option<(u32, Arc<ThreadPool>)>> = Mutex::new(None);

/// A value of [`DECIDED`]: the process, and whether it shares the global pool.
fn decision(process: u32, shares_global: bool) -> u64 {
    u64::from(process) << 1 | u64::from(shares_global)
}

impl Pool {
    /// The pool that this process shares: rayon's global pool where its threads are alive, otherwise a pool of this process
    /// with as many threads.
    ///
    /// The threads are alive in the process that started them. If a forked process finds the global pool already started,
    /// its threads are assumed not to be: there is no way to ask.
    ///
    /// Gives [`Caller`](Self::Caller) if the system starts no threads.
    #[must_use]
    pub fn of_this_process() -> Self {
        pool_of(std::process::id())
    }
}

/// The pool of `process`, which is this one; the calling thread if no threads can be started.
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
        // Only after the decision is stored: it tells a process that is forked meanwhile not to use the global pool.
        if *STARTED.get_or_init(start_global) {
            store_thread_count();
            return Pool::Shared;
        }
    } else if decided != own {
        // Decided in an ancestor of this process, before a fork.
        DECIDED.store(own, Ordering::Release);
    }
    own_pool(process).map_or(Pool::Caller, Pool::Own)
}

/// Whether the threads of the global pool, which has not been used through this crate yet, run in this process.
fn global_is_alive() -> bool {
    // Other code may have used it. If so, in this process or in an ancestor, it cannot be started again.
    if never_forked() == Some(true) {
        return true;
    }
    match ThreadPoolBuilder::new().build_global() {
        Ok(()) => true,
        Err(error) => {
            if !is_system_error(&error) {
                store_thread_count();
            }
            false
        }
    }
}

/// Starts the global pool unless it is started; returns whether it is there now.
fn start_global() -> bool {
    match ThreadPoolBuilder::new().build_global() {
        Ok(()) => true,
        Err(error) => !is_system_error(&error),
    }
}

/// Whether the system could not start the threads. The only other error: the pool was started before.
fn is_system_error(error: &ThreadPoolBuildError) -> bool {
    error.source().is_some()
}

/// Stores the number of threads of the global pool. Starts the pool unless some process has started it.
fn store_thread_count() {
    // On a thread of another pool, rayon would give the number of that pool.
    if rayon::current_thread_index().is_none() {
        THREADS.store(rayon::current_num_threads(), Ordering::Release);
    }
}

/// The pool of `process` alone.
fn own_pool(process: u32) -> io::Result<Arc<ThreadPool>> {
    let mut own = match OWN.try_lock() {
        Ok(own) => own,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        // Another thread is starting the pool. Or one was doing so when this process was forked, and does not exist here to
        // unlock it. A pool that is not kept will do.
        Err(TryLockError::WouldBlock) => return start(),
    };
    match &*own {
        Some((of, pool)) if *of == process => Ok(Arc::clone(pool)),
        _ => {
            let pool = start()?;
            let former = own.replace((process, Arc::clone(&pool)));
            // Its threads exist in another process only: there is nothing to shut down.
            std::mem::forget(former);
            Ok(pool)
        }
    }
}

fn start() -> io::Result<Arc<ThreadPool>> {
    // 0 leaves the number to rayon, which reads `RAYON_NUM_THREADS`.
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
