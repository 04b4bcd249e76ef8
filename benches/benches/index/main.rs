//! Locates keys without reading them: the page index of format 2 by itself, and whole lookups of both formats without their read.
//!
//! Keys and bins are in random order. Each lookup depends on the previous one, unless stated otherwise.

mod locate;
mod page_index;

use std::io;

use massmap_benches::criterion;

/// Number of bins or keys before they repeat, too many for their parts of the index to stay in the small caches of the processor.
const DRAWS: u64 = 1 << 20;

/// Number of bins or keys per iteration.
const CHUNK: usize = 1024;

fn main() -> io::Result<()> {
    let mut criterion = criterion();
    page_index::bench(&mut criterion);
    locate::bench(&mut criterion)?;
    criterion.final_summary();
    Ok(())
}
