//! All ways of building the same map.

use std::hash::Hash;
use std::io::Result;

use massmap::{MassMapBuilder, MassMapHashLoader, MemoryWriter};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use serde::Serialize;

/// How entries are passed to a builder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// From an iterator.
    Build,
    /// From a fallible iterator that does not fail.
    TryBuild,
    /// From a parallel iterator.
    ParBuild,
    /// From a parallel iterator of unknown length, most of whose pieces are empty.
    ParBuildSparse,
}

/// All modes.
pub const MODES: [Mode; 4] = [Mode::Build, Mode::TryBuild, Mode::ParBuild, Mode::ParBuildSparse];

/// Memory limits: the smallest, small ones, and one without spilling.
pub const LIMITS: [usize; 4] = [0, 200 << 10, 2 << 20, 1 << 30];

/// One to eight threads, and the shared ones.
pub const THREADS: [usize; 9] = [1, 2, 3, 4, 5, 6, 7, 8, 0];

/// Builds a file.
pub fn build_in<H, K, V>(mode: Mode, builder: MassMapBuilder<H>, entries: &[(K, V)]) -> Result<Vec<u8>>
where
    H: MassMapHashLoader<BuildHasher: Sync>,
    K: Serialize + Hash + Eq + Sync + Send + Clone,
    V: Serialize + Sync + Send + Clone,
{
    let writer = MemoryWriter::new();
    match mode {
        Mode::Build => builder.build(&writer, entries.iter())?,
        Mode::TryBuild => builder.try_build(&writer, entries.iter().map(Ok::<_, String>))?,
        Mode::ParBuild => builder.par_build(&writer, entries.par_iter())?,
        Mode::ParBuildSparse => {
            let pieces = entries
                .par_iter()
                .flat_map(|entry| vec![None, Some(entry.clone()), None]);
            builder.par_build(&writer, pieces.filter_map(|entry| entry))?
        }
    };
    Ok(writer.into_inner())
}

/// Calls `check` with the result of building in every mode, with every limit and some numbers of threads.
pub fn for_each_variant<H, K, V>(
    builder: &MassMapBuilder<H>,
    entries: &[(K, V)],
    mut check: impl FnMut(&str, Result<Vec<u8>>),
) where
    H: MassMapHashLoader<BuildHasher: Sync>,
    K: Serialize + Hash + Eq + Sync + Send + Clone,
    V: Serialize + Sync + Send + Clone,
{
    let mut threads = THREADS.into_iter().cycle();
    for mode in MODES {
        for limit in LIMITS {
            // Two numbers of threads each, different ones each time: all combinations would take too long.
            for threads in threads.by_ref().take(2) {
                let builder = builder.clone().with_memory_limit(limit).with_threads(threads);
                let variant = format!("{mode:?}, {limit} bytes, {threads} threads");
                check(&variant, build_in(mode, builder, entries));
            }
        }
    }
}

/// Asserts that the map has the same bytes in every variant, and returns them.
pub fn assert_same<H, K, V>(builder: &MassMapBuilder<H>, entries: &[(K, V)]) -> Vec<u8>
where
    H: MassMapHashLoader<BuildHasher: Sync>,
    K: Serialize + Hash + Eq + Sync + Send + Clone,
    V: Serialize + Sync + Send + Clone,
{
    let ample = builder.clone().with_threads(1).with_memory_limit(1 << 30);
    let expected = build_in(Mode::Build, ample, entries).unwrap();
    for_each_variant(builder, entries, |variant, bytes| {
        assert!(bytes.unwrap() == expected, "{builder:?}: {variant}");
    });
    expected
}
