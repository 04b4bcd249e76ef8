//! Maps that are built and merged into stores have the bytes of files.

use std::io::Result;

use massmap_format::FormatVersion;
use massmap_hash::MassMapDefaultHashLoader;
use massmap_io::{BytesReader, MassMapWriter, MemoryWriter};
use massmap_read::MassMapInner;
use massmap_write::{MassMapBuilder, MassMapMerger};

use super::PART;
use super::store::{Call, Recorder};

/// Writes into a store and into memory, and checks that the bytes are the same. Returns them.
fn compare<O>(write: impl Fn(&dyn MassMapWriter) -> Result<O>) -> Vec<u8> {
    let memory = MemoryWriter::new();
    write(&memory).unwrap();
    let expected = memory.into_inner();
    let store = Recorder::new();
    let writer = store.writer();
    write(&writer).unwrap();
    assert_eq!(store.content(), None);
    writer.finish().unwrap();
    assert!(store.content().unwrap() == expected);
    let calls = store.calls();
    match expected.len() > PART {
        true => assert_eq!(calls[calls.len() - 2..], [Call::Part(0, PART), Call::Complete]),
        false => assert_eq!(calls, [Call::Put(expected.len())]),
    }
    expected
}

/// A writer behind a pointer, since builders want to know its type.
struct Dyn<'a>(&'a dyn MassMapWriter);

impl MassMapWriter for Dyn<'_> {
    fn write_all_at(&self, data: &[u8], offset: u64) -> Result<()> {
        self.0.write_all_at(data, offset)
    }
}

type Setting = fn(MassMapBuilder) -> MassMapBuilder;

fn builder(format: FormatVersion, more: impl Fn(MassMapBuilder) -> MassMapBuilder) -> MassMapBuilder {
    more(MassMapBuilder::default().with_format(format))
}

#[test]
fn maps_are_built_into_stores() {
    let values = |n: u32| (n, n.to_string().repeat(20));
    let settings: [(FormatVersion, Setting); 5] = [
        (FormatVersion::V1, |builder| builder.with_bucket_count(3000)),
        (FormatVersion::V1, |builder| builder.with_memory_limit(1 << 20)),
        (FormatVersion::V2, |builder| builder),
        (FormatVersion::V2, |builder| {
            builder.with_page_size(1 << 20).with_miss_filter(true)
        }),
        (FormatVersion::V2, |builder| {
            builder.with_writer_buffer_size(1).with_memory_limit(1 << 20)
        }),
    ];
    for (format, more) in settings {
        for count in [0, 1, 120_000] {
            let file = compare(|writer| builder(format, more).build(&Dyn(writer), (0..count).map(values)));
            assert_eq!(file.len() > 2 * PART, count > 1, "{} bytes", file.len());
        }
    }
}

/// The checksums of such a run stand before it.
#[test]
fn a_value_that_is_longer_than_the_memory_of_the_build_goes_into_a_store() {
    let long = "long ".repeat(3 * PART / 5);
    for format in [FormatVersion::V1, FormatVersion::V2] {
        let file = compare(|writer| {
            let entries = [("a", "short"), ("b", &long[..]), ("c", &long[..PART])];
            builder(format, |builder| builder.with_memory_limit(1 << 16)).build(&Dyn(writer), entries.iter())
        });
        assert!(file.len() > 4 * PART);
    }
}

#[test]
fn maps_are_merged_into_stores() {
    type Map = MassMapInner<BytesReader<Vec<u8>>, MassMapDefaultHashLoader>;
    for format in [FormatVersion::V1, FormatVersion::V2] {
        let shard = |index| -> Map {
            let memory = MemoryWriter::new();
            builder(format, |builder| builder.with_shard(index, 2))
                .build(&memory, (0..120_000u32).map(|n| (n, n.to_string().repeat(20))))
                .unwrap();
            MassMapInner::load(BytesReader::new(memory.into_inner())).unwrap()
        };
        let file = compare(|writer| {
            let maps = vec![shard(0), shard(1)];
            let merger = MassMapMerger::default().with_format(format);
            match format {
                FormatVersion::V1 => merger.merge_inner(&Dyn(writer), maps),
                _ => merger.merge_keyed::<_, u32, _, _>(&Dyn(writer), maps),
            }
        });
        assert!(file.len() > 2 * PART);
    }
}
