//! Maps over remote objects.

use std::io::{self, ErrorKind};

use massmap_async::{BlockingOptions, BlockingReader, MemoryReader, ObjectReader, RemoteError};
use massmap_format::FormatVersion;
use massmap_read::MassMap;
use servers::{Object, TestServer};
use support::files::file_with;

use crate::remote::{PATH, http, s3, server};

type Map = MassMap<String, u64, BlockingReader<ObjectReader>>;

const COUNT: u64 = 20_000;

fn key(number: u64) -> String {
    format!("key {number}")
}

/// A file with the keys of all numbers below `COUNT`, and each number times `factor` as its value.
fn file(format: FormatVersion, factor: u64) -> Vec<u8> {
    let entries: Vec<_> = (0..COUNT).map(|number| (key(number), number * factor)).collect();
    file_with(format, 1000, &entries)
}

fn serve(file: Vec<u8>) -> TestServer {
    let server = server();
    server.put(PATH, Object::new(file));
    server
}

fn check(map: &Map) {
    for number in (0..COUNT).step_by(997) {
        assert_eq!(map.get(&key(number)).unwrap(), Some(number * 3));
    }
    assert_eq!(map.get("no key").unwrap(), None);
    let numbers = (0..COUNT + 10).step_by(7);
    let values = map.batch_get::<str>(numbers.clone().map(key)).unwrap();
    let expected: Vec<_> = numbers
        .map(|number| (number < COUNT).then_some(number * 3))
        .collect();
    assert_eq!(values, expected);
    let mut entries: Vec<(String, u64)> = map.iter().collect::<io::Result<_>>().unwrap();
    assert_eq!(entries.len() as u64, COUNT);
    entries.sort_by_key(|(_, value)| *value);
    assert_eq!(entries[5], (key(5), 15));
    let report = map.verify();
    assert_eq!((report.entries, report.problem_count), (COUNT, 0), "{report:?}");
}

#[test]
fn maps_of_both_formats_are_read_over_http_and_s3() {
    for format in [FormatVersion::V1, FormatVersion::V2] {
        let server = serve(file(format, 3));
        for reader in [http(&server), s3(&server)] {
            check(&Map::load(BlockingReader::open(reader).unwrap()).unwrap());
        }
        assert!(server.requests().iter().all(|request| request.method == "GET"));
    }
}

#[test]
fn a_map_opens_with_one_request_and_a_lookup_takes_another() {
    let server = serve(file(FormatVersion::V2, 3));
    let map = Map::load(BlockingReader::open(http(&server)).unwrap()).unwrap();
    // The keys that show that the types are right lie in the last 64 KiB.
    assert_eq!(server.request_count(), 1);
    server.forget_requests();
    // Pages in the last 64 KiB take none.
    let (mut none, mut one) = (0, 0);
    for number in 0..200 {
        server.forget_requests();
        assert_eq!(map.get(&key(number)).unwrap(), Some(number * 3));
        match server.request_count() {
            0 => none += 1,
            1 => one += 1,
            more => panic!("{more} requests"),
        }
    }
    assert!(one > none, "{one} {none}");
}

#[test]
fn a_map_from_a_url_needs_no_runtime() {
    let server = serve(file(FormatVersion::V2, 3));
    let map = Map::load(BlockingReader::from_url(&server.url(PATH)).unwrap()).unwrap();
    assert_eq!(map.get(&key(7)).unwrap(), Some(21));
}

#[test]
fn lookups_in_a_replaced_object_say_that_it_was_replaced() {
    let server = serve(file(FormatVersion::V2, 3));
    for reader in [http(&server), s3(&server)] {
        let map = Map::load(BlockingReader::open(reader).unwrap()).unwrap();
        server.put(PATH, Object::new(file(FormatVersion::V2, 3)));
        let is_change = |error: &io::Error| {
            let payload = error.get_ref().and_then(|payload| payload.downcast_ref());
            matches!(payload, Some(RemoteError::Changed { .. }))
        };
        let results: Vec<_> = (0..100).map(|number| map.get(&key(number))).collect();
        assert!(results.iter().any(Result::is_err));
        for (number, result) in (0..).zip(results) {
            match result {
                // In the last 64 KiB, which were read before.
                Ok(value) => assert_eq!(value, Some(number * 3)),
                Err(error) => assert!(is_change(&error), "{error}"),
            }
        }
        let error = map.batch_get::<str>((0..COUNT).map(key)).unwrap_err();
        assert!(is_change(&error), "{error}");
        assert!(
            map.iter()
                .any(|entry| entry.is_err_and(|error| is_change(&error)))
        );
    }
}

#[test]
fn format_1_without_a_known_version_is_refused_unless_asked_for() {
    let server = server();
    for format in [FormatVersion::V1, FormatVersion::V2] {
        let object = Object::new(file(format, 3));
        for object in [object.clone().with_etag("W/\"a\""), object.without_etag()] {
            server.put(PATH, object);
            let reader = BlockingReader::open(http(&server));
            match format {
                FormatVersion::V2 => check(&Map::load(reader.unwrap()).unwrap()),
                _ => {
                    let error = reader.unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::Unsupported);
                    let payload = error.get_ref().and_then(|payload| payload.downcast_ref());
                    assert!(
                        matches!(payload, Some(RemoteError::UnknownVersion { location }) if *location == server.url(PATH))
                    );
                    let options = BlockingOptions::new().allow_unknown_version(true);
                    check(&Map::load(options.open(http(&server)).unwrap()).unwrap());
                }
            }
        }
    }
}

#[test]
fn an_empty_file_is_no_map_and_no_panic() {
    let error =
        MassMap::<String, u64, _>::load(BlockingReader::open(MemoryReader::new("")).unwrap()).map(|_| ());
    error.unwrap_err();
}
