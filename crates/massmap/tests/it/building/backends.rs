//! Custom readers and writers that fail at the n-th call, for every n.

use std::error::Error as _;
use std::fs;
use std::io::{Error, ErrorKind, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use massmap::{
    BytesReader, FormatVersion, MassMap, MassMapBuilder, MassMapInner, MassMapMerger, MassMapWriter,
    MemoryWriter, WriteError,
};
use massmap_format::PagedHeader;
use support::readers::HookedReader;

/// Makes all calls after the first n fail.
#[derive(Debug, Clone)]
struct Fuse(Arc<AtomicUsize>);

impl Fuse {
    /// Lets `calls` calls succeed.
    fn new(calls: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(calls)))
    }

    fn burns(&self) -> Result<()> {
        let left = |calls: usize| calls.checked_sub(1);
        match self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left) {
            Ok(_) => Ok(()),
            Err(_) => Err(Error::new(ErrorKind::HostUnreachable, "the store is away")),
        }
    }
}

/// Fails from some write on; writes half of that one.
struct FailingWriter {
    target: MemoryWriter,
    fuse: Fuse,
}

impl MassMapWriter for FailingWriter {
    fn write_all_at(&self, data: &[u8], offset: u64) -> Result<()> {
        self.fuse.burns().inspect_err(|_| {
            _ = self.target.write_all_at(&data[..data.len() / 2], offset);
        })?;
        self.target.write_all_at(data, offset)
    }
}

/// Large entries, of which few suffice, so that there are not too many calls to fail.
fn entry(n: u64) -> (u64, String) {
    (n, "v".repeat((800 + n % 7) as usize))
}

const COUNT: u64 = 80;

/// A builder of files with many buckets or pages.
fn builder(format: FormatVersion) -> MassMapBuilder {
    let builder = MassMapBuilder::default().with_format(format);
    match format {
        FormatVersion::V2 => builder.with_page_size(1024),
        _ => builder.with_bucket_count(30),
    }
}

fn builders() -> impl Iterator<Item = MassMapBuilder> {
    [FormatVersion::V1, FormatVersion::V2]
        .into_iter()
        .flat_map(|format| {
            [(0, 1), (0, 2), (1 << 30, 2)].map(|(limit, threads)| {
                builder(format)
                    .with_memory_limit(limit)
                    .with_threads(threads)
                    .with_writer_buffer_size(2000)
            })
        })
}

/// Asserts that the innermost cause of an error is that of the backend.
fn assert_is_of_backend(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::HostUnreachable, "{error:?}");
    let mut last = error.get_ref().unwrap() as &(dyn std::error::Error + 'static);
    while let Some(source) = last.source() {
        last = source;
    }
    assert_eq!(last.to_string(), "the store is away", "{error:?}");
}

/// After a failed write, the target holds its old contents or no map; or a complete map, if only zeros at the end of the
/// header were missing, which is written last, or in format 2 only the second header.
fn assert_no_map(bytes: &[u8], old: &[u8], complete: &[u8], calls: usize) {
    let opened = MassMapInner::<_>::load(BytesReader::new(bytes));
    let needed = match PagedHeader::is_magic(complete) {
        true => &complete[..complete.len() - PagedHeader::SIZE],
        false => complete,
    };
    assert!(
        bytes == old || bytes.starts_with(needed) || opened.is_err(),
        "opens after write {calls} failed"
    );
}

#[test]
fn a_writer_that_fails_at_any_write_holds_no_map_or_the_old_one() {
    let old = MemoryWriter::new();
    MassMapBuilder::default()
        .build(&old, (0..200).map(entry))
        .unwrap();
    let old = old.into_inner();
    for builder in builders() {
        let complete = MemoryWriter::new();
        builder.clone().build(&complete, (0..COUNT).map(entry)).unwrap();
        let complete = complete.into_inner();
        for calls in 0.. {
            let writer = FailingWriter {
                target: MemoryWriter::from(old.clone()),
                fuse: Fuse::new(calls),
            };
            let result = builder.clone().build(&writer, (0..COUNT).map(entry));
            let bytes = writer.target.into_inner();
            match result {
                Ok(_) => {
                    assert!(bytes.starts_with(&complete));
                    assert!(calls > 3, "several writes were made to fail");
                    break;
                }
                Err(error) => assert_is_of_backend(&error),
            }
            assert_no_map(&bytes, &old, &complete, calls);
        }
    }
}

/// The files of the shards of a map.
fn shards(format: FormatVersion) -> Vec<Vec<u8>> {
    let shard = |index| {
        let writer = MemoryWriter::new();
        let builder = builder(format).with_shard(index, 3);
        builder.build(&writer, (0..COUNT).map(entry)).unwrap();
        writer.into_inner()
    };
    (0..3).map(shard).collect()
}

#[test]
fn a_merge_that_fails_at_any_read_names_the_map_and_leaves_no_new_one() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("merged");
    for (from, to) in [
        (FormatVersion::V1, FormatVersion::V1),
        (FormatVersion::V2, FormatVersion::V2),
        (FormatVersion::V1, FormatVersion::V2),
        (FormatVersion::V2, FormatVersion::V1),
    ] {
        let shards = shards(from);
        let merger = MassMapMerger::default()
            .with_format(to)
            .with_memory_limit(0)
            .with_writer_buffer_size(4096);
        for failing in 0..shards.len() {
            let mut failures = 0;
            for calls in 0.. {
                let fuse = Fuse::new(usize::MAX);
                let maps = || {
                    let map = |(index, bytes): (usize, &Vec<u8>)| {
                        let fuse = match index == failing {
                            true => fuse.clone(),
                            false => Fuse::new(usize::MAX),
                        };
                        let reader = HookedReader::new(&bytes[..], move |_, _| fuse.burns());
                        MassMap::<u64, String, _>::load(reader).unwrap()
                    };
                    shards.iter().enumerate().map(map).collect::<Vec<_>>()
                };
                let (to_path, to_writer) = (maps(), maps());
                let target = MemoryWriter::new();
                fs::write(&path, "what was there").unwrap();

                fuse.0.store(calls, Ordering::Relaxed);
                let result = merger.clone().merge_to_path(&path, to_path);
                fuse.0.store(calls, Ordering::Relaxed);
                let other = merger.clone().merge(&target, to_writer);
                assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
                let Err(error) = result else {
                    other.unwrap();
                    assert!(fs::read(&path).unwrap() == target.into_inner());
                    break;
                };
                failures += 1;
                assert_eq!(fs::read(&path).unwrap(), b"what was there");
                let opened = MassMapInner::<_>::load(BytesReader::new(target.into_inner()));
                assert!(opened.is_err(), "opens after read {calls} failed");
                for error in [error, other.unwrap_err()] {
                    assert_is_of_backend(&error);
                    let payload = error
                        .get_ref()
                        .and_then(|error| error.downcast_ref::<WriteError>());
                    assert!(
                        matches!(payload, Some(WriteError::Read { map, .. } | WriteError::Copy { map, .. }) if *map == failing),
                        "{error:?}"
                    );
                    assert!(payload.unwrap().source().is_some());
                }
            }
            assert!(
                failures > 2,
                "{from:?} to {to:?}: {failures} reads were made to fail"
            );
        }
    }
}
