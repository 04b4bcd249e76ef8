//! The rayon threads that massmap works with, in forked processes too.
//!
//! Of all threads, only the one that calls `fork` exists in the child. Rayon's global pool is still there as data, so that a
//! job given to it in the child waits for ever. [`Pool::of_this_process`] is the global pool in the process that started it,
//! and a pool of its own in any other process. Where the system starts no threads, the calling thread does the work.
//!
//! This crate serves massmap's own crates; programs need not depend on it.
//!
//! ```
//! use massmap_threads::Pool;
//! use rayon::prelude::*;
//!
//! let pool = Pool::of_this_process();
//! let sum: u64 = pool.install(|| (0..1000u64).into_par_iter().sum());
//! assert_eq!(sum, 499_500);
//! ```

mod forked;
mod one_thread;
mod pool;
mod process_pool;

pub use pool::Pool;
