//! Builds files in memory.

use std::hash::Hash;
use std::io::Result;
use std::sync::atomic::{AtomicUsize, Ordering};

use massmap_format::FormatVersion;
use massmap_hash::{MassMapDefaultHashLoader, MassMapHashLoader};
use massmap_io::{BytesReader, MassMapReader, MemoryWriter};
use massmap_write::MassMapBuilder;
use serde::Serialize;

pub(crate) const FORMATS: [FormatVersion; 2] = [FormatVersion::V1, FormatVersion::V2];

/// A file of either format with a few buckets, or with pages of the usual size.
pub(crate) fn file<K, V>(format: FormatVersion, entries: &[(K, V)]) -> Vec<u8>
where
    K: Serialize + Hash + Eq,
    V: Serialize,
{
    file_with(format, 7, entries)
}

/// A file of either format; with so many buckets if that is format 1.
pub(crate) fn file_with<K, V>(format: FormatVersion, buckets: u64, entries: &[(K, V)]) -> Vec<u8>
where
    K: Serialize + Hash + Eq,
    V: Serialize,
{
    hashed_file::<MassMapDefaultHashLoader, K, V>(format, buckets, entries)
}

/// Like [`file_with`], with the hash function of a loader.
pub(crate) fn hashed_file<H, K, V>(format: FormatVersion, buckets: u64, entries: &[(K, V)]) -> Vec<u8>
where
    H: MassMapHashLoader,
    K: Serialize + Hash + Eq,
    V: Serialize,
{
    let writer = MemoryWriter::new();
    let mut builder = <MassMapBuilder<H> as Default>::default().with_format(format);
    if format == FormatVersion::V1 {
        builder = builder.with_bucket_count(buckets);
    }
    builder
        .build(&writer, entries.iter())
        .expect("the entries make a map");
    writer.into_inner()
}

/// Counts what it is asked for.
pub(crate) struct Counting<'a>(pub(crate) &'a [u8], pub(crate) &'a AtomicUsize);

impl MassMapReader for Counting<'_> {
    fn read_exact_at<F, T>(&self, offset: u64, length: u64, f: F) -> Result<T>
    where
        F: Fn(&[u8]) -> Result<T>,
    {
        self.1.fetch_add(1, Ordering::Relaxed);
        BytesReader::new(self.0).read_exact_at(offset, length, f)
    }
}

/// The typed error inside an I/O error.
pub(crate) fn cause<E: std::error::Error + 'static>(error: &std::io::Error) -> &E {
    error
        .get_ref()
        .and_then(|payload| payload.downcast_ref())
        .unwrap_or_else(|| panic!("not a {}: {error:?}", std::any::type_name::<E>()))
}
