//! Builds that fail.

use std::path::Path;

use massmap::{Compression, FormatVersion, MassMapBuilder, MemoryWriter};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::exhaust::{Place, Summary, exhaust};
use crate::system::watch::Kind;

/// Entries of two kilobytes. A build that spills reads them one by one. They are few enough to make each read fail in turn, and
/// exceed the smallest memory limit.
pub(crate) fn entry(number: u64) -> (u64, String) {
    (number, "v".repeat((2000 + number % 23) as usize))
}

/// 64 KB of entries.
pub(crate) const COUNT: u64 = 32;

pub(crate) fn builder(format: FormatVersion) -> MassMapBuilder {
    let builder = MassMapBuilder::default()
        .with_format(format)
        .with_writer_buffer_size(8192);
    match format {
        FormatVersion::V2 => builder.with_page_size(512).with_miss_filter(true),
        _ => builder.with_bucket_count(20),
    }
}

/// The file that is replaced.
pub(crate) fn old() -> Vec<u8> {
    let writer = MemoryWriter::new();
    MassMapBuilder::default()
        .build(&writer, (0..15).map(entry))
        .unwrap();
    writer.into_inner()
}

/// Builds a map over the old file with every call failing in turn.
fn build(name: &str, builder: &MassMapBuilder) -> Summary {
    exhaust(name, &Place::new(&old()), &|target: &Path| {
        let (builder, target) = (builder.clone(), target.to_owned());
        Box::new(move || builder.build_to_path(target, (0..COUNT).map(entry)).map(drop))
    })
}

/// Checks that there were at least `runs` runs with a fault, in all calls that publish a file and in `kinds`.
pub(crate) fn assert_hits(summary: &Summary, runs: usize, kinds: &[Kind]) {
    const HARMLESS: [Kind; 3] = [Kind::Lock, Kind::Unlock, Kind::List];
    const PUBLISHING: [Kind; 6] = [
        Kind::Open,
        Kind::Write,
        Kind::Sync,
        Kind::Permit,
        Kind::Rename,
        Kind::Look,
    ];
    assert!(summary.runs >= runs, "{summary:?}");
    for kind in &HARMLESS {
        assert!(summary.kinds.contains(kind), "{kind:?}: {summary:?}");
        assert!(!summary.fatal.contains(kind), "{kind:?}: {summary:?}");
    }
    for kind in PUBLISHING.iter().chain(kinds) {
        assert!(summary.fatal.contains(kind), "{kind:?}: {summary:?}");
    }
}

#[test]
fn a_build_in_memory_leaves_the_old_file_or_the_new_one() {
    for format in [FormatVersion::V1, FormatVersion::V2] {
        for threads in [1, 2] {
            let name = format!("build {format:?} in memory with {threads} threads");
            let builder = builder(format).with_threads(threads);
            assert_hits(&build(&name, &builder), 50, &[]);
        }
    }
}

#[test]
fn a_build_of_format_1_that_spills_leaves_the_old_file_or_the_new_one() {
    spilling(FormatVersion::V1);
}

#[test]
fn a_build_of_format_2_that_spills_leaves_the_old_file_or_the_new_one() {
    spilling(FormatVersion::V2);
}

fn spilling(format: FormatVersion) {
    for threads in [1, 2] {
        let name = format!("build {format:?} spilling with {threads} threads");
        let builder = builder(format).with_threads(threads).with_memory_limit(0);
        assert_hits(&build(&name, &builder), 200, &[Kind::Read]);
    }
}

#[test]
fn a_build_with_compressed_values_that_spills_leaves_the_old_file_or_the_new_one() {
    // Values that get a fifth shorter: what is written between compressing and the pages does not fit in memory either.
    let value = |number: u64| {
        let mut state = number + 1;
        let letter = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            char::from(b'!' + (state >> 33) as u8 % 90)
        };
        (number, (0..2000).map(letter).collect::<String>())
    };
    let place = Place::new(&old());
    for (threads, size) in [(1, 0), (2, 1 << 10)] {
        let compression = Compression::zstd().with_level(1).with_dictionary_size(size);
        let builder = builder(FormatVersion::V2)
            .with_compression(compression)
            .with_threads(threads)
            .with_memory_limit(0);
        let name = format!("compressed build with {threads} threads");
        let summary = exhaust(&name, &place, &|target: &Path| {
            let (builder, target) = (builder.clone(), target.to_owned());
            Box::new(move || builder.build_to_path(target, (0..COUNT).map(value)).map(drop))
        });
        assert_hits(&summary, 200, &[Kind::Read]);
    }
}

#[test]
fn a_build_that_chooses_its_buckets_and_spills_leaves_the_old_file_or_the_new_one() {
    let builder = builder(FormatVersion::V1)
        .with_target_bucket_bytes(6000)
        .with_threads(1)
        .with_memory_limit(0);
    let summary = build("build with buckets of 6000 bytes", &builder);
    assert_hits(&summary, 200, &[Kind::Read]);
}

#[test]
fn a_build_with_buckets_larger_than_memory_leaves_the_old_file_or_the_new_one() {
    let builder = builder(FormatVersion::V1)
        .with_bucket_count(2)
        .with_threads(1)
        .with_memory_limit(0);
    let summary = build("build with 2 buckets", &builder);
    assert_hits(&summary, 200, &[Kind::Read]);
}

#[test]
fn a_build_from_a_fallible_source_leaves_the_old_file_or_the_new_one() {
    let place = Place::new(&old());
    let builder = builder(FormatVersion::V2).with_threads(1).with_memory_limit(0);
    let summary = exhaust("try_build", &place, &|target: &Path| {
        let (builder, target) = (builder.clone(), target.to_owned());
        let entries = (0..COUNT).map(|number| Ok::<_, std::io::Error>(entry(number)));
        Box::new(move || builder.try_build_to_path(target, entries).map(drop))
    });
    assert_hits(&summary, 200, &[Kind::Read]);
}

#[test]
fn a_build_from_a_parallel_iterator_leaves_the_old_file_or_the_new_one() {
    let place = Place::new(&old());
    let builder = builder(FormatVersion::V1).with_threads(2).with_memory_limit(0);
    let summary = exhaust("par_build", &place, &|target: &Path| {
        let (builder, target) = (builder.clone(), target.to_owned());
        let entries = (0..COUNT).into_par_iter().map(entry);
        Box::new(move || builder.par_build_to_path(target, entries).map(drop))
    });
    assert_hits(&summary, 200, &[Kind::Read]);
}
