//! Objects that are replaced while they are read.

use futures_executor::block_on;
use futures_util::StreamExt;
use massmap_async::{AsyncMassMap, AsyncOpenOptions, Bytes, RemoteError};

use super::file::{build, builder};
use super::store::Store;

/// All values of a version are alike: the number of the version.
fn version(number: u64) -> Bytes {
    // Versions differ in the number of entries, too, so that keys move from page to page.
    let entries = (0..2000 + number % 7).map(|key| (key, number));
    build(builder().with_miss_filter(number.is_multiple_of(2)), entries)
}

fn is_change(error: &std::io::Error) -> bool {
    let payload = error.get_ref().and_then(|payload| payload.downcast_ref());
    matches!(payload, Some(RemoteError::Changed { location, .. }) if location == "store://object")
}

/// 1,000 times, lookups of several kinds during which the object is replaced between any two requests. Each answer has to be of one version,
/// or an error that `is_right`. How many answers and errors there were.
fn interleave(weak_tags: bool, is_right: impl Fn(&std::io::Error) -> bool) -> (usize, usize) {
    let versions: Vec<Bytes> = (0..20).map(version).collect();
    let mut state = 7u64;
    let mut random = move |below: u64| {
        state = state
            .wrapping_mul(0x5851_f42d_4c95_7f2d)
            .wrapping_add(0x1405_7b7e_f767_814f);
        (state >> 33) % below
    };
    let (mut answers, mut errors) = (0, 0);
    for _ in 0..1000 {
        let first = random(20) as usize;
        let store = match weak_tags {
            true => Store::with_weak_tags(versions[first].clone()),
            false => Store::new(versions[first].clone()),
        };
        let options = AsyncOpenOptions::new()
            .first_read([512, 64 << 10][random(2) as usize])
            .requests_in_flight(1 + random(4) as usize)
            .longest_request(2048);
        let next = versions[random(20) as usize].clone();
        store.replace_after(random(12) as usize, next);
        block_on(async {
            let map = match AsyncMassMap::<u64, u64, _>::open_with(store.reader(), &options).await {
                Ok(map) => map,
                Err(error) => {
                    assert!(is_right(&error), "{error}");
                    errors += 1;
                    return;
                }
            };
            let mut seen = None;
            let mut check = |result: std::io::Result<Option<u64>>, what: &str| match result {
                Ok(found) => {
                    let found = found.unwrap_or_else(|| panic!("{what}: a present key was missed"));
                    assert_eq!(*seen.get_or_insert(found), found, "{what}: of two versions");
                    answers += 1;
                }
                Err(error) => {
                    assert!(is_right(&error), "{what}: {error}");
                    errors += 1;
                }
            };
            for _ in 0..4 {
                check(map.get(&random(2000)).await, "get");
            }
            let keys: Vec<u64> = (0..8).map(|_| random(2000)).collect();
            match map.batch_get(&keys).await {
                Ok(values) => values.into_iter().for_each(|value| check(Ok(value), "batch_get")),
                Err(error) => check(Err(error), "batch_get"),
            }
            let mut entries = std::pin::pin!(map.iter());
            while let Some(entry) = entries.next().await {
                check(entry.map(|(_, value)| Some(value)), "iter");
            }
        });
    }
    (answers, errors)
}

#[test]
fn an_object_replaced_between_any_two_requests_is_noticed_by_its_tag() {
    let (answers, errors) = interleave(false, is_change);
    assert!(
        answers > 10_000 && errors > 500,
        "{answers} answers, {errors} errors"
    );
}

#[test]
fn an_object_without_a_strong_tag_is_noticed_by_its_checksums() {
    let is_damage = |error: &std::io::Error| {
        use std::io::ErrorKind::{InvalidData, UnexpectedEof};
        [InvalidData, UnexpectedEof].contains(&error.kind())
    };
    let (answers, errors) = interleave(true, is_damage);
    assert!(
        answers > 10_000 && errors > 500,
        "{answers} answers, {errors} errors"
    );
}

#[test]
fn format_1_is_refused_without_a_strong_tag_unless_it_is_asked_for() {
    let writer = massmap_io::MemoryWriter::new();
    let builder = massmap_write::MassMapBuilder::<massmap_hash::Xxh3HashLoader>::default();
    builder.build(&writer, (0..100u64).map(|key| (key, key))).unwrap();
    let file = Bytes::from(writer.into_inner());
    block_on(async {
        let store = Store::with_weak_tags(file.clone());
        let error = AsyncMassMap::<u64, u64, _>::open(store.reader())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::Unsupported);
        let payload = error.get_ref().unwrap().downcast_ref().unwrap();
        assert!(matches!(payload, RemoteError::UnknownVersion { location } if location == "store://object"));
        let options = AsyncOpenOptions::new().allow_unknown_version(true);
        let map = AsyncMassMap::<u64, u64, _>::open_with(store.reader(), &options)
            .await
            .unwrap();
        assert_eq!(map.get(&7).await.unwrap(), Some(7));
        let map = AsyncMassMap::<u64, u64, _>::open(Store::new(file).reader())
            .await
            .unwrap();
        assert_eq!(map.get(&7).await.unwrap(), Some(7));
    });
}
