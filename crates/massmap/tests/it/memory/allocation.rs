//! Memory taken by open maps, and tests of the allocation counter itself.

use massmap::{BytesReader, MassMapInner};
use support::allocations::{allocations_of, held, peak_of};
use support::files::format_1::build;

#[test]
fn allocations_are_counted() {
    let (kept, count) = allocations_of(|| {
        let mut growing = vec![0u8; 1000];
        growing.reserve_exact(1000);
        (growing, Box::new(1))
    });
    assert_eq!(count, 3);
    assert_eq!(allocations_of(|| drop(kept)).1, 0);
}

#[test]
fn the_peak_of_allocations_is_counted() {
    let (kept, peak) = peak_of(|| {
        drop(vec![0u8; 10_000]);
        vec![0u8; 4000]
    });
    assert_eq!((kept.len(), peak), (4000, 10_000));
    let ((), peak) = peak_of(|| drop(kept));
    assert_eq!(peak, 0);
    let (_, peak) = peak_of(|| {
        let mut growing = vec![0u8; 1000];
        growing.reserve_exact(1000);
        growing
    });
    assert_eq!(peak, 3000);
}

#[test]
fn an_open_map_of_format_1_takes_less_than_three_bytes_per_bucket_until_its_index_is_requested() {
    const BUCKETS: u64 = 50_000;
    for per_bucket in [1, 16] {
        let entries: Vec<(u64, u64)> = (0..BUCKETS * per_bucket).map(|i| (i << 20, i)).collect();
        let file = build(BUCKETS, &entries);
        let load = || MassMapInner::<_>::load(BytesReader::new(&file[..])).unwrap();
        let start = held();
        let (inner, peak) = peak_of(load);
        let open = usize::try_from(held() - start).unwrap();
        assert!(open < 3 * BUCKETS as usize + 1000, "{open} bytes");
        assert!(peak < 8 * BUCKETS as usize, "{peak} bytes while opening");
        let ((), peak) = peak_of(|| {
            let occupied = inner
                .occupied_buckets()
                .map(|(_, bucket)| u64::from(bucket.count));
            assert_eq!(occupied.sum::<u64>(), inner.len());
        });
        assert_eq!(peak, 0);
        assert_eq!(
            peak_of(|| inner.bucket_metas().len()),
            (BUCKETS as usize, 16 * BUCKETS as usize)
        );
    }
}
