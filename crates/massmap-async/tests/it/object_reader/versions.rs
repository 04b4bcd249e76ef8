//! Objects that are replaced.

use std::io::{Error, ErrorKind};

use massmap_async::object_store::path::Path;
use massmap_async::{AsyncReader, ObjectReader, RemoteError};
use servers::{Fault, Object};

use crate::remote::{PATH, http, http_store, opened, readers, s3_store, sample, server};

/// What the error of a change says of the version before and after it.
fn change(error: &Error) -> (&str, &str, &str) {
    assert_eq!(error.kind(), ErrorKind::StaleNetworkFileHandle);
    match error.get_ref().and_then(|payload| payload.downcast_ref()) {
        Some(RemoteError::Changed {
            location,
            opened,
            found,
        }) => (location, opened, found),
        _ => panic!("{error}"),
    }
}

#[tokio::test]
async fn a_replaced_object_is_an_error_for_good() {
    let server = server();
    for reader in readers(&server) {
        server.put(PATH, Object::new(sample()).with_etag("\"old\""));
        let reader = opened(reader).await;
        server.put(PATH, Object::new(sample()).with_etag("\"new\""));
        for _ in 0..2 {
            let error = reader.read(0..10).await.unwrap_err();
            let expected = (
                reader.location(),
                "200000 bytes with the ETag \"old\"",
                "another version",
            );
            assert_eq!(change(&error), expected);
            assert_eq!(
                error.to_string(),
                format!(
                    "{} was replaced since it was opened (it was 200000 bytes with the ETag \"old\", and is another version \
                     now): open it again",
                    reader.location()
                )
            );
            change(&reader.read_suffix(10).await.unwrap_err());
        }
    }
}

#[tokio::test]
async fn a_reader_through_another_store_reads_the_same_version() {
    let server = server();
    server.put(PATH, Object::new(sample()).with_etag("\"old\""));
    let reader = opened(http(&server)).await;
    let other = reader.through(http_store(&server, 2));
    assert_eq!(other.read(0..10).await.unwrap(), sample()[..10]);
    assert_eq!(other.location(), reader.location());
    server.put(PATH, Object::new(sample()).with_etag("\"new\""));
    let error = other.read(0..10).await.unwrap_err();
    assert_eq!(change(&error).1, "200000 bytes with the ETag \"old\"");
    // One that has not been read has no version yet.
    let other = http(&server).through(http_store(&server, 2));
    assert_eq!(other.read(0..10).await.unwrap(), sample()[..10]);
}

#[tokio::test]
async fn a_server_that_ignores_the_condition_is_found_out() {
    let server = server();
    server.set_ignore_if_match(true);
    for reader in readers(&server) {
        server.put(PATH, Object::new(sample()).with_etag("\"old\""));
        let reader = opened(reader).await;
        server.put(PATH, Object::new(sample()).with_etag("\"new\""));
        let error = reader.read(0..10).await.unwrap_err();
        assert_eq!(change(&error).2, "200000 bytes with the ETag \"new\"");
        server.put(
            PATH,
            Object::new(sample()[..100].to_vec()).with_etag("\"shorter\""),
        );
        let error = reader.read(1000..1010).await.unwrap_err();
        assert_eq!(change(&error).2, "shorter");
    }
}

#[tokio::test]
async fn a_removed_object_is_an_error_that_says_so() {
    let server = server();
    for reader in readers(&server) {
        server.put(PATH, Object::new(sample()));
        let reader = opened(reader).await;
        server.objects().remove(PATH);
        assert_eq!(change(&reader.read(0..10).await.unwrap_err()).2, "removed");
    }
}

#[tokio::test]
async fn an_object_that_is_replaced_or_removed_while_its_body_breaks_off_is_an_error_that_says_so() {
    let server = server();
    for (replacement, found) in [
        (Some(Object::new(sample())), "another version"),
        (None, "removed"),
    ] {
        for reader in readers(&server) {
            server.put(PATH, Object::new(sample()));
            let reader = opened(reader).await;
            server.set_next([Fault::CloseAfter(5)]);
            let (objects, replacement) = (server.objects(), replacement.clone());
            // Called for the request after that one.
            server.set_rule(move |_| {
                match &replacement {
                    Some(object) => objects.put(PATH, object.clone()),
                    None => drop(objects.remove(PATH)),
                }
                Fault::None
            });
            assert_eq!(change(&reader.read(0..10).await.unwrap_err()).2, found);
            server.clear_rules();
        }
    }
}

