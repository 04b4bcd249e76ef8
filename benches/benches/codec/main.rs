//! The codecs of both formats, on bytes in memory: the part of decoding and checking in lookups, and of encoding in builds.

mod buckets;
mod metadata;
mod page_index;
mod pages;

use massmap_benches::{Dataset, Integers, Strings, criterion};

fn main() {
    let mut criterion = criterion();
    buckets::bench::<Integers>(&mut criterion);
    buckets::bench::<Strings>(&mut criterion);
    metadata::bench(&mut criterion);
    pages::bench::<Integers>(&mut criterion);
    pages::bench::<Strings>(&mut criterion);
    page_index::bench(&mut criterion);
    criterion.final_summary();
}

/// A key and a value of `D`, encoded in sequence.
fn encoded<D: Dataset>(ordinal: u64) -> Vec<u8> {
    const PLAIN: &str = "integers and strings can be encoded";
    let mut entry = rmp_serde::to_vec(&D::key(ordinal)).expect(PLAIN);
    entry.extend(rmp_serde::to_vec(&D::value(ordinal)).expect(PLAIN));
    entry
}
