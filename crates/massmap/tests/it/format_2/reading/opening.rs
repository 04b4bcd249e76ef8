//! The reads that opening takes, through every backend.
#![expect(unsafe_code, reason = "files are mapped")]

use std::cell::Cell;
use std::fs::{self, File};
use std::io::Result;
use std::path::Path;

use bytes::Bytes;
use massmap::{
    AnyReader, FilePool, FormatVersion, HeaderCopy, MappedFile, MassMapBuilder, MassMapInner, MassMapReader,
    MemoryWriter, SourceSize, UringFile,
};
use support::files::format_2::header_of;

/// Counts reads.
struct Counted<R> {
    reader: R,
    reads: Cell<usize>,
}

impl<R: MassMapReader> MassMapReader for Counted<R> {
    fn read_exact_at<F, T>(&self, offset: u64, length: u64, f: F) -> Result<T>
    where
        F: Fn(&[u8]) -> Result<T>,
    {
        self.reads.set(self.reads.get() + 1);
        self.reader.read_exact_at(offset, length, f)
    }

    fn in_memory(&self) -> Option<&[u8]> {
        self.reader.in_memory()
    }

    fn shared_bytes(&self) -> Option<Bytes> {
        self.reader.shared_bytes()
    }

    fn source_size(&self) -> Option<SourceSize> {
        self.reader.source_size()
    }
}

/// Number of reads of opening.
fn reads(reader: impl MassMapReader) -> usize {
    let reads = Cell::new(0);
    let inner = MassMapInner::<_>::load(Counted { reader, reads }).unwrap();
    inner.reader.reads.get()
}

/// Number of reads of opening through each backend that reads.
fn reads_of_each(path: &Path) -> Vec<usize> {
    let file = || File::open(path).unwrap();
    let mut all = vec![
        reads(file()),
        reads(FilePool::default().open(path).unwrap()),
        reads(UringFile::new(file())),
        reads(AnyReader::open(path).unwrap()),
    ];
    #[cfg(target_os = "linux")]
    if let Ok(direct) = massmap::DirectFile::open(path) {
        all.push(reads(direct));
    }
    // SAFETY: nobody writes the file again.
    assert_eq!(reads(unsafe { MappedFile::open(path).unwrap() }), 0);
    all
}

fn file(format: FormatVersion, entries: u64, filter: bool) -> Vec<u8> {
    let writer = MemoryWriter::new();
    let builder = MassMapBuilder::default().with_format(format);
    let builder = match format {
        FormatVersion::V1 => builder.with_bucket_count(entries.max(1) / 16 + 1),
        _ => builder.with_miss_filter(filter),
    };
    builder.build(&writer, (0..entries).map(|n| (n, n))).unwrap();
    writer.into_inner()
}

#[test]
fn a_file_of_format_2_opens_in_one_read_or_two() {
    let directory = tempfile::tempdir_in(std::env::current_exe().unwrap().parent().unwrap()).unwrap();
    let path = directory.path().join("map");
    for (entries, filter, expected) in [
        (0, false, 1),
        (1, true, 1),
        (1000, false, 1),
        (100_000, false, 1),
        (100_000, true, 2),
        (8_000_000, true, 2),
    ] {
        let bytes = file(FormatVersion::V2, entries, filter);
        fs::write(&path, &bytes).unwrap();
        let (_, tail) = header_of(&bytes).tail();
        assert_eq!(
            tail + 512 + 8 > 64 << 10,
            expected == 2,
            "{entries} entries, {tail} bytes"
        );
        for reads in reads_of_each(&path) {
            assert_eq!(reads, expected, "{entries} entries");
        }
    }
}

#[test]
fn a_file_of_format_1_opens_in_one_to_three_reads() {
    let directory = tempfile::tempdir_in(std::env::current_exe().unwrap().parent().unwrap()).unwrap();
    let path = directory.path().join("map");
    for (entries, expected) in [(0, 1), (100, 1), (50_000, 2), (1_000_000, 3)] {
        fs::write(&path, file(FormatVersion::V1, entries, false)).unwrap();
        for reads in reads_of_each(&path) {
            assert_eq!(reads, expected, "{entries} entries");
        }
    }
}

/// Hides everything but the bytes.
struct OfUnknownSize(File);

impl MassMapReader for OfUnknownSize {
    fn read_exact_at<F, T>(&self, offset: u64, length: u64, f: F) -> Result<T>
    where
        F: Fn(&[u8]) -> Result<T>,
    {
        self.0.read_exact_at(offset, length, f)
    }
}

#[test]
fn a_reader_of_unknown_size_opens_either_format_in_two_reads() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("map");
    for format in [FormatVersion::V1, FormatVersion::V2] {
        for entries in [1000, 100_000] {
            fs::write(&path, file(format, entries, false)).unwrap();
            assert_eq!(reads(OfUnknownSize(File::open(&path).unwrap())), 2);
        }
    }
    // Shorter than a header of format 2.
    fs::write(&path, file(FormatVersion::V1, 3, false)).unwrap();
    assert_eq!(reads(OfUnknownSize(File::open(&path).unwrap())), 3);
}

#[test]
fn a_damaged_header_is_named_and_the_other_one_opens_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("map");
    let intact = file(FormatVersion::V2, 100_000, true);
    let second = intact.len() - 512;
    for (places, expected) in [
        (&[][..], &[][..]),
        (&[0], &[HeaderCopy::First]),
        (&[77], &[HeaderCopy::First]),
        (&[second + 511], &[HeaderCopy::Second]),
    ] {
        let mut bytes = intact.clone();
        places.iter().for_each(|place| bytes[*place] ^= 1);
        fs::write(&path, &bytes).unwrap();
        let map = massmap::MassMap::<u64, u64, _>::load(File::open(&path).unwrap()).unwrap();
        assert_eq!(map.inner().damaged_headers().unwrap(), expected);
        let report = map.verify();
        assert_eq!(report.is_ok(), expected.is_empty());
        let named = |copy: &HeaderCopy| {
            let name = match copy {
                HeaderCopy::First => "first header is damaged",
                HeaderCopy::Second => "second header, at the end, is damaged",
            };
            report
                .problems
                .iter()
                .any(|problem| problem.message.contains(name))
        };
        assert!(expected.iter().all(named), "{report:?}");
        assert_eq!(report.problem_count, expected.len() as u64, "{report:?}");
        for key in (0..100_000).step_by(997) {
            assert_eq!(map.get(&key).unwrap(), Some(key));
        }
    }
}
