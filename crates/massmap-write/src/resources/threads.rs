//! The threads of a build or a merge: the calling thread alone, or a pool.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, OnceLock};

use massmap_threads::Pool;

/// The threads that run tasks.
#[derive(Debug, Clone)]
pub(crate) enum Threads {
    /// Only the calling thread.
    Caller,
    /// Only the calling thread, which belongs to a rayon pool. Parallel iterators use that pool.
    ///
    /// To wait for a task in that pool, the thread would have to block, which may be forever if the other threads do the same, or
    /// run other tasks in the meantime. Such a task could be another build, which would do the same on the same stack, with
    /// memory of its own.
    Worker,
    /// The threads of a pool.
    Pool(Arc<LazyPool>),
}

/// A pool that the first task starts. Builds of few entries do without it.
#[derive(Debug)]
pub(crate) struct LazyPool {
    /// Number of threads; `None` for the pool that the process shares.
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
    /// `count` threads; with `None` or 0, those that the process shares; with 1, the calling thread.
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

    /// Number of threads that parallel iterators use.
    pub(crate) fn in_parallel(&self) -> io::Result<usize> {
        match self {
            Self::Worker => Ok(rayon::current_num_threads()),
            _ => Ok(self.count()?.max(1)),
        }
    }

    /// Number of threads that run tasks, besides the calling one.
    pub(crate) fn count(&self) -> io::Result<usize> {
        match self {
            Self::Caller | Self::Worker => Ok(0),
            Self::Pool(pool) => Ok(pool.get()?.threads()),
        }
    }

    /// Runs `work`, now or on another thread.
    ///
    /// # Errors
    ///
    /// The system's error if it starts no threads. Then `work` is not run.
    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<Task<T>> {
        let (sender, receiver) = sync_channel(1);
        let run = move || {
            let result = catch_unwind(AssertUnwindSafe(work));
            // After an error, nothing waits for it any more.
            _ = sender.send(result);
        };
        match self {
            Self::Caller | Self::Worker => run(),
            Self::Pool(pool) => pool.get()?.spawn(run),
        }
        Ok(Task(Some(receiver)))
    }

    /// Runs `work` so that parallel iterators in it use these threads.
    pub(crate) fn install<T: Send>(&self, work: impl FnOnce() -> T + Send) -> io::Result<T> {
        match self {
            Self::Worker => Ok(work()),
            Self::Pool(pool) => Ok(pool.get()?.install(work)),
            // Rayon would use the shared pool otherwise.
            Self::Caller => Pool::install_on_one_thread(work),
        }
    }

    /// The same for parallel iterators over so little that a single thread is faster.
    pub(crate) fn install_few<T: Send>(&self, work: impl FnOnce() -> T + Send) -> io::Result<T> {
        let Self::Pool(_) = self else {
            return self.install(work);
        };
        let mut work = Some(work);
        let taken = || work.take().expect("work is run once")();
        match Pool::install_on_one_thread(taken) {
            Ok(result) => Ok(result),
            // The system starts no thread, and there may be a pool already.
            Err(error) => match work.take() {
                Some(work) => self.install(work),
                None => Err(error),
            },
        }
    }
}

/// A running task. Dropping it waits for its end, so that nothing runs on unnoticed.
#[derive(Debug)]
pub(crate) struct Task<T>(Option<Receiver<Outcome<T>>>);

/// The value that a task returned, or the payload of its panic.
type Outcome<T> = Result<T, Box<dyn Any + Send>>;

impl<T> Task<T> {
    /// Waits for the task's end.
    pub(crate) fn wait(mut self) -> T {
        let receiver = self.0.take().expect("a task is waited for once");
        match receiver
            .recv()
            .expect("a task sends its result before it drops the channel")
        {
            Ok(result) => result,
            Err(panic) => resume_unwind(panic),
        }
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        if let Some(receiver) = self.0.take() {
            // Dropped after an error or in a panic, which is reported instead.
            drop(receiver.recv());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_return_their_results_on_any_threads() {
        for count in [None, Some(0), Some(1), Some(2), Some(8)] {
            let threads = Threads::new(count);
            let tasks: Vec<_> = (0..100).map(|i| threads.spawn(move || i * i).unwrap()).collect();
            let results: Vec<_> = tasks.into_iter().map(Task::wait).collect();
            assert!(results.into_iter().eq((0..100).map(|i| i * i)));
        }
    }

    #[test]
    fn parallel_iterators_over_little_use_one_thread() {
        for count in [None, Some(1), Some(8)] {
            let threads = Threads::new(count);
            let (number, answer) = threads
                .install_few(|| (rayon::current_num_threads(), 42))
                .unwrap();
            assert_eq!((number, answer), (1, 42));
        }
        // Inside a pool, that pool.
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        let number = pool.install(|| Threads::new(None).install_few(rayon::current_num_threads));
        assert_eq!(number.unwrap(), 3);
    }

    #[test]
    fn inside_a_pool_the_calling_thread_runs_tasks_one_after_the_other() {
        // More builds than threads: with tasks in the pool, all threads would wait for each other.
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
    #[should_panic(expected = "in the task")]
    fn a_panic_in_a_task_reaches_the_thread_that_waits_for_it() {
        Threads::new(None).spawn(|| panic!("in the task")).unwrap().wait();
    }
}
