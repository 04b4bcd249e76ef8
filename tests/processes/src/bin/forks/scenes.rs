//! Actions of parents before they fork.

use std::fs::File;
use std::io::{Error, Result};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use massmap::{MassMap, MassMapReader, UringFile};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::process::{self, in_child};
use crate::uses::{PooledMap, Uses};

/// Time limit of the whole program in seconds, several times that of a child.
const LONGEST: u32 = 300;

/// Number of forks while other threads are at work.
const FORKS_IN_BETWEEN: usize = 20;

/// Does what `before` says, then forks the children.
pub(crate) fn play(before: &str) -> Result<()> {
    process::limit_time(LONGEST);
    let uses = Uses::new()?;
    match before {
        "nothing" => {}
        "one entry" => {
            uses.build_one()?;
            if process::threads()? > 1 {
                return Err(Error::other("threads were started for a single entry"));
            }
        }
        "a build" => uses.build()?,
        "a build with threads of its own" => uses.build_with_threads()?,
        "merges" => uses.merge()?,
        "parallel builds" => uses.build_in_parallel()?,
        "parallel iteration" => uses.iterate_in_parallel()?,
        "everything" => uses.everything()?,
        "rayon alone" => use_rayon(),
        "a global pool of its own" => {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(3);
            pool.build_global().map_err(Error::other)?;
        }
        "a fork in a callback" => return fork_in_callback(&uses),
        "a fork on a thread of a pool" => {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build();
            return pool
                .map_err(Error::other)?
                .install(|| in_child(|| uses.everything()));
        }
        "forks while other threads work" => return fork_in_between(&uses),
        _ => return Err(Error::other("there is no such scene")),
    }
    in_child(|| {
        uses.everything()?;
        let threads = rayon::current_num_threads();
        // Only once per process.
        let own = process::threads()?;
        uses.everything()?;
        if process::threads()? > own {
            return Err(Error::other(format!("{threads} threads, and then more and more")));
        }
        in_child(|| uses.everything())
    })?;
    uses.everything()
}

fn use_rayon() {
    let sum: u64 = (0..1000u64).into_par_iter().sum();
    assert_eq!(sum, 499_500);
}

/// Forks while this process has reads in flight.
fn fork_in_callback(uses: &Uses) -> Result<()> {
    let file = UringFile::new(File::open(uses.path())?);
    let ranges = || (0..200u64).map(|number| (number, number * 16, 16));
    let parents = file.batch_read_at::<u64, _, _>(ranges(), |number, bytes| {
        if *number == 50 {
            in_child(|| {
                let read = file.batch_read_at::<u64, _, _>(ranges(), |_, bytes| Ok(bytes.to_vec()))?;
                assert_eq!(read.len(), 200);
                uses.everything()
            })?;
        }
        Ok(bytes.to_vec())
    })?;
    let again = file.batch_read_at::<u64, _, _>(ranges(), |_, bytes| Ok(bytes.to_vec()))?;
    assert!(parents == again, "the parent has read what is there");
    uses.everything()
}

/// Forks while other threads of this process are anywhere in their work, holding any locks.
fn fork_in_between(uses: &Uses) -> Result<()> {
    let done = AtomicBool::new(false);
    let pooled = uses.pooled()?;
    let map = MassMap::<u64, u64, _>::load(pooled)?;
    thread::scope(|scope| {
        let work = |work: fn(&Uses, &PooledMap) -> Result<()>| {
            let (done, map) = (&done, &map);
            scope.spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    work(uses, map)?;
                }
                Ok::<_, Error>(())
            })
        };
        let workers = [
            work(|uses, _| uses.build()),
            work(|uses, _| uses.iterate_in_parallel()),
            work(|_, map| (0..1000).try_for_each(|key| map.get(&key).map(drop))),
            work(|_, map| (0..1000).try_for_each(|key| map.get(&key).map(drop))),
        ];
        let forked = (0..FORKS_IN_BETWEEN).try_for_each(|_| {
            in_child(|| {
                for key in 0..100 {
                    assert_eq!(map.get(&key)?, Some(key));
                }
                uses.build()?;
                uses.iterate_in_parallel()
            })
        });
        done.store(true, Ordering::Relaxed);
        for worker in workers {
            worker.join().map_err(|_| Error::other("a worker panicked"))??;
        }
        forked
    })
}
