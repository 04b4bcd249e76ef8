//! What the benches of massmap share: the data sets, the files made of them, and the scale of a run.
//!
//! ```text
//! cargo bench -p massmap-benches --bench lookup
//! MASSMAP_BENCH_ENTRIES=100000 cargo bench -p massmap-benches --bench lookup    # small and quick
//! cargo run --release -p massmap-benches --bin fill
//! cargo run --release -p massmap-benches --bin build_memory
//! cargo run --release -p massmap-benches --bin uncached
//! ```
//!
//! | bench | measures |
//! |---|---|
//! | `lookup` | lookups and iteration in files of format 1, by this crate and by massmap 0.1.5 |
//! | `reading` | lookups in cached files of both formats, mapped and not, by this crate and massmap 0.1.5, next to the dependent read and the bare `pread` that no lookup can be faster than; two threads next to one |
//! | `open` | opening files of both formats, and the memory that an open map takes |
//! | `build` | building the same entries: in memory, by this crate and by massmap 0.1.5; to a file, by this crate, cdb64 and LMDB, next to a copy of the file |
//! | `codec` | walking bucket payloads |
//!
//! The program `fill` prints how full the pages of format 2 are and what its index takes, over page sizes. The program
//! `build_memory` prints the peak of memory that builds of 100 million entries take, by the library and by the command line.
//! The program `uncached` prints what lookups take that have to go to the disk, next to fio.
//!
//! The files for lookups are built once and kept in `massmap-bench-data` in the target directory, up to 7 GB at full scale.
//! Delete it after a change to what the builder writes. Those that `build`, `build_memory` and `uncached` write there
//! do not stay.

mod chain;
mod dataset;
mod digest;
mod first_bins;
mod memory;
mod peak;
mod prepared;
mod rounds;
mod scale;
pub mod stores;
mod suite;
mod targets;

pub use chain::{chain, chain_of_misses, fence};
pub use dataset::{Dataset, Integers, Strings, mix};
pub use digest::digest;
pub use first_bins::first_bins;
pub use memory::Memory;
pub use peak::wait_with_peak;
pub use prepared::{Arrangement, Buckets, Prepared, data_directory};
pub use rounds::{Contestant, Time, Times, compare, take_turns};
pub use scale::{entries, is_full_run, is_wanted, scales};
pub use suite::criterion;
pub use targets::{Limit, Target, report};
