//! Finding where a key lies, up to the point where it would be read: the page index of format 2 by itself, and whole lookups
//! of both formats without their read.
//!
//! Keys and bins come in random order. Each lookup waits for the one before it, unless it says otherwise.

mod locate;
mod page_index;

use std::io;

use massmap_benches::criterion;

/// How many bins or keys are looked up before the same ones come again: too many for what they lead to, with that, to stay in
/// the small caches of the processor.
const DRAWS: u64 = 1 << 20;

/// How many of them make an iteration.
const STRETCH: usize = 1024;

fn main() -> io::Result<()> {
    let mut criterion = criterion();
    page_index::bench(&mut criterion);
    locate::bench(&mut criterion)?;
    criterion.final_summary();
    Ok(())
}
