//! A pool of one thread, kept from one use to the next.

use std::io;
use std::sync::{Mutex, TryLockError};

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::pool::Pool;

/// A pool of one thread that nobody uses at the moment, with the number of its process.
///
/// Nothing waits for the lock: a thread that holds it may not exist in a forked process.
static IDLE: Mutex<Option<(u32, ThreadPool)>> = Mutex::new(None);

impl Pool {
    /// Runs `work`, whose parallel iterators use a single thread that runs nothing else meanwhile, and returns its result.
    ///
    /// Starting a thread takes longer than many a job, so the thread is kept for the next one.
    ///
    /// # Errors
    ///
    /// Fails if the system does not start the thread. Then `work` is not run.
    pub fn install_on_one_thread<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
        let process = std::process::id();
        let pool = match take_idle(process) {
            Some(pool) => pool,
            None => {
                let pool = ThreadPoolBuilder::new().num_threads(1).build();
                pool.map_err(io::Error::other)?
            }
        };
        let result = pool.install(work);
        if let Ok(mut idle) = IDLE.try_lock() {
            idle.get_or_insert((process, pool));
        }
        Ok(result)
    }
}

fn take_idle(process: u32) -> Option<ThreadPool> {
    let mut idle = match IDLE.try_lock() {
        Ok(idle) => idle,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        Err(TryLockError::WouldBlock) => return None,
    };
    let (of, pool) = idle.take()?;
    if of == process {
        return Some(pool);
    }
    // Its thread exists in another process only: there is nothing to shut down.
    std::mem::forget(pool);
    None
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use super::*;

    fn thread_of_a_job() -> thread::ThreadId {
        Pool::install_on_one_thread(|| {
            assert_eq!(rayon::current_num_threads(), 1);
            thread::current().id()
        })
        .unwrap()
    }

    // One test: the thread that is kept is the same for all.
    #[test]
    fn the_thread_is_kept_and_jobs_at_the_same_time_have_one_each() {
        let first = thread_of_a_job();
        assert_eq!(thread_of_a_job(), first);

        let barrier = Barrier::new(2);
        let (one, other) = thread::scope(|scope| {
            let job = || {
                // Would wait for ever if one waited for the other's end.
                Pool::install_on_one_thread(|| {
                    barrier.wait();
                    thread::current().id()
                })
                .unwrap()
            };
            let one = scope.spawn(job);
            let other = scope.spawn(job);
            (one.join().unwrap(), other.join().unwrap())
        });
        assert_ne!(one, other);

        let kept = IDLE.lock().unwrap().as_ref().map(|(process, _)| *process);
        assert_eq!(kept, Some(std::process::id()));
        assert!(
            take_idle(std::process::id() + 1).is_none(),
            "another process has no threads of this one"
        );
    }
}
