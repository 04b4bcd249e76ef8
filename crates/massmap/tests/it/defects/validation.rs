//! Files that contradict themselves: 0.1.5 opens them.

use std::io::ErrorKind;

use massmap::{BytesReader, FormatError, MassMap, MassMapBucketMeta, MassMapInner, MassMapMeta, ReadError};
use support::cause;
use support::files::format_1::{Parts, assemble, build};

type Map<'a> = MassMap<u32, u32, BytesReader<&'a [u8]>>;

fn intact() -> Parts {
    Parts::of(&build(8, &(0..20u32).map(|i| (i, i)).collect::<Vec<_>>()))
}

fn refuse(file: &[u8]) -> FormatError {
    let error = Map::load(BytesReader::new(file)).map(drop).unwrap_err();
    MassMapInner::<_>::load(BytesReader::new(file))
        .map(drop)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    cause::<FormatError>(&error);
    let payload = error.into_inner().expect("just seen");
    *payload.downcast().expect("just seen")
}

#[test]
fn bytes_after_the_metadata_are_refused() {
    let parts = intact();
    let mut metadata = rmp_serde::to_vec(&(&parts.meta, &parts.index)).unwrap();
    Map::load(BytesReader::new(&assemble(&parts.buckets, &metadata))).unwrap();
    metadata.push(0xc0);
    let error = refuse(&assemble(&parts.buckets, &metadata));
    assert!(
        matches!(error, FormatError::TrailingBytes { length: 1, .. }),
        "{error}"
    );
}

#[test]
fn bytes_after_the_entries_of_a_bucket_make_its_lookups_fail() {
    let mut parts = intact();
    // One more byte at the end of the last bucket; index and header include it.
    let last = parts.index.iter().rposition(|bucket| bucket.count > 0).unwrap();
    parts.buckets.push(0xc0);
    parts.index[last].length += 1;
    let file = parts.to_file();
    let map = Map::load(BytesReader::new(&file)).unwrap();
    let mut failed = 0;
    for key in 0..40 {
        let (single, batch) = (map.get(&key), map.batch_get::<u32>([key]));
        if map.bucket_index(&key) != last {
            assert_eq!(single.unwrap(), (key < 20).then_some(key));
            continue;
        }
        failed += 1;
        for error in [
            single.unwrap_err(),
            batch.unwrap_err(),
            map.contains_key(&key).unwrap_err(),
        ] {
            assert!(
                matches!(cause(&error), ReadError::DamagedBucket { bucket, .. } if *bucket == last),
                "{error}"
            );
        }
    }
    assert!(failed > 0, "some key lies in the bucket");
    map.get_bucket(last).unwrap_err();
    assert_eq!(map.iter().filter(|entry| entry.is_err()).count(), 1);
}

#[test]
fn counts_that_disagree_with_the_index_are_refused() {
    let changes: [fn(&mut MassMapMeta); 8] = [
        |meta| meta.entry_count += 1,
        |meta| meta.entry_count = 0,
        |meta| meta.bucket_count += 1,
        |meta| meta.bucket_count -= 1,
        |meta| meta.occupied_bucket_count -= 1,
        |meta| meta.occupied_bucket_range.end += 1,
        |meta| meta.occupied_bucket_range.start += 1,
        // Backwards.
        |meta| meta.occupied_bucket_range.start = 9,
    ];
    for change in changes {
        let mut parts = intact();
        change(&mut parts.meta);
        let error = refuse(&parts.to_file());
        assert!(
            matches!(
                error,
                FormatError::CountMismatch { .. } | FormatError::OccupiedRangeMismatch { .. }
            ),
            "{error}"
        );
    }
}

#[test]
fn index_entries_on_which_get_and_batch_get_could_disagree_are_refused() {
    // 0.1.5 looks at the count in one and at the length in the other.
    let changes: [fn(&mut MassMapBucketMeta); 4] = [
        |bucket| bucket.count = 0,
        |bucket| bucket.length = 0,
        |bucket| bucket.offset = 0,
        |bucket| (bucket.offset, bucket.length) = (0, 0),
    ];
    for change in changes {
        let mut parts = intact();
        let bucket = parts.first_occupied();
        parts.meta.entry_count -= u64::from(parts.index[bucket].count);
        change(&mut parts.index[bucket]);
        parts.meta.entry_count += u64::from(parts.index[bucket].count);
        refuse(&parts.to_file());
    }
    // A bucket whose count is 0 and whose length is not: `batch_get` of 0.1.5 reads it, `get` does not.
    let mut parts = Parts::of(&build(64, &[(1u64, 1u64), (2, 2)]));
    let empty = parts.index.iter().position(|bucket| bucket.count == 0).unwrap();
    let occupied = parts.index[parts.first_occupied()];
    parts.index[empty] = MassMapBucketMeta { count: 0, ..occupied };
    let error = refuse(&parts.to_file());
    assert!(matches!(error, FormatError::EmptyBucketNotZero { .. }), "{error}");
}

#[test]
fn buckets_that_overlap_or_leave_gaps_are_refused() {
    let changes: [fn(&mut Parts, usize); 4] = [
        |parts, bucket| parts.index[bucket].offset += 1,
        |parts, bucket| parts.index[bucket].length -= 1,
        |parts, bucket| parts.index[bucket] = parts.index[bucket + 1],
        |parts, bucket| parts.index.swap(bucket, bucket + 1),
    ];
    for change in changes {
        let mut parts = intact();
        let bucket = parts.first_occupied();
        assert!(parts.index[bucket + 1].count > 0);
        change(&mut parts, bucket);
        refuse(&parts.to_file());
    }
}

#[test]
fn a_bucket_number_out_of_range_is_an_error_and_no_panic() {
    let file = intact().to_file();
    let map = Map::load(BytesReader::new(&file)).unwrap();
    map.get_bucket(7).unwrap();
    for bucket in [8, 9, usize::MAX] {
        let error = map.get_bucket(bucket).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(
            matches!(cause(&error), ReadError::BucketOutOfRange { bucket: asked, bucket_count: 8 } if *asked == bucket),
            "{error}"
        );
    }
}
