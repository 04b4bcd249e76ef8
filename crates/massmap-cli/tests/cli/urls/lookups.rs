//! Files of keys, and maps at URLs.

use massmap::Xxh3HashLoader;
use servers::{Fault, Object};

use super::stores::{run, server_with};
use crate::harness::Directory;
use crate::harness::fixtures::{default_map_with, hundred, map, paged_map};

#[test]
fn keys_from_files_are_looked_up_in_maps_at_urls() {
    let entries = hundred(|n| n.to_string());
    for bytes in [map(4, &entries), paged_map(&entries)] {
        let directory = Directory::with("a", &bytes);
        let server = server_with(bytes);
        directory.write("keys", "7\nnone\n99\n7\n");
        directory.write("t.csv", "id,x\n7,a\nnone,b\n99,c\n");
        for url in [server.url("/bucket/a"), "s3://bucket/a".to_owned()] {
            for arguments in [
                &["get", "a", "--keys-from", "keys"][..],
                &[
                    "get",
                    "--format",
                    "csv",
                    "--missing",
                    "skip",
                    "a",
                    "--keys-from",
                    "keys",
                ],
                &["join", "--key", "id", "t.csv", "a"],
            ] {
                let here = directory.run(arguments);
                let remote: Vec<_> = arguments
                    .iter()
                    .map(|argument| match *argument {
                        "a" => &url[..],
                        argument => argument,
                    })
                    .collect();
                let there = run(&directory, &server, &remote);
                assert_eq!(here.code, Some(0), "{here:?}");
                assert_eq!(
                    (there.stdout, there.stderr),
                    (here.stdout, here.stderr),
                    "{arguments:?}"
                );
            }
            let error = ["get", &url, "--keys-from", "keys", "--missing", "error"];
            let (found, message) = run(&directory, &server, &error).failure_after_output();
            assert_eq!(found, "{\"key\":\"7\",\"value\":7}\n");
            assert_eq!(
                message,
                format!("keys: line 2: there is no key \"none\" in {url}")
            );
        }
    }
}

#[test]
fn files_of_keys_and_tables_may_be_at_urls() {
    let directory = Directory::with("a", paged_map(&hundred(|n| n.to_string())));
    let server = server_with(b"7\n99\n".to_vec());
    server.put("/bucket/t.csv", Object::new(b"id,x\n7,a\n99,c\n".to_vec()));
    let found = |arguments: &[&str]| {
        let outcome = run(&directory, &server, arguments);
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        outcome.stdout
    };
    let lines = found(&["get", "a", "--keys-from", "s3://bucket/a"]);
    assert_eq!(
        lines,
        "{\"key\":\"7\",\"value\":7}\n{\"key\":\"99\",\"value\":99}\n"
    );
    let joined = found(&["join", "--key", "id", "s3://bucket/t.csv", "a"]);
    assert_eq!(joined, "id,x,value\n7,a,7\n99,c,99\n");
    let message = run(
        &directory,
        &server,
        &["get", "a", "--keys-from", "s3://bucket/none"],
    )
    .failure();
    assert!(message.starts_with("s3://bucket/none: "), "{message}");
}

#[test]
fn keys_of_the_same_page_take_one_request_for_all() {
    let entries: Vec<_> = (0..20_000u32)
        .map(|n| (n.to_string(), n.to_string().repeat(5)))
        .collect();
    let bytes = default_map_with::<Xxh3HashLoader, _, _>(|builder| builder.with_miss_filter(false), &entries);
    let length = bytes.len() as u64;
    let directory = Directory::new();
    let keys: String = (0..20_000).map(|n| format!("{n}\n")).collect();
    directory.write("keys", keys);
    let server = server_with(bytes);
    let outcome = run(
        &directory,
        &server,
        &[
            "get",
            "--stats",
            "s3://bucket/a",
            "--keys-from",
            "keys",
            "-o",
            "out",
        ],
    );
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(
        outcome.stderr.contains("massmap: found 20000, missing 0\n"),
        "{outcome:?}"
    );
    // Two batches read each page once at most, and pages that lie together are read together.
    assert!(
        server.bytes_sent() < 3 * length,
        "{} of {length}",
        server.bytes_sent()
    );
    assert!(server.request_count() < 100, "{}", server.request_count());
    let lines = String::from_utf8(directory.read("out")).unwrap();
    let expected: String = (0..20_000)
        .map(|n| format!("{{\"key\":\"{n}\",\"value\":\"{}\"}}\n", n.to_string().repeat(5)))
        .collect();
    assert!(lines == expected);
}

#[test]
fn a_request_that_fails_names_the_key_and_ends_the_output_there() {
    let entries: Vec<_> = (0..20_000u32)
        .map(|n| (n.to_string(), n.to_string().repeat(5)))
        .collect();
    let bytes = default_map_with::<Xxh3HashLoader, _, _>(|builder| builder.with_miss_filter(false), &entries);
    let directory = Directory::new();
    directory.write("keys", "0\n1\n2\n3\n4\n5\n");
    let server = server_with(bytes);
    // The first request opens the map.
    let opening = std::sync::atomic::AtomicBool::new(true);
    server.set_rule(
        move |_| match opening.swap(false, std::sync::atomic::Ordering::Relaxed) {
            true => Fault::None,
            false => Fault::Status(403),
        },
    );
    let get = ["get", "s3://bucket/a", "--keys-from", "keys", "-o", "out"];
    let message = run(&directory, &server, &get).failure();
    assert!(
        message.starts_with("keys: line 1: cannot look up the key \"0\" in s3://bucket/a: "),
        "{message}"
    );
    assert_eq!(directory.names(), ["keys"]);
}
