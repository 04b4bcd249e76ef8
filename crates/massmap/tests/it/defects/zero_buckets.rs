//! Maps without buckets: 0.1.5 divides by their number.

use std::io::ErrorKind;

use massmap::{
    BytesReader, FormatError, MassMap, MassMapBuilder, MassMapInner, MassMapMeta, MemoryWriter, WriteError,
};
use support::cause;
use support::files::format_1::{Parts, build};

fn file_without_buckets() -> Vec<u8> {
    Parts {
        buckets: Vec::new(),
        meta: MassMapMeta::default(),
        index: Vec::new(),
    }
    .to_file()
}

#[test]
fn building_a_map_without_buckets_is_an_error() {
    let entries = [(1u8, 2u8)];
    for entries in [&entries[..], &[]] {
        let writer = MemoryWriter::new();
        let error = MassMapBuilder::default()
            .with_bucket_count(0)
            .build(&writer, entries.iter())
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(matches!(cause(&error), WriteError::ZeroBuckets), "{error}");
        assert_eq!(writer.into_inner(), b"", "nothing is written");
    }
}

#[test]
fn a_file_without_buckets_does_not_open() {
    let error = MassMap::<u8, u8, _>::load(BytesReader::new(file_without_buckets()))
        .map(drop)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    assert!(matches!(cause(&error), FormatError::ZeroBuckets), "{error}");
    MassMapInner::<_>::load(BytesReader::new(file_without_buckets())).unwrap_err();
}

#[test]
fn more_buckets_than_the_format_allows_are_an_error_and_no_allocation() {
    for count in [1 << 32, 1 << 40, i64::MAX as u64, u64::MAX] {
        let error = MassMapBuilder::default()
            .with_bucket_count(count)
            .build(&MemoryWriter::new(), [(1u8, 2u8)].iter())
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(
            matches!(cause(&error), FormatError::TooManyBuckets { .. }),
            "{error}"
        );
    }
}

#[test]
fn an_empty_map_answers_every_lookup() {
    for buckets in [1, 1000] {
        let map = MassMap::<u8, u8, _>::load(BytesReader::new(build::<u8, u8>(buckets, &[]))).unwrap();
        assert!(map.is_empty());
        assert_eq!(map.get(&1).unwrap(), None);
        assert_eq!(map.batch_get::<u8>([1, 2]).unwrap(), [None, None]);
        assert!(!map.contains_key(&1).unwrap());
        assert_eq!(map.get_bucket(0).unwrap(), []);
    }
}
