//! Merging: 0.1.5 trusts indexes from the file, overflows, and loops if it has no buffer.

use massmap::{BytesReader, MassMap, MassMapInner, MassMapMerger, MassMapMeta, MemoryWriter};
use support::files::format_1::{Parts, build};

type Map = MassMap<u32, u32, BytesReader<Vec<u8>>>;

fn entries() -> Vec<(u32, u32)> {
    (0..40).map(|i| (i, i)).collect()
}

#[test]
fn merging_without_a_buffer_terminates() {
    let file = build(8, &entries());
    let writer = MemoryWriter::new();
    let maps = vec![Map::load(BytesReader::new(file.clone())).unwrap()];
    MassMapMerger::default()
        .with_writer_buffer_size(0)
        .merge(&writer, maps)
        .unwrap();
    assert_eq!(writer.into_inner(), file);
}

#[test]
fn a_range_of_occupied_buckets_beyond_the_index_does_not_panic() {
    let changes: [fn(&mut MassMapMeta); 4] = [
        |meta| meta.occupied_bucket_range.end = 9,
        |meta| meta.occupied_bucket_range.end = u64::MAX,
        |meta| meta.occupied_bucket_range = 100..200,
        |meta| meta.occupied_bucket_range.start = u64::MAX,
    ];
    for change in changes {
        let mut parts = Parts::of(&build(8, &entries()));
        change(&mut parts.meta);
        MassMapInner::<_>::load(BytesReader::new(parts.to_file()))
            .map(drop)
            .unwrap_err();
    }
}

#[test]
fn offsets_that_would_overflow_are_refused_before_they_can_be_added() {
    let mut parts = Parts::of(&build(8, &entries()));
    let bucket = parts.first_occupied();
    parts.index[bucket].offset = u64::MAX;
    MassMapInner::<_>::load(BytesReader::new(parts.to_file()))
        .map(drop)
        .unwrap_err();
    // The header of a file whose buckets would end far beyond it.
    let mut file = build(8, &entries());
    file[8..16].copy_from_slice(&(u64::MAX - 200).to_be_bytes());
    MassMapInner::<_>::load(BytesReader::new(file))
        .map(drop)
        .unwrap_err();
}

#[test]
fn metadata_changed_in_memory_does_not_mislead_a_merge() {
    // The field is public as in 0.1.5, which trusts it.
    let file = build(8, &entries());
    let mut inner = MassMapInner::<_>::load(BytesReader::new(file.clone())).unwrap();
    inner.meta.occupied_bucket_range = 3..u64::MAX;
    inner.meta.bucket_count = u64::MAX;
    inner.meta.occupied_bucket_count = 0;
    inner.meta.entry_count = 7;
    inner.header.meta_offset = u64::MAX;
    let writer = MemoryWriter::new();
    MassMapMerger::default()
        .merge(&writer, vec![inner.cast::<u32, u32>()])
        .unwrap();
    assert_eq!(writer.into_inner(), file);
}

#[test]
fn maps_that_cannot_be_merged_leave_the_target_unchanged() {
    let writer = MemoryWriter::from(b"old".to_vec());
    let map = || Map::load(BytesReader::new(build(8, &entries()))).unwrap();
    MassMapMerger::default()
        .merge(&writer, vec![map(), map()])
        .unwrap_err();
    MassMapMerger::default()
        .merge(&writer, Vec::<Map>::new())
        .unwrap_err();
    assert_eq!(writer.into_inner(), b"old");
}

#[test]
fn an_empty_map_must_fit_like_any_other() {
    let empty = |buckets| Map::load(BytesReader::new(build::<u32, u32>(buckets, &[]))).unwrap();
    let full = Map::load(BytesReader::new(build(8, &entries()))).unwrap();
    MassMapMerger::default()
        .merge(&MemoryWriter::new(), vec![full, empty(9)])
        .unwrap_err();
    MassMapMerger::default()
        .merge(&MemoryWriter::new(), vec![empty(8), empty(9)])
        .unwrap_err();
}
