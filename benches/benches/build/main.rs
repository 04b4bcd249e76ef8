//! Building maps from the same entries: by this crate, by massmap 0.1.5 and by other stores, in memory and to files.
//!
//! The entries are in memory beforehand. All contestants build once in each turn, since load on the machine and its disk
//! comes and goes. Parts of the bench are chosen by words of their titles:
//!
//! ```text
//! cargo bench -p massmap-benches --bench build -- 'u64 in memory'
//! ```

mod cdb;
mod in_memory;
mod lmdb;
mod report;
mod to_file;

use std::io;

use massmap_benches::stores::Raw;
use massmap_benches::{Dataset, Integers, Strings, entries};

/// More than any of the builds needs: nothing is spilled.
const AMPLE: usize = 4 << 30;

fn main() -> io::Result<()> {
    // Buckets of 200 entries are where massmap 0.1.5 builds integers fastest.
    bench::<Integers>(10_000_000, &[16, 200])?;
    bench::<Strings>(5_000_000, &[16])
}

/// Builds with each of these numbers of entries a bucket in memory, and with the first one to files.
fn bench<D>(full: u64, entries_a_bucket: &[u64]) -> io::Result<()>
where
    D: Dataset<Key: Raw, Value: Raw>,
{
    let count = entries(full);
    let data: Vec<_> = (0..count)
        .map(|ordinal| (D::key(ordinal), D::value(ordinal)))
        .collect();
    in_memory::bench::<D>(&data, entries_a_bucket)?;
    to_file::bench::<D>(&data, entries_a_bucket[0])
}
