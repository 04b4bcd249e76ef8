//! Merges that fail.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use massmap::{FilePool, FormatVersion, MassMap, MassMapMerger, MassMapReader};

use crate::building::{COUNT, assert_hits, builder, entry, old};
use crate::exhaust::{Place, Summary, exhaust};
use crate::system::watch::Kind;

const SHARDS: u32 = 3;

/// A map in shards, beside the target.
struct Inputs {
    place: Place,
    paths: Vec<PathBuf>,
}

impl Inputs {
    fn new(format: FormatVersion) -> Self {
        let place = Place::new(&old());
        let directory = place.directory.join("inputs");
        fs::create_dir(&directory).unwrap();
        let paths = (0..SHARDS).map(|index| {
            let path = directory.join(index.to_string());
            let builder = builder(format).with_shard(index, SHARDS);
            builder.build_to_path(&path, (0..COUNT).map(entry)).unwrap();
            path
        });
        Self {
            paths: paths.collect(),
            place,
        }
    }

    /// Merges the shards over an old file; `open` opens them.
    fn merge<R>(&self, name: &str, merger: &MassMapMerger, open: impl Fn(&[PathBuf]) -> Vec<R>) -> Summary
    where
        R: MassMapReader + 'static,
    {
        let contents = || {
            self.paths
                .iter()
                .map(|path| fs::read(path).unwrap())
                .collect::<Vec<_>>()
        };
        let before = contents();
        let summary = exhaust(name, &self.place, &|target: &Path| {
            let (merger, target) = (merger.clone(), target.to_owned());
            let maps: Vec<_> = open(&self.paths)
                .into_iter()
                .map(|reader| MassMap::<u64, String, R>::load(reader).unwrap())
                .collect();
            Box::new(move || merger.merge_to_path(target, maps).map(drop))
        });
        assert!(contents() == before, "{name}: the inputs are as they were");
        summary
    }
}

fn merger() -> MassMapMerger {
    MassMapMerger::default()
        .with_threads(1)
        .with_writer_buffer_size(8192)
}

fn open_files(paths: &[PathBuf]) -> Vec<File> {
    paths.iter().map(|path| File::open(path).unwrap()).collect()
}

/// Files of a pool so small that each read may have to open one.
fn open_pooled(paths: &[PathBuf]) -> Vec<massmap::PooledFile> {
    let pool = FilePool::new(1);
    paths.iter().map(|path| pool.open(path).unwrap()).collect()
}

/// A file that a merge cannot recognise as one.
struct Disguised(File);

impl MassMapReader for Disguised {
    fn read_exact_at<F, T>(&self, offset: u64, length: u64, f: F) -> io::Result<T>
    where
        F: Fn(&[u8]) -> io::Result<T>,
    {
        self.0.read_exact_at(offset, length, f)
    }
}

fn open_disguised(paths: &[PathBuf]) -> Vec<Disguised> {
    open_files(paths).into_iter().map(Disguised).collect()
}

#[test]
fn a_merge_of_format_1_that_the_kernel_copies_leaves_the_old_file_or_the_new_one() {
    let inputs = Inputs::new(FormatVersion::V1);
    let summary = inputs.merge("merge V1 files", &merger(), open_files);
    assert_hits(&summary, 60, &[Kind::Copy]);
    let summary = inputs.merge("merge V1 pooled files", &merger(), open_pooled);
    assert_hits(&summary, 60, &[Kind::Copy]);
}

#[test]
fn a_merge_of_format_1_through_memory_leaves_the_old_file_or_the_new_one() {
    let inputs = Inputs::new(FormatVersion::V1);
    let summary = inputs.merge("merge V1 through memory", &merger(), open_disguised);
    assert!(!summary.kinds.contains(&Kind::Copy));
    assert_hits(&summary, 80, &[Kind::Read]);
}

#[test]
fn a_merge_of_format_2_leaves_the_old_file_or_the_new_one() {
    // After a failed read of many pages, each page is read alone, so a single fault does no harm.
    let inputs = Inputs::new(FormatVersion::V2);
    let summary = inputs.merge("merge V2 files", &merger(), open_files);
    assert_hits(&summary, 70, &[]);
    let summary = inputs.merge("merge V2 pooled files", &merger().with_threads(2), open_pooled);
    assert_hits(&summary, 70, &[]);
    let spilling = merger().with_memory_limit(0);
    let summary = inputs.merge("merge V2 in little memory", &spilling, open_files);
    assert_hits(&summary, 70, &[]);
}

#[test]
fn a_merge_of_format_1_into_format_2_that_spills_leaves_the_old_file_or_the_new_one() {
    across(FormatVersion::V1, FormatVersion::V2);
}

#[test]
fn a_merge_of_format_2_into_format_1_that_spills_leaves_the_old_file_or_the_new_one() {
    across(FormatVersion::V2, FormatVersion::V1);
}

fn across(from: FormatVersion, to: FormatVersion) {
    let inputs = Inputs::new(from);
    for threads in [1, 2] {
        let mut merger = merger()
            .with_format(to)
            .with_memory_limit(0)
            .with_threads(threads);
        if to == FormatVersion::V1 {
            merger = merger.with_bucket_count(20);
        }
        let name = format!("merge {from:?} into {to:?} with {threads} threads");
        let summary = inputs.merge(&name, &merger, open_files);
        assert_hits(&summary, 300, &[Kind::Read]);
    }
}

#[test]
fn a_merge_over_one_of_its_inputs_leaves_that_or_the_new_file() {
    for format in [FormatVersion::V1, FormatVersion::V2] {
        let mut inputs = Inputs::new(format);
        // The target is read while it is replaced.
        let place = Place::new(&fs::read(&inputs.paths[0]).unwrap());
        let directory = place.directory.join("inputs");
        fs::create_dir(&directory).unwrap();
        for path in &mut inputs.paths[1..] {
            let moved = directory.join(path.file_name().unwrap());
            fs::copy(&path, &moved).unwrap();
            *path = moved;
        }
        let others = inputs.paths.split_off(1);
        let target = place.target.clone();
        inputs.place = place;
        inputs.paths = others;
        let name = format!("merge {format:?} over an input");
        let summary = inputs.merge(&name, &merger(), |paths| {
            open_files(&[std::slice::from_ref(&target), paths].concat())
        });
        assert_hits(&summary, 60, &[]);
    }
}
