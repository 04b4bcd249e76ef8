//! Shared code of the benches: data sets, files made from them, and the scale of a run.
//!
//! ```text
//! cargo bench --manifest-path benches/Cargo.toml --bench lookup
//! MASSMAP_BENCH_ENTRIES=100000 cargo bench --manifest-path benches/Cargo.toml --bench lookup    # small and quick
//! cargo run --release --manifest-path benches/Cargo.toml --bin fill
//! cargo run --release --manifest-path benches/Cargo.toml --bin build_memory
//! cargo run --release --manifest-path benches/Cargo.toml --bin compare -- --quick
//! ```
//!
//! Criterion suites of our own layers, each of a minute or less, to run before and after a change:
//!
//! | suite | measures |
//! |---|---|
//! | `codec` | buckets and metadata of format 1, pages and page index of format 2: decoding, checking, encoding |
//! | `index` | locating a key: the page index by itself, and lookups of both formats without their read |
//! | `page_search` | finding a key in a page in memory, and in a bucket with the same entries |
//! | `lookup` | single and batched lookups and iteration in files of both formats, through each backend |
//! | `build` | building both formats, in memory and to a file, from sequential and parallel iterators, and with little memory |
//! | `merge` | merging four shards in both formats |
//! | `open` | opening files of both formats |
//!
//! Where massmap 0.1.5 can do the same, it is measured too. All suites check answers before they measure, and run once with
//! `cargo test --manifest-path benches/Cargo.toml --benches`.
//!
//! Three benches take longer. `building` compares building files of large values with cdb64, and small files in parallel with one
//! thread, with targets. `small` compares lookups of small entries in mapped files with odht, cdb64 and a dependent read of memory,
//! and with targets; files of 100 million entries are among them. `reading` compares dependent lookups in large cached files of both formats, mapped and not, by
//! massmap and massmap 0.1.5, with their lower bounds, a dependent read and a bare `pread`, and with targets. It also compares two
//! threads with one.
//!
//! The bench `file_lookups` of the crate `massmap` itself compares lookups through system calls with a bare `pread` in ten
//! processes, since memory addresses differ between them. It needs none of the other stores.
//!
//! The program `fill` prints how full the pages of format 2 are and the size of its index, for several page sizes. The program
//! `build_memory` prints the peak memory of builds of 100 million entries, by the library and by the command line. The program
//! `compression` prints how long files with compressed values are, and how long lookups take, beside RocksDB. The program
//! `compare` compares massmap with other stores: building, file size, opening, memory, and lookups in the page cache and on disk. It
//! wrote [`RESULTS.md`](../RESULTS.md).
//!
//! Lookups over object stores are measured by a package of its own, in `remote`, which needs none of the other stores here. It wrote
//! [`REMOTE.md`](../REMOTE.md).
//!
//! The files for lookups are built once and kept in `massmap-bench-data` in the target directory of the main workspace, up to
//! 4 GB at full scale. Delete it after a change to the output of the builder. Files that `build`, `merge`, `build_memory` and
//! `compare` write there are removed.

mod data;
mod memory;
mod other_stores;
mod suite;

pub use data::dataset::{Dataset, Integers, Long, Records, Strings};
pub use data::digest::digest;
pub use data::first_bins::first_bins;
pub use data::prepared::{Arrangement, Buckets, Prepared, data_directory, target_directory};
pub use memory::peak::wait_with_peak;
pub use memory::writer::Memory;
pub use other_stores::{Mapped, SeekingBuffer};
pub use suite::criterion;

pub use bench_support::{
    Contestant, Limit, Target, Time, Times, chain, chain_of_misses, entries, fence, is_full_run, is_wanted,
    mix, report, scales, take_all_turns, take_turns,
};
