//! What lookups give.

use std::collections::HashMap;

use futures_executor::block_on;
use futures_util::{StreamExt, TryStreamExt};
use massmap_async::{AsyncMassMap, AsyncOpenOptions, AsyncUntypedMap, Bytes, MemoryReader, dynamic::Value};
use massmap_io::AnyReader;
use massmap_read::{MassMapInner, TolerantHashLoader};
use massmap_write::Compression;
use proptest::prelude::*;

use super::file::{build, builder, squares};
use super::store::{Store, StoreReader};

/// The map of a store as it is opened synchronously, to be read asynchronously.
fn untyped_inner(reader: StoreReader, file: Bytes) -> MassMapInner<StoreReader, TolerantHashLoader> {
    let inner = MassMapInner::<_, TolerantHashLoader>::load(AnyReader::from(file)).unwrap();
    inner.with_reader(reader)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_kind_of_lookup_agrees_with_a_hash_map(
        entries in prop::collection::hash_map("[a-z]{0,12}", prop::collection::vec(any::<u16>(), 0..200), 0..300),
        others in prop::collection::vec("[a-z]{0,3}", 0..50),
        filter: bool,
        compress: bool,
    ) {
        let mut settings = builder().with_miss_filter(filter);
        if compress {
            settings = settings.with_compression(Compression::zstd());
        }
        let file = build(settings, entries.clone());
        let store = Store::new(file.clone());
        let keys: Vec<&str> = entries.keys().chain(&others).map(String::as_str).collect();
        let expected: Vec<_> = keys.iter().map(|key| entries.get(*key).cloned()).collect();
        block_on(async {
            let map = AsyncMassMap::<String, Vec<u16>, _>::open(store.reader()).await.unwrap();
            let untyped = AsyncUntypedMap::open(store.reader()).await.unwrap();
            for (key, expected) in keys.iter().zip(&expected) {
                assert_eq!(&map.get(*key).await.unwrap(), expected);
                assert_eq!(map.contains_key(*key).await.unwrap(), expected.is_some());
                let bytes = map.get_bytes(*key).await.unwrap();
                assert_eq!(bytes, expected.as_ref().map(|value| rmp_serde::to_vec(value).unwrap().into()));
                assert_eq!(untyped.get_bytes(*key).await.unwrap(), bytes);
                assert_eq!(&untyped.get_as::<Vec<u16>>(*key).await.unwrap(), expected);
                assert_eq!(untyped.contains_key(*key).await.unwrap(), expected.is_some());
            }
            assert_eq!(map.batch_get::<str>(keys.iter().copied()).await.unwrap(), expected);
            let mut streamed: Vec<_> = map.get_many_stream::<str>(keys.iter().copied()).try_collect().await.unwrap();
            streamed.sort_by_key(|(number, _)| *number);
            assert_eq!(streamed, expected.iter().cloned().enumerate().collect::<Vec<_>>());
            let values = untyped.batch_get(keys.iter().copied()).await.unwrap();
            for ((key, value), expected) in keys.iter().zip(values).zip(&expected) {
                assert_eq!(value, untyped.get(*key).await.unwrap());
                assert_eq!(value.is_some(), expected.is_some());
            }
            let inner = untyped_inner(store.reader(), file);
            let shared = AsyncUntypedMap::from_inner(inner, untyped.version().clone(), &AsyncOpenOptions::new());
            for map in [&untyped, &shared] {
                let bytes = map.batch_get_bytes(keys.iter().copied()).await.unwrap();
                for ((key, bytes), value) in keys.iter().zip(bytes).zip(&expected) {
                    assert_eq!(bytes, value.as_ref().map(|value| rmp_serde::to_vec(value).unwrap().into()));
                    assert_eq!(shared.get_bytes(*key).await.unwrap(), bytes);
                }
            }
            let all: HashMap<_, _> = map.iter().try_collect().await.unwrap();
            assert_eq!(all, entries);
            let count = untyped.iter().map(Result::unwrap).count().await;
            assert_eq!(count, entries.len());
            for report in [map.verify().await, untyped.verify().await] {
                assert!(report.is_ok(), "{report:?}");
                assert_eq!(report.entries, entries.len() as u64);
            }
        });
    }
}

#[test]
fn maps_in_memory_read_nothing_and_answer_alike() {
    block_on(async {
        let map = AsyncMassMap::<u64, u64, _>::open(MemoryReader::new(squares(1000)))
            .await
            .unwrap();
        assert_eq!(map.get(&7).await.unwrap(), Some(49));
        assert_eq!(map.get_bytes(&7).await.unwrap().as_deref(), Some(&[49][..]));
        assert_eq!(map.batch_get([&7, &1000]).await.unwrap(), [Some(49), None]);
        let stream: Vec<_> = map.get_many_stream([7, 1000, 8]).try_collect().await.unwrap();
        assert_eq!(stream, [(0, Some(49)), (1, None), (2, Some(64))]);
        assert_eq!(map.iter().count().await, 1000);
        assert!(map.verify().await.is_ok());

        let map = AsyncUntypedMap::open(MemoryReader::new(squares(1000)))
            .await
            .unwrap();
        assert_eq!(map.get(7u64).await.unwrap(), Some(Value::from(49u64)));
        let bytes = map.batch_get_bytes([7u64, 1000]).await.unwrap();
        assert_eq!(bytes, [Some(Bytes::from_static(&[49])), None]);
        let stream: Vec<_> = map.get_many_stream([7u64, 1000]).try_collect().await.unwrap();
        assert_eq!(stream, [(0, Some(Value::from(49u64))), (1, None)]);
        assert_eq!(map.iter().count().await, 1000);
        assert!(map.verify().await.is_ok());
    });
}

#[test]
fn the_first_error_ends_a_batch_and_a_stream() {
    let store = Store::new(squares(10_000));
    block_on(async {
        let options = AsyncOpenOptions::new().longest_request(512);
        let map = AsyncMassMap::<u64, u64, _>::open_with(store.reader(), &options)
            .await
            .unwrap();
        *store.fail_after.lock().unwrap() = Some(2);
        let keys: Vec<u64> = (0..10_000).step_by(97).collect();
        let results: Vec<_> = map.get_many_stream(&keys).collect().await;
        let (last, others) = results.split_last().unwrap();
        assert!(last.is_err());
        assert!(others.iter().all(Result::is_ok));
        assert!(map.batch_get(&keys).await.is_err());
        let untyped = AsyncUntypedMap::open(MemoryReader::new(squares(100)))
            .await
            .unwrap();
        let results: Vec<_> = untyped.get_many_stream(["no number", "nor this"]).collect().await;
        assert_eq!(results.len(), 1);
        assert!(results[0].is_err());
    });
}

#[test]
fn a_value_shares_its_page_only_if_it_is_much_of_it() {
    let entries = [("long", vec![7u8; 300]), ("short", vec![8; 3])];
    let store = Store::new(build(builder(), entries));
    block_on(async {
        let map = AsyncMassMap::<String, Vec<u8>, _>::open(store.reader())
            .await
            .unwrap();
        let (long, short) = (
            map.get_bytes("long").await.unwrap(),
            map.get_bytes("short").await.unwrap(),
        );
        // What is not shared can be had without a copy.
        assert!(!long.unwrap().is_unique(), "the page is shared with the store");
        assert!(short.unwrap().is_unique(), "a short value is a copy");
    });
}
