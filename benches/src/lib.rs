//! What the benches of massmap share: the data sets, the files made of them, and the scale of a run.
//!
//! ```text
//! cargo bench -p massmap-benches --bench lookup
//! MASSMAP_BENCH_ENTRIES=100000 cargo bench -p massmap-benches --bench lookup    # small and quick
//! ```
//!
//! The files are built once and kept in `massmap-bench-data` in the target directory, up to 600 MB at full scale.

mod dataset;
mod memory;
mod prepared;
mod scale;

pub use dataset::{Dataset, Integers, Strings, mix};
pub use memory::Memory;
pub use prepared::{Buckets, Prepared};
pub use scale::entries;
