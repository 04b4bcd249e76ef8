//! Buckets and pages whose entries are not decoded.

use std::io::ErrorKind;

use massmap::{BytesReader, FormatVersion, MassMapBuilder, MassMapInner, RawBlock, ReadError};
use support::files::build;

fn file(format: FormatVersion) -> Vec<u8> {
    // With runs of several pages as well.
    let entries = (0..300u32).map(|n| (n, "x".repeat(if n % 50 == 0 { 9000 } else { 20 })));
    let entries: Vec<_> = entries.collect();
    let builder = MassMapBuilder::default().with_format(format);
    let builder = match format {
        FormatVersion::V1 => builder.with_bucket_count(16),
        _ => builder.with_page_size(512),
    };
    build(builder, &entries)
}

fn open(file: &[u8]) -> MassMapInner<BytesReader<&[u8]>> {
    MassMapInner::load(BytesReader::new(file)).unwrap()
}

fn decoded(block: &RawBlock) -> Vec<(u32, String)> {
    let entries = block.iter().map(|entry| {
        let key = rmp_serde::from_slice(entry.key).unwrap();
        (key, rmp_serde::from_slice(entry.value).unwrap())
    });
    entries.collect()
}

#[test]
fn a_raw_block_holds_the_entries_of_its_bucket_or_page() {
    for format in [FormatVersion::V1, FormatVersion::V2] {
        let file = file(format);
        let inner = open(&file);
        let map = open(&file).cast::<u32, String>();
        let mut count = 0;
        for index in 0..inner.bucket_count() {
            let block = inner.raw_block(index).unwrap();
            assert_eq!(decoded(&block), map.get_bucket(index).unwrap());
            count += block.len();
        }
        assert_eq!(count, 300);
    }
}

#[test]
fn an_index_beyond_the_last_is_an_error() {
    for format in [FormatVersion::V1, FormatVersion::V2] {
        let file = file(format);
        let inner = open(&file);
        for index in [inner.bucket_count(), usize::MAX] {
            let error = inner.raw_block(index).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            let cause = error.get_ref().and_then(|payload| payload.downcast_ref());
            assert!(
                matches!(
                    cause,
                    Some(ReadError::BucketOutOfRange { .. } | ReadError::PageOutOfRange { .. })
                ),
                "{error}"
            );
        }
    }
}

#[test]
fn only_the_damaged_page_is_an_error() {
    let mut file = file(FormatVersion::V2);
    let offset = {
        let inner = open(&file);
        usize::try_from(inner.paged_header().unwrap().page_offset(0).unwrap()).unwrap()
    };
    file[offset + 100] ^= 1;
    let inner = open(&file);
    assert_eq!(inner.raw_block(0).unwrap_err().kind(), ErrorKind::InvalidData);
    assert!((1..inner.bucket_count()).all(|index| inner.raw_block(index).is_ok()));
}
