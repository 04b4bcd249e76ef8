//! Commands that write.

use servers::{Fault, Moto, TestServer, or_left_out};

use super::stores::{command, run, server_with};
use crate::harness::{Directory, Outcome};

/// About 13 MB that do not repeat.
fn large_input() -> String {
    let lines = (0..200_000u64).map(|n| {
        let noise = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        format!(
            "{{\"key\":\"{n}\",\"value\":\"{noise:016x}{:016x}{noise:016x}\"}}\n",
            !noise
        )
    });
    lines.collect()
}

/// Runs each command for a file and for an object, and compares.
fn compare(endpoint: &str, fetch: impl Fn(&str) -> Vec<u8>) {
    let directory = Directory::with("in.ndjson", large_input());
    directory.write("in.json", r#"{"a": 1, "b": [2]}"#);
    let build = ["build", "-i", "in.ndjson", "-o", "OUT", "--memory-limit", "1MiB"];
    for (arguments, parts) in [
        (&["build", "-i", "in.json", "-o", "OUT"][..], false),
        (&[&build[..], &["--part-size", "5MiB"]].concat(), true),
        (&["merge", "-i", "map", "-o", "OUT", "--page-size", "16384"], true),
        // Over its own input.
        (&["merge", "-i", "OUT", "-o", "OUT", "--miss-filter"], true),
        (&[&build[..], &["--format", "v1"]].concat(), true),
        (&["merge", "-i", "OUT", "-o", "OUT"], true),
        (&["convert", "-i", "in.json", "-o", "OUT"], false),
    ] {
        let with = |output: &'static str| {
            arguments.iter().map(move |argument| match *argument {
                "OUT" => output,
                argument => argument,
            })
        };
        let local = with("map").collect::<Vec<_>>();
        let local: Vec<_> = match local.iter().position(|argument| *argument == "--part-size") {
            Some(at) => [&local[..at], &local[at + 2..]].concat(),
            None => local,
        };
        let mut remote = command(&directory, endpoint);
        let printed = Outcome::of(remote.args(with("s3://bucket/map"))).success();
        assert_eq!(directory.run(local).success(), printed);
        let expected = directory.read("map");
        assert_eq!(expected.len() > 8 << 20, parts, "{} bytes", expected.len());
        assert!(fetch("map") == expected, "{arguments:?}");
        assert_eq!(directory.names(), ["in.json", "in.ndjson", "map"]);
    }
}

#[test]
fn objects_have_the_bytes_of_files() {
    let server = TestServer::start();
    compare(&server.endpoint(), |name| {
        let object = server.objects().get(&format!("/bucket/{name}"));
        object.unwrap().bytes().to_vec()
    });
    let requests = server.requests();
    assert!(
        requests.iter().all(|request| request.method != "HEAD"),
        "{requests:?}"
    );
    assert_eq!(server.open_uploads(), 0);
}

#[test]
fn s3_takes_maps_as_they_are_built() {
    let Some(moto) = or_left_out(Moto::start()) else {
        return;
    };
    moto.make_bucket("bucket");
    compare(&moto.endpoint(), |name| {
        let directory = Directory::new();
        let url = format!("s3://bucket/{name}");
        let mut verify = command(&directory, &moto.endpoint());
        Outcome::of(verify.args(["verify", &url])).success();
        moto.get("bucket", name)
    });
    let requests = moto.all_requests("bucket");
    assert!(
        requests.iter().all(|request| !request.starts_with("HEAD")),
        "{requests:?}"
    );
}

#[test]
fn a_failed_run_leaves_the_older_object_and_no_upload() {
    let directory = Directory::with("good", large_input());
    directory.write("bad", format!("{}{{\"key\":1}}", large_input()));
    directory.write("twice", format!("{}{{\"key\":\"7\",\"value\":0}}", large_input()));
    for (input, failing, message) in [
        ("bad", "", "bad: "),
        ("twice", "", "twice"),
        (
            "good",
            "uploads",
            "cannot write s3://bucket/a: beginning the upload failed: ",
        ),
        (
            "good",
            "partNumber=2",
            "cannot write s3://bucket/a: part 2 failed: ",
        ),
        (
            "good",
            "partNumber=1",
            "cannot write s3://bucket/a: part 1 failed: ",
        ),
    ] {
        let server = server_with(b"precious".to_vec());
        server.set_rule(
            move |request| match request.query.contains(failing) && !failing.is_empty() {
                true if request.method != "DELETE" => Fault::Status(403),
                _ => Fault::None,
            },
        );
        let arguments = [
            "build",
            "-i",
            input,
            "--input-format",
            "ndjson",
            "-o",
            "s3://bucket/a",
        ];
        let found = run(&directory, &server, &arguments).failure();
        assert!(found.contains(message), "{found}");
        assert_eq!(
            server.objects().get("/bucket/a").unwrap().bytes()[..],
            *b"precious"
        );
        assert_eq!(server.open_uploads(), 0, "{input} {failing}");
        assert_eq!(directory.names(), ["bad", "good", "twice"]);
    }
}

#[test]
fn parts_that_cannot_be_removed_are_told_of() {
    let directory = Directory::with("good", large_input());
    let server = TestServer::start();
    server.set_rule(
        |request| match request.query.contains("partNumber=2") || request.method == "DELETE" {
            true => Fault::Status(403),
            false => Fault::None,
        },
    );
    let arguments = [
        "build",
        "-i",
        "good",
        "--input-format",
        "ndjson",
        "-o",
        "s3://bucket/a",
    ];
    let message = run(&directory, &server, &arguments).failure();
    assert!(
        message.contains("the parts of s3://bucket/a that were written could not be removed"),
        "{message}"
    );
    assert!(message.contains("part 2 failed"), "{message}");
    assert_eq!(server.open_uploads(), 1);
}

#[test]
fn outputs_by_plain_http_are_refused() {
    let server = TestServer::start();
    let directory = Directory::with("in.json", r#"{"a": 1}"#);
    let url = format!("http://user:very-secret@{}/a?signature", server.address());
    for command in ["build", "convert", "merge"] {
        let message = run(&directory, &server, &[command, "-i", "in.json", "-o", &url]).failure();
        assert_eq!(
            message,
            format!(
                "http://{}/a cannot be written: plain HTTP has no way to write an object whole or not at all: give the URL of a store, \
                 such as s3://, gs:// or az://",
                server.address()
            )
        );
    }
    assert_eq!(server.request_count(), 0);
    for size in ["4MiB", "5GiB", "much"] {
        let arguments = ["build", "-i", "in.json", "-o", "a", "--part-size", size];
        run(&directory, &server, &arguments).usage_error();
    }
}
