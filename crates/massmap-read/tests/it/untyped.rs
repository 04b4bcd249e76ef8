//! Maps without Rust types answer as those with them do.

mod answers;
mod batches;
mod refusals;
mod values;

use std::hash::Hash;
use std::io::Result;

use massmap_format::FormatVersion;
use massmap_hash::{MassMapDefaultHashLoader, MassMapHashLoader, Xxh3HashLoader};
use massmap_io::{BytesReader, MassMapReader};
use massmap_write::MassMapBuilder;
use serde::Serialize;

/// Does not say that its bytes are in memory.
#[derive(Debug)]
struct OnlyRead(BytesReader<Vec<u8>>);

impl OnlyRead {
    fn new(bytes: &[u8]) -> Self {
        Self(BytesReader::new(bytes.to_vec()))
    }
}

impl MassMapReader for OnlyRead {
    fn read_exact_at<F, R>(&self, offset: u64, length: u64, f: F) -> Result<R>
    where
        F: Fn(&[u8]) -> Result<R>,
    {
        self.0.read_exact_at(offset, length, f)
    }
}

fn build<H: MassMapHashLoader, K, V>(format: FormatVersion, entries: &[(K, V)]) -> Vec<u8>
where
    K: Serialize + Hash + Eq,
    V: Serialize,
{
    build_named::<H, K, V>(format, false, entries)
}

/// A file of format 2 has the names of types only if asked.
fn build_named<H: MassMapHashLoader, K, V>(format: FormatVersion, names: bool, entries: &[(K, V)]) -> Vec<u8>
where
    K: Serialize + Hash + Eq,
    V: Serialize,
{
    let builder = <MassMapBuilder<H> as Default>::default().with_format(format);
    let builder = match format {
        FormatVersion::V1 => builder.with_bucket_count(7),
        _ => builder.with_page_size(512).with_type_names(names),
    };
    support::files::build(builder, entries)
}

/// A file of each format, with each hash function.
fn files<K: Serialize + Hash + Eq, V: Serialize>(entries: &[(K, V)]) -> Vec<Vec<u8>> {
    vec![
        build::<MassMapDefaultHashLoader, K, V>(FormatVersion::V1, entries),
        build::<Xxh3HashLoader, K, V>(FormatVersion::V1, entries),
        // This hash function distinguishes types that the file without names does not.
        build_named::<MassMapDefaultHashLoader, K, V>(FormatVersion::V2, true, entries),
        build::<Xxh3HashLoader, K, V>(FormatVersion::V2, entries),
    ]
}
