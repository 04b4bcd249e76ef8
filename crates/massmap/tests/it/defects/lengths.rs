//! Lengths that a file claims and does not have: 0.1.5 allocates that much memory, or aborts.

use std::fs::File;
use std::io::ErrorKind;

use massmap::{MassMap, MassMapInner, MassMapMerger, MemoryWriter};
use support::allocations::peak_of;
use support::files::format_1::{Parts, build};

/// Asserts that opening a file on disk with these bytes fails, in little memory.
fn refuse(bytes: &[u8]) -> std::io::Error {
    let mut file = tempfile::tempfile().unwrap();
    std::io::Write::write_all(&mut file, bytes).unwrap();
    let (result, peak) = peak_of(|| MassMap::<u32, u32, File>::load(file).map(drop));
    assert!(
        peak < 4 * bytes.len() + (64 << 10),
        "{peak} bytes of memory were taken"
    );
    result.unwrap_err()
}

fn small_file() -> Vec<u8> {
    build(4, &(0..10u32).map(|i| (i, i)).collect::<Vec<_>>())
}

#[test]
fn a_large_metadata_length_in_a_small_file_is_an_error_and_no_allocation() {
    for length in [
        1 << 20,
        1 << 33,
        1 << 40,
        i64::MAX as u64 - 4096,
        i64::MAX as u64,
        u64::MAX,
    ] {
        let mut file = small_file();
        file[16..24].copy_from_slice(&length.to_be_bytes());
        let kind = refuse(&file).kind();
        assert!(
            matches!(
                kind,
                ErrorKind::UnexpectedEof | ErrorKind::InvalidData | ErrorKind::InvalidInput
            ),
            "{kind}"
        );
    }
}

#[test]
fn a_metadata_length_beyond_the_end_takes_no_more_memory_than_the_existing_bytes() {
    // Long enough that the buffer of an earlier read is too small for it.
    for length in [i32::MAX as u64, 1 << 40, 1 << 60] {
        let mut file = vec![0; 200_000];
        let header = massmap::MassMapHeader {
            meta_offset: 24,
            meta_length: length,
        };
        file[..24].copy_from_slice(&header.serialize());
        assert_eq!(refuse(&file).kind(), ErrorKind::UnexpectedEof, "{length}");
    }
}

#[test]
fn a_large_bucket_length_in_a_small_file_is_an_error_and_no_allocation() {
    let mut parts = Parts::of(&small_file());
    let bucket = parts.first_occupied();
    parts.index[bucket].length = u32::MAX;
    assert_eq!(refuse(&parts.to_file()).kind(), ErrorKind::InvalidData);
}

#[test]
fn buckets_and_metadata_that_lie_beyond_the_file_consistently_are_an_error_and_no_allocation() {
    // One bucket of 4 GiB, after which the metadata should follow.
    let mut parts = Parts::of(&build(1, &[(1u32, 2u32)]));
    parts.index[0].length = u32::MAX;
    let mut file = parts.to_file();
    file[8..16].copy_from_slice(&(24 + u64::from(u32::MAX)).to_be_bytes());
    assert_eq!(refuse(&file).kind(), ErrorKind::UnexpectedEof);
}

#[cfg(unix)]
#[test]
fn a_bucket_in_a_hole_of_a_sparse_file_is_allocated_once_at_most() {
    use std::os::unix::fs::FileExt;

    // The file really has that length but takes no space: its bytes are zeros.
    let length = 64u32 << 20;
    let mut parts = Parts::of(&build(1, &[(1u32, 2u32)]));
    parts.index[0].length = length;
    let metadata = rmp_serde::to_vec(&(&parts.meta, &parts.index)).unwrap();
    let header = massmap::MassMapHeader {
        meta_offset: 24 + u64::from(length),
        meta_length: metadata.len() as u64,
    };
    let file = tempfile::tempfile().unwrap();
    file.write_all_at(&header.serialize(), 0).unwrap();
    file.write_all_at(&metadata, header.meta_offset).unwrap();
    let map = MassMap::<u32, u32, _>::load(file).unwrap();
    let (result, peak) = peak_of(|| map.get(&1));
    result.unwrap_err();
    assert!(peak < 4 * length as usize, "{peak} bytes of memory were taken");
}

#[test]
fn a_large_bucket_count_in_a_small_file_is_an_error_and_no_allocation() {
    for count in [1 << 20, 1 << 40, i64::MAX as u64, u64::MAX] {
        let mut parts = Parts::of(&small_file());
        parts.meta.bucket_count = count;
        let file = parts.to_file();
        assert_eq!(refuse(&file).kind(), ErrorKind::InvalidData);
        // 0.1.5 allocates the index of the merged map according to this number.
        let reader = support::readers::MemoryFile::new(file);
        let (merged, peak) = peak_of(|| {
            let inner = MassMapInner::<_>::load(reader)?;
            MassMapMerger::default().merge_inner(&MemoryWriter::new(), vec![inner])
        });
        merged.map(drop).unwrap_err();
        assert!(peak < 64 << 10, "{peak} bytes of memory were taken");
    }
}
