//! Who does the work: the calling thread alone, or a pool of threads.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, OnceLock};

use massmap_threads::Pool;

/// The threads that work can be given to.
#[derive(Debug, Clone)]
pub(crate) enum Threads {
    /// Only the calling one.
    Caller,
    /// The calling one, which is one of a rayon pool, and for parallel iterators that pool.
    ///
    /// A job that it gave to the pool could only be waited for by blocking, which may be for ever if the others do the same,
    /// or by doing whatever else there is to do in the meantime: another build, for one, which would do the same, on the same
    /// stack and with memory of its own.
    Worker,
    /// Those of a pool.
    Pool(Arc<LazyPool>),
}

/// A pool that is started by the first job: few entries do without it.
#[derive(Debug)]
pub(crate) struct LazyPool {
    /// So many threads, or those that the process shares.
    count: Option<usize>,
    pool: OnceLock<Pool>,
}

impl LazyPool {
    fn get(&self) -> io::Result<&Pool> {
        if let Some(pool) = self.pool.get() {
            return Ok(pool);
        }
        let started = match self.count {
            Some(count) => Pool::with_threads(count)?,
            None => Pool::of_this_process(),
        };
        Ok(self.pool.get_or_init(|| started))
    }
}

impl Threads {
    /// So many threads, or those that the process shares. One thread is the calling one.
    pub(crate) fn new(count: Option<usize>) -> Self {
        let count = count.filter(|count| *count > 0);
        match count {
            None if rayon::current_thread_index().is_some() => Self::Worker,
            Some(1) => Self::Caller,
            count => Self::Pool(Arc::new(LazyPool {
                count,
                pool: OnceLock::new(),
            })),
        }
    }

    /// How many threads parallel iterators use.
    pub(crate) fn in_parallel(&self) -> io::Result<usize> {
        match self {
            Self::Worker => Ok(rayon::current_num_threads()),
            _ => Ok(self.count()?.max(1)),
        }
    }

    /// How many threads jobs are given to.
    pub(crate) fn count(&self) -> io::Result<usize> {
        match self {
            Self::Caller | Self::Worker => Ok(0),
            Self::Pool(pool) => Ok(pool.get()?.threads()),
        }
    }

    /// Has `job` done, now or by another thread.
    ///
    /// # Errors
    ///
    /// The system's, if it starts no threads; then the job is not done.
    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<Task<T>> {
        let (sender, receiver) = sync_channel(1);
        let job = move || {
            let result = catch_unwind(AssertUnwindSafe(job));
            // Nobody waits any more after an error.
            _ = sender.send(result);
        };
        match self {
            Self::Caller | Self::Worker => job(),
            Self::Pool(pool) => pool.get()?.spawn(job),
        }
        Ok(Task(Some(receiver)))
    }

    /// Runs `work` among these threads, so that parallel iterators in it use them.
    pub(crate) fn install<T: Send>(&self, work: impl FnOnce() -> T + Send) -> io::Result<T> {
        match self {
            Self::Worker => Ok(work()),
            Self::Pool(pool) => Ok(pool.get()?.install(work)),
            // A pool of one thread, since rayon would use the shared one otherwise.
            Self::Caller => Ok(Pool::with_threads(1)?.install(work)),
        }
    }
}

/// A job that is being done. Dropping it waits for the job's end: nothing goes on behind the back of who gave it.
#[derive(Debug)]
pub(crate) struct Task<T>(Option<Receiver<Outcome<T>>>);

/// What a job returned, or what it panicked with.
type Outcome<T> = Result<T, Box<dyn Any + Send>>;

impl<T> Task<T> {
    /// Waits for the job's end.
    pub(crate) fn wait(mut self) -> T {
        let receiver = self.0.take().expect("it is waited for once");
        match receiver
            .recv()
            .expect("a job sends its result before it drops the channel")
        {
            Ok(result) => result,
            Err(panic) => resume_unwind(panic),
        }
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        if let Some(receiver) = self.0.take() {
            // Dropped after an error or in a panic, which is what gets reported.
            drop(receiver.recv());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_give_their_results_whoever_does_them() {
        for count in [None, Some(0), Some(1), Some(2), Some(8)] {
            let threads = Threads::new(count);
            let tasks: Vec<_> = (0..100).map(|i| threads.spawn(move || i * i).unwrap()).collect();
            let results: Vec<_> = tasks.into_iter().map(Task::wait).collect();
            assert!(results.into_iter().eq((0..100).map(|i| i * i)));
        }
    }

    #[test]
    fn inside_a_pool_jobs_are_done_one_after_the_other_by_the_thread_that_gives_them() {
        // More waiting threads than there are: all of these would wait for each other.
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        pool.scope(|scope| {
            for _ in 0..100 {
                scope.spawn(|_| {
                    let here = std::thread::current().id();
                    let threads = Threads::new(None);
                    let tasks: Vec<_> = (0..10)
                        .map(|_| {
                            threads
                                .spawn(move || std::thread::current().id() == here)
                                .unwrap()
                        })
                        .collect();
                    assert!(tasks.into_iter().all(Task::wait));
                });
            }
        });
    }

    #[test]
    #[should_panic(expected = "in the job")]
    fn a_panic_in_a_job_reaches_who_waits_for_it() {
        Threads::new(None).spawn(|| panic!("in the job")).unwrap().wait();
    }
}
