//! The rayon threads that massmap works with, also in forked processes.
//!
//! A thread does not survive `fork`: the child has the one that called it and no other. Rayon's global pool is still there as
//! data, so that whoever gives it a job in the child waits for ever. [`Pool::of_this_process`] is the global pool in the process
//! that started it, and in any other a pool that is made for it. Where the system starts no threads, the one that asks does the
//! work.
//!
//! This crate is for the crates that massmap is made of; it is not what programs depend on.
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
mod pool;
mod process_pool;

pub use pool::Pool;
