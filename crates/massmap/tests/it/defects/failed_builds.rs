//! Builds and merges over an older file that fail half-way: in 0.1.5, the old header may then point into new bytes.

use std::io::{Error, ErrorKind, Result};

use massmap::{BytesReader, MassMap, MassMapBuilder, MassMapInner, MassMapMerger};
use support::files::format_1::build;
use support::readers::{FailingFile, HookedReader, MemoryFile};

fn entries(count: u32) -> Vec<(u32, String)> {
    (0..count).map(|i| (i, format!("value {i}"))).collect()
}

/// Runs `write` over `old` once for every write that fails, torn at different positions.
fn assert_no_half_file(old: &[u8], write: impl Fn(&FailingFile) -> Result<()>) {
    let complete = FailingFile::new(old, usize::MAX, 0);
    write(&complete).unwrap();
    let complete = complete.to_vec();
    MassMapInner::<_>::load(BytesReader::new(&complete)).unwrap();

    for torn_at in [0, 1, 7, 8, 9, 15, 16, 23, usize::MAX] {
        for calls in 1.. {
            let file = FailingFile::new(old, calls, torn_at);
            let result = write(&file);
            let bytes = file.to_vec();
            if result.is_ok() {
                assert_eq!(bytes, complete);
                assert!(calls > 3, "several writes were made to fail");
                break;
            }
            if bytes == old || bytes == complete {
                continue;
            }
            let opened = MassMapInner::<_>::load(BytesReader::new(&bytes));
            assert!(
                opened.is_err(),
                "opens after write {calls} failed at byte {torn_at}"
            );
        }
    }
}

#[test]
fn a_build_that_fails_at_any_write_leaves_the_old_file_or_none() {
    let old_entries = entries(200);
    // Longer than the new file, equally long, with the same settings, and shorter.
    for old in [
        build(16, &old_entries),
        build(16, &entries(40)),
        build(4, &entries(3)),
        Vec::new(),
    ] {
        for buffer in [0, 64, 1 << 20] {
            assert_no_half_file(&old, |file| {
                let builder = MassMapBuilder::default()
                    .with_bucket_count(16)
                    .with_writer_buffer_size(buffer);
                builder.build(file, entries(40).iter()).map(drop)
            });
        }
    }
}

#[test]
fn a_merge_that_fails_at_any_write_leaves_the_old_file_or_none() {
    let shard = build(16, &entries(40));
    for old in [build(16, &entries(200)), shard.clone(), Vec::new()] {
        assert_no_half_file(&old, |file| {
            let maps = vec![MassMap::<u32, String, _>::load(BytesReader::new(&shard[..]))?];
            let merger = MassMapMerger::default().with_writer_buffer_size(64);
            merger.merge(file, maps).map(drop)
        });
    }
}

#[test]
fn a_merge_whose_reader_fails_leaves_no_file_that_opens() {
    let shard = build(16, &entries(2000));
    let old = build(16, &entries(3000));
    let target = MemoryFile::new(&old[..]);
    let meta_offset = u64::from_be_bytes(*shard[8..].first_chunk().expect("a header"));
    // All of the file but the last buckets can be read.
    let reader = HookedReader::new(shard, move |offset, length| {
        match (20_000..meta_offset).contains(&(offset + length - 1)) {
            true => Err(Error::other("unreadable sector")),
            false => Ok(()),
        }
    });
    let maps = vec![MassMap::<u32, String, _>::load(reader).unwrap()];
    let merger = MassMapMerger::default().with_writer_buffer_size(4096);
    merger.merge(&target, maps).unwrap_err();
    assert_ne!(target.to_vec(), old);
    MassMapInner::<_>::load(target).map(drop).unwrap_err();
}

#[test]
fn entries_that_cannot_be_serialized_leave_the_target_unchanged() {
    #[derive(Clone)]
    struct Broken;
    impl serde::Serialize for Broken {
        fn serialize<S: serde::Serializer>(&self, _serializer: S) -> std::result::Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("broken"))
        }
    }
    let old = build(16, &entries(40));
    let target = MemoryFile::new(&old[..]);
    let error = MassMapBuilder::default()
        .build(&target, [(1u8, Broken)].iter())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Other);
    MassMapBuilder::default()
        .with_bucket_count(1)
        .with_bucket_size_limit(20)
        .build(&target, entries(40).iter())
        .unwrap_err();
    assert_eq!(target.to_vec(), old);
}
