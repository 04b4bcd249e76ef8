//! Files to look keys up in.

use std::path::{Path, PathBuf};

use massmap_async::Bytes;
use massmap_hash::Xxh3HashLoader;
use massmap_io::MemoryWriter;
use massmap_write::MassMapBuilder;
use serde::Serialize;

/// A builder of format 2 with pages of 512 bytes.
pub(crate) fn builder() -> MassMapBuilder<Xxh3HashLoader> {
    MassMapBuilder::<Xxh3HashLoader>::default()
        .with_format(massmap_format::FormatVersion::V2)
        .with_page_size(512)
}

pub(crate) fn build<K, V>(
    builder: MassMapBuilder<Xxh3HashLoader>,
    entries: impl IntoIterator<Item = (K, V)>,
) -> Bytes
where
    K: Serialize + std::hash::Hash + Eq + Clone,
    V: Serialize + Clone,
{
    let writer = MemoryWriter::new();
    builder.build(&writer, entries.into_iter()).unwrap();
    writer.into_inner().into()
}

/// A file from the numbers below `count` to their squares.
pub(crate) fn squares(count: u64) -> Bytes {
    build(builder(), (0..count).map(|number| (number, number * number)))
}

/// The names and bytes of all golden files.
pub(crate) fn golden_files() -> Vec<(String, Bytes)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../massmap/tests/golden");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(directory)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "massmap"))
        .collect();
    paths.sort();
    assert!(paths.len() >= 72, "{} golden files", paths.len());
    let named = paths.into_iter().map(|path| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, std::fs::read(&path).unwrap().into())
    });
    named.collect()
}
