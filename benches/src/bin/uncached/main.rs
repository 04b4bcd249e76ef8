//! Prints how long lookups take that have to go to the disk, next to random reads of the same file by fio.
//!
//! ```text
//! cargo run --release -p massmap-benches --bin uncached
//! cargo run --release -p massmap-benches --bin uncached -- --gigabytes 0.1 --seconds 0.3 --rounds 1    # small and quick
//! ```
//!
//! Lookups in format 2 go past the page cache, with `O_DIRECT`, as fio's reads do. Those of massmap 0.1.5, which cannot, follow
//! after the cache has been told to forget the file. All take turns, several rounds of them; the medians over these count.
//! Two files with the same entries are built in the directory of the benches, each about as large as asked for, and removed
//! at the end.

#[cfg(target_os = "linux")]
mod candidates;
#[cfg(target_os = "linux")]
mod files;
#[cfg(target_os = "linux")]
mod fio;
#[cfg(target_os = "linux")]
mod program;

use std::io;

fn main() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    return program::run();
    #[cfg(not(target_os = "linux"))]
    Err(io::Error::other(
        "only on Linux are files read past the page cache here",
    ))
}
