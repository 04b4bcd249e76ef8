//! A pool of threads.

use std::io;
use std::sync::Arc;

use rayon::{ThreadPool, ThreadPoolBuilder};

/// The most threads of a pool. With thousands, it is busy with itself.
const MAX_THREADS: usize = 256;

/// Threads of this process.
#[derive(Debug, Clone)]
pub enum Pool {
    /// Rayon's global pool, which the whole program shares.
    Shared,
    /// A pool of this process, or for one purpose.
    Own(Arc<ThreadPool>),
    /// The calling thread only.
    Caller,
}

impl Pool {
    /// A pool of `count` threads, at most 256; 0 leaves the number to rayon.
    ///
    /// # Errors
    ///
    /// Fails if the system starts no threads.
    pub fn with_threads(count: usize) -> io::Result<Self> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(count.min(MAX_THREADS))
            .build();
        pool.map(|pool| Self::Own(Arc::new(pool)))
            .map_err(io::Error::other)
    }

    /// Number of threads besides the calling one.
    #[must_use]
    pub fn threads(&self) -> usize {
        match self {
            Self::Shared => rayon::current_num_threads(),
            Self::Own(pool) => pool.current_num_threads(),
            Self::Caller => 0,
        }
    }

    /// Runs `job` on one of the threads; without threads, runs it now.
    pub fn spawn(&self, job: impl FnOnce() + Send + 'static) {
        match self {
            Self::Shared => rayon::spawn(job),
            Self::Own(pool) => pool.spawn(job),
            Self::Caller => job(),
        }
    }

    /// Runs `work`, whose parallel iterators use these threads, and returns its result.
    pub fn install<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match self {
            Self::Shared => work(),
            Self::Own(pool) => pool.install(work),
            // Where the global pool cannot be started, parallel iterators panic on threads that belong to no pool. So this
            // thread joins a pool of its own, for good, unless it belongs to one already.
            Self::Caller => match ThreadPoolBuilder::new()
                .num_threads(1)
                .use_current_thread()
                .build()
            {
                Ok(pool) => pool.install(work),
                Err(_) => work(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use rayon::iter::{IntoParallelIterator, ParallelIterator};

    use super::*;

    #[test]
    fn without_threads_the_calling_thread_runs_jobs_at_once_and_parallel_iterators_too() {
        let here = || std::thread::current().id();
        let (sender, receiver) = std::sync::mpsc::channel();
        Pool::Caller.spawn(move || sender.send(here()).unwrap());
        assert_eq!(receiver.try_recv(), Ok(here()));
        let caller = here();
        // The second time, the thread belongs to a pool already.
        for _ in 0..2 {
            let all_here = || (0..1000).into_par_iter().all(|_| here() == caller);
            assert!(Pool::Caller.install(all_here));
        }
        assert_eq!(Pool::Caller.threads(), 0);
    }

    #[test]
    fn a_pool_has_as_many_threads_as_were_asked_for_up_to_256() {
        for (asked, threads) in [(1, 1), (3, 3), (100_000, 256)] {
            let pool = Pool::with_threads(asked).unwrap();
            assert_eq!(pool.threads(), threads);
            assert_eq!(pool.install(rayon::current_num_threads), threads);
        }
    }
}
