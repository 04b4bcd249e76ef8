//! A pool of threads.

use std::io;
use std::sync::Arc;

use rayon::{ThreadPool, ThreadPoolBuilder};

/// With thousands of threads, a pool is busy with itself.
const MOST_THREADS: usize = 256;

/// Threads of this process.
#[derive(Debug, Clone)]
pub enum Pool {
    /// Those that the whole program shares: rayon's global pool.
    Shared,
    /// A pool for this process or for this purpose.
    Own(Arc<ThreadPool>),
    /// None but the calling one.
    Caller,
}

impl Pool {
    /// A pool of `count` threads, at most 256. With 0 of as many as rayon chooses.
    ///
    /// # Errors
    ///
    /// The system's, if it starts no threads.
    pub fn with_threads(count: usize) -> io::Result<Self> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(count.min(MOST_THREADS))
            .build();
        pool.map(|pool| Self::Own(Arc::new(pool)))
            .map_err(io::Error::other)
    }

    /// How many threads there are beside the calling one.
    #[must_use]
    pub fn threads(&self) -> usize {
        match self {
            Self::Shared => rayon::current_num_threads(),
            Self::Own(pool) => pool.current_num_threads(),
            Self::Caller => 0,
        }
    }

    /// Has one of the threads do `job`; without any, does it now.
    pub fn spawn(&self, job: impl FnOnce() + Send + 'static) {
        match self {
            Self::Shared => rayon::spawn(job),
            Self::Own(pool) => pool.spawn(job),
            Self::Caller => job(),
        }
    }

    /// Runs `work` so that parallel iterators in it use these threads, and waits for its end.
    pub fn install<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match self {
            Self::Shared => work(),
            Self::Own(pool) => pool.install(work),
            // Parallel iterators panic on threads of no pool where the global one cannot be started. So the thread becomes that of
            // a pool, and stays it, as rayon has it; unless it is one already.
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
    fn without_threads_the_calling_one_does_jobs_at_once_and_what_is_parallel() {
        let here = || std::thread::current().id();
        let (sender, receiver) = std::sync::mpsc::channel();
        Pool::Caller.spawn(move || sender.send(here()).unwrap());
        assert_eq!(receiver.try_recv(), Ok(here()));
        let caller = here();
        // The second time, the thread is one of a pool already.
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
