//! Buffers that files are read into are aligned: the kernel copies to unaligned memory at half the speed or less.

use std::io::Result;
use std::sync::Mutex;

use massmap::{FormatVersion, MassMap, MassMapBuilder, MassMapMerger, MemoryWriter};
use support::files::build;
use support::impl_file_ext;
use support::readers::MemoryFile;

/// Length of a cache line, in bytes.
const LINE: usize = 64;

const PAGE: usize = 4096;

/// A file that records reads into unaligned buffers.
struct Watched {
    file: MemoryFile,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    reads: usize,
    /// Offset, length and address.
    unaligned: Vec<(u64, usize, usize)>,
}

impl Watched {
    fn new(bytes: &[u8]) -> Self {
        Self {
            file: MemoryFile::new(bytes),
            seen: Mutex::default(),
        }
    }

    fn read_some(&self, buffer: &mut [u8], offset: u64) -> Result<usize> {
        let address = buffer.as_ptr().addr();
        let is_page = offset.is_multiple_of(PAGE as u64);
        let mut seen = self.seen.lock().unwrap();
        seen.reads += 1;
        if !address.is_multiple_of(if is_page { PAGE } else { LINE }) {
            seen.unaligned.push((offset, buffer.len(), address));
        }
        self.file.read_some(buffer, offset)
    }

    fn write_some(&self, data: &[u8], offset: u64) -> Result<usize> {
        self.file.write_some(data, offset)
    }
}

impl_file_ext!(Watched);

/// Values from zero bytes to many pages.
fn entries(count: u64) -> Vec<(u64, String)> {
    (0..count)
        .map(|number| {
            let length = match number % 100 {
                99 => 100_000,
                rest => rest as usize * 7,
            };
            (number, "v".repeat(length))
        })
        .collect()
}

fn open(bytes: &[u8]) -> MassMap<u64, String, Watched> {
    MassMap::load(Watched::new(bytes)).unwrap()
}

fn assert_aligned(map: &MassMap<u64, String, Watched>, least: usize, what: &str) {
    let seen = std::mem::take(&mut *map.reader().seen.lock().unwrap());
    assert!(seen.reads >= least, "{what}: {} reads", seen.reads);
    assert!(
        seen.unaligned.is_empty(),
        "{what}: {} of {} reads, first {:?}",
        seen.unaligned.len(),
        seen.reads,
        seen.unaligned[0]
    );
}

#[test]
fn every_read_goes_into_an_aligned_buffer() {
    let entries = entries(3000);
    let v1 = || MassMapBuilder::default();
    let v2 = || MassMapBuilder::default().with_format(FormatVersion::V2);
    for (name, step, builder) in [
        ("format 1", 1, v1().with_bucket_count(700)),
        // Each of its lookups reads more than a megabyte: fewer of them read all buckets, too.
        ("format 1, few buckets", 30, v1().with_bucket_count(3)),
        ("format 2", 1, v2()),
        ("format 2, small pages", 1, v2().with_page_size(512)),
        (
            "format 2, shared pages",
            1,
            v2().with_longest_run(8).with_miss_filter(true),
        ),
    ] {
        let bytes = build(builder, &entries);
        let map = open(&bytes);
        assert_aligned(&map, 2, &format!("{name}: open"));
        for (key, value) in entries.iter().step_by(step) {
            assert_eq!(map.get(key).unwrap().as_ref(), Some(value));
        }
        assert_aligned(&map, 3000 / step, &format!("{name}: get"));
        assert_eq!(map.batch_get(0..3000).unwrap().len(), 3000);
        assert_aligned(&map, 3, &format!("{name}: batch_get"));
        assert_eq!(map.iter().filter_map(Result::ok).count(), 3000);
        assert_aligned(&map, 3, &format!("{name}: iter"));
        assert!(map.verify().is_ok());
        assert_aligned(&map, 3, &format!("{name}: verify"));
        // Each thread has a buffer of its own.
        std::thread::scope(|scope| {
            for first in 0..4 {
                let map = &map;
                scope.spawn(move || {
                    (first..3000)
                        .step_by(4 * step)
                        .for_each(|key| assert!(map.contains_key(&key).unwrap()))
                });
            }
        });
        assert_aligned(&map, 3000 / step, &format!("{name}: threads"));
    }
}

#[test]
fn merging_reads_into_aligned_buffers() {
    for format in [FormatVersion::V1, FormatVersion::V2] {
        let shard = |index| {
            let builder = MassMapBuilder::default().with_format(format).with_shard(index, 2);
            build(builder, &entries(3000))
        };
        let files = [shard(0), shard(1)];
        let merged = MemoryWriter::new();
        MassMapMerger::default()
            .with_writer_buffer_size(10_000)
            .merge(&merged, files.iter().map(|bytes| Checked::open(bytes)).collect())
            .unwrap();
        assert_eq!(open(&merged.into_inner()).len(), 3000);
    }
}

/// A file that panics at a read into an unaligned buffer.
struct Checked(Watched);

impl Checked {
    fn open(bytes: &[u8]) -> MassMap<u64, String, Self> {
        MassMap::load(Self(Watched::new(bytes))).unwrap()
    }

    fn read_some(&self, buffer: &mut [u8], offset: u64) -> Result<usize> {
        let read = self.0.read_some(buffer, offset);
        let unaligned = &self.0.seen.lock().unwrap().unaligned;
        assert!(unaligned.is_empty(), "offset, length and address: {unaligned:?}");
        read
    }

    fn write_some(&self, data: &[u8], offset: u64) -> Result<usize> {
        self.0.write_some(data, offset)
    }
}

impl_file_ext!(Checked);
