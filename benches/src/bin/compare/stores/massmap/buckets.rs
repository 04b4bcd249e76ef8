//! The number of buckets of files of format 1.

use crate::data::Entries;
use crate::data::field::Field;

/// Mean length of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Buckets {
    /// This many entries.
    Entries(u64),
    /// This many bytes, but at least one entry.
    Bytes(u64),
    /// The smaller of these.
    EntriesOrBytes(u64, u64),
}

/// The number of buckets that gives this length.
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

/// Mean length of encoded entries in bytes, estimated from a sample.
pub(in crate::stores) fn mean_length<K: Field, V: Field>(entries: &Entries<K, V>) -> u64 {
    let sample = entries.count().min(1000);
    let length = |ordinal| {
        let entry = entries.entry(ordinal * (entries.count() / sample));
        rmp_serde::to_vec(&entry).map_or(0, |encoded| encoded.len() as u64)
    };
    ((0..sample).map(length).sum::<u64>() / sample.max(1)).max(1)
}