#[tokio::test]
async fn weak_and_missing_etags_are_no_conditions_but_are_compared() {
    let old = || Object::new(sample());
    let time = "Tue, 02 Jan 2024 00:00:00 GMT";
    for (first, second, found) in [
        (
            old().with_etag("W/\"a\""),
            old().with_etag("W/\"b\""),
            "200000 bytes with the ETag W/\"b\", changed last at 2024-01-01T00:00:00+00:00",
        ),
        (
            old().with_etag("W/\"a\""),
            old().with_etag("W/\"a\"").with_last_modified(time),
            "200000 bytes with the ETag W/\"a\", changed last at 2024-01-02T00:00:00+00:00",
        ),
        (
            old().without_etag(),
            old().without_etag().with_last_modified(time),
            "200000 bytes without an ETag, changed last at 2024-01-02T00:00:00+00:00",
        ),
        (
            old().without_etag().without_last_modified(),
            Object::new(sample()[1..].to_vec())
                .without_etag()
                .without_last_modified(),
            "199999 bytes without an ETag",
        ),
        (
            old().without_etag(),
            old().with_etag("\"a\""),
            "200000 bytes with the ETag \"a\"",
        ),
    ] {
        let server = server();
        server.put(PATH, first);
        let reader = opened(http(&server)).await;
        assert!(!reader.read_suffix(1).await.unwrap().version.is_strong());
        assert_eq!(reader.read(0..10).await.unwrap(), sample()[..10]);
        assert!(
            server
                .requests()
                .iter()
                .all(|request| request.if_match().is_none())
        );
        server.put(PATH, second);
        let error = reader.read(0..10).await.unwrap_err();
        assert_eq!(change(&error).2, found);
    }
}

#[tokio::test]
async fn first_reads_at_the_same_time_are_of_one_version() {
    let (one, two) = (vec![1; 1000], vec![2; 1000]);
    for round in 0..20 {
        let server = server();
        server.put(PATH, Object::new(one.clone()));
        let objects = server.objects();
        let (turn, new) = (round % 10, two.clone());
        server.set_rule(move |request| {
            if request.number == turn {
                objects.put(PATH, Object::new(new.clone()));
            }
            Fault::None
        });
        for reader in readers(&server) {
            let reads = (0..10).map(|number| reader.read(number * 10..number * 10 + 10));
            let results: Vec<_> = futures_util::future::join_all(reads).await;
            let versions: std::collections::BTreeSet<_> =
                results.iter().flatten().map(|bytes| bytes[0]).collect();
            assert_eq!(versions.len(), 1, "of one version: {results:?}");
            for error in results.iter().filter_map(|result| result.as_ref().err()) {
                change(error);
            }
            // The rest is of the version that came first.
            server.put(PATH, Object::new(one.clone()));
        }
    }
}

#[tokio::test]
async fn clones_of_a_reader_read_the_same_version() {
    let server = server();
    let reader = http(&server);
    let clone = reader.clone();
    opened(reader).await;
    server.put(PATH, Object::new(sample()));
    change(&clone.read(0..10).await.unwrap_err());
}

#[tokio::test]
async fn a_new_reader_reads_the_new_version() {
    let server = server();
    let reader = opened(http(&server)).await;
    server.put(PATH, Object::new(vec![7; 10]));
    change(&reader.read(0..10).await.unwrap_err());
    assert_eq!(http(&server).read(0..10).await.unwrap(), [7; 10][..]);
}

/// Objects of 1000 bytes, all of which are the number of the version.
fn version(number: u8) -> Object {
    Object::new(vec![number; 1000])
}

#[tokio::test]
async fn whenever_an_object_is_replaced_all_answers_are_of_one_version_or_say_so() {
    let server = server();
    // SplitMix64.
    let mut state = 7u64;
    let mut random = |below: u64| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below
    };
    let stores = [(http_store(&server, 2), PATH), (s3_store(&server), "folder/map")];
    let mut changes = 0;
    for round in 0..1000 {
        let (store, path) = &stores[round % 2];
        let reader = ObjectReader::new(store.clone(), Path::from(*path), "map");
        server.set_ignore_if_match(random(2) == 0);
        server.put(PATH, version(1));
        let first = server.requests().last().map_or(0, |request| request.number + 1);
        server.forget_requests();
        let (turn, fault, objects) = (first + random(8) as usize, random(16), server.objects());
        server.set_rule(move |request| {
            if request.number == turn {
                objects.put(PATH, version(2));
            }
            // Bodies that break off are resumed, with yet another chance to mix versions.
            match (request.number + round) % 16 == fault as usize {
                true => Fault::CloseAfter(5),
                false => Fault::None,
            }
        });
        let mut bytes = std::collections::BTreeSet::new();
        for _ in 0..6 {
            let start = random(980);
            let result = match random(3) {
                0 => reader.read_suffix(20).await.map(|suffix| suffix.bytes),
                _ => reader.read(start..start + 20).await,
            };
            match result {
                Ok(read) => bytes.extend(read),
                Err(error) if error.kind() == ErrorKind::StaleNetworkFileHandle => changes += 1,
                // Resumed with bytes of another version: the store gives the error that broke the body off.
                Err(error) => assert!(error.to_string().starts_with("cannot read"), "{error}"),
            }
        }
        assert!(bytes.len() <= 1, "round {round}: {bytes:?}");
    }
    assert!(changes > 500, "{changes}");
}
