//! How many buckets files of format 1 have.

use crate::data::Entries;
use crate::data::field::Field;

/// Length of a bucket, on average.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Buckets {
    /// So many entries.
    Entries(u64),
    /// So many bytes, and at least an entry.
    Bytes(u64),
    /// Whichever of the two is less.
    EntriesOrBytes(u64, u64),
}

/// The number of buckets that makes them so long.
pub(crate) fn bucket_count<K: Field, V: Field>(entries: &Entries<K, V>, buckets: Buckets) -> u64 {
    let count = entries.count();
    let by_entries = |length: u64| count.div_ceil(length).max(1);
    let by_bytes = |length: u64| by_entries((length / mean_length(entries)).max(1));
    match buckets {
        Buckets::Entries(length) => by_entries(length),
        Buckets::Bytes(length) => by_bytes(length),
        Buckets::EntriesOrBytes(entries, bytes) => by_entries(entries).max(by_bytes(bytes)),
    }
}

/// Mean length of encoded entries in bytes, as far as a sample of them tells.
pub(in crate::stores) fn mean_length<K: Field, V: Field>(entries: &Entries<K, V>) -> u64 {
    let sample = entries.count().min(1000);
    let length = |ordinal| {
        let entry = entries.entry(ordinal * (entries.count() / sample));
        rmp_serde::to_vec(&entry).map_or(0, |encoded| encoded.len() as u64)
    };
    ((0..sample).map(length).sum::<u64>() / sample.max(1)).max(1)
}
