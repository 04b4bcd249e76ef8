//! Builds and merges over an older file that fail half-way: neither what was written nor the end of a longer old file opens.

use std::fs;
use std::io::Result;

use massmap::{
    BytesReader, FormatVersion, MassMap, MassMapBuilder, MassMapInner, MassMapMerger, MassMapReader,
};
use massmap_format::PagedHeader;
use support::entries::strings;
use support::files::build;
use support::files::format_1;
use support::files::format_2::{header_of, small_pages};
use support::readers::FailingFile;

/// Hides how long the file is.
struct OfAnyLength<'a>(BytesReader<&'a [u8]>);

impl MassMapReader for OfAnyLength<'_> {
    fn read_exact_at<F, T>(&self, offset: u64, length: u64, f: F) -> Result<T>
    where
        F: Fn(&[u8]) -> Result<T>,
    {
        self.0.read_exact_at(offset, length, f)
    }
}

/// Whether `bytes` open as a map, in memory, without a known length, or as a file, of which the end is read first.
fn opens(bytes: &[u8]) -> bool {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut file, bytes).unwrap();
    let file = fs::File::open(file.path()).unwrap();
    MassMapInner::<_>::load(BytesReader::new(bytes)).is_ok()
        || MassMapInner::<_>::load(OfAnyLength(BytesReader::new(bytes))).is_ok()
        || MassMapInner::<_>::load(file).is_ok()
}

/// Runs `write` over `old` once for every write that fails, torn at different positions. Returns whether any of them left neither the
/// old nor the new file.
fn assert_no_half_file(old: &[u8], write: impl Fn(&FailingFile) -> Result<()>) -> bool {
    let complete = FailingFile::new(old, usize::MAX, 0);
    write(&complete).unwrap();
    let complete = complete.to_vec();
    assert!(opens(&complete));
    let new_length = header_of(&complete).file_length() as usize;
    // Whether the file is the old one, but for its headers.
    let is_old = |bytes: &[u8]| {
        let end = old.len().saturating_sub(PagedHeader::SIZE);
        bytes.len() == old.len() && end > 512 && bytes[512..end] == old[512..end]
    };
    // Whether it is the new one, but for its second header.
    let is_new = |bytes: &[u8]| {
        let end = new_length - PagedHeader::SIZE;
        bytes.len() >= end && bytes[..end] == complete[..end]
    };
    let mut cleared = false;
    for torn_at in [0, 1, 8, 11, 12, 100, 511, usize::MAX] {
        for calls in 1.. {
            let file = FailingFile::new(old, calls, torn_at);
            let result = write(&file);
            let bytes = file.to_vec();
            if result.is_ok() {
                assert_eq!(bytes, complete);
                assert!(calls > 3, "several writes were made to fail");
                break;
            }
            let is_whole = is_old(&bytes) || is_new(&bytes);
            cleared |= !is_whole;
            assert!(
                is_whole || !opens(&bytes),
                "opens after write {calls} failed at byte {torn_at}"
            );
            // Nor does the end of the old file, as soon as anything but headers was written.
            let end = bytes
                .get(new_length.max(512)..)
                .filter(|end| end.len() >= PagedHeader::SIZE);
            if let Some(end) = end.filter(|_| !is_old(&bytes)) {
                let (_, last) = end.split_at(end.len() - PagedHeader::SIZE);
                assert!(
                    last.iter().all(|byte| *byte == 0),
                    "write {calls}, byte {torn_at}"
                );
            }
        }
    }
    cleared
}

/// Old files: much longer than the new one, a little longer, equally long, shorter, of format 1, none.
fn old_files() -> Vec<Vec<u8>> {
    vec![
        build(small_pages(), &strings(0..5000)),
        build(small_pages(), &strings(0..210)),
        build(small_pages(), &strings(0..200)),
        build(small_pages(), &strings(0..3)),
        format_1::build(16, &strings(0..2000)),
        Vec::new(),
    ]
}

#[test]
fn a_build_that_fails_at_any_write_leaves_the_old_file_or_none() {
    for old in old_files() {
        for buffer in [64, 5000, 1 << 20] {
            let cleared = assert_no_half_file(&old, |file| {
                let builder = small_pages()
                    .with_miss_filter(true)
                    .with_writer_buffer_size(buffer);
                builder.build(file, strings(0..200).iter()).map(drop)
            });
            // The pages of the same entries are the same.
            assert!(cleared || buffer > 5000 || old == build(small_pages(), &strings(0..200)));
        }
    }
}

#[test]
fn a_merge_that_fails_at_any_write_leaves_the_old_file_or_none() {
    let shard = build(small_pages(), &strings(0..200));
    for old in old_files() {
        let cleared = assert_no_half_file(&old, |file| {
            let maps = vec![MassMap::<String, u32, _>::load(BytesReader::new(&shard[..]))?];
            let merger = MassMapMerger::default().with_writer_buffer_size(700);
            merger.merge(file, maps).map(drop)
        });
        assert!(cleared || old == shard);
    }
}

#[test]
fn a_map_of_either_format_over_a_longer_one_opens_and_the_old_end_does_not() {
    let old = build(small_pages(), &strings(0..9000));
    assert!(old.len() > 128 << 10, "more than is read first");
    for format in [FormatVersion::V1, FormatVersion::V2] {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        std::io::Write::write_all(&mut file, &old).unwrap();
        let builder = MassMapBuilder::default().with_format(format);
        builder.build(file.as_file(), strings(0..40).iter()).unwrap();
        assert_eq!(fs::read(file.path()).unwrap().len(), old.len());
        let map = MassMap::<String, u32, _>::load(fs::File::open(file.path()).unwrap()).unwrap();
        assert_eq!((map.len(), map.format()), (40, format));
        for (key, value) in strings(0..40) {
            assert_eq!(map.get(&key).unwrap(), Some(value));
        }
        assert_eq!(map.get("key 77").unwrap(), None);
        let report = map.verify();
        let says_so = |problem: &massmap::Problem| problem.message.contains("written over a longer one");
        assert_eq!(
            report.problems.iter().any(says_so),
            format == FormatVersion::V2,
            "{report:?}"
        );
    }
}
