//! Builds that are interrupted while they write to a store.

#![cfg(unix)]

use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use servers::{Fault, TestServer};

use super::stores::command;
use crate::harness::Directory;

fn input() -> String {
    let value = "v".repeat(10_000);
    (0..2000)
        .map(|n| format!("{{\"key\":\"{n}\",\"value\":\"{value}\"}}\n"))
        .collect()
}

/// Waits until the server has got a request of this kind.
fn wait_for(server: &TestServer, kind: &str) {
    while !server
        .requests()
        .iter()
        .any(|request| request.query.contains(kind))
    {
        sleep(Duration::from_millis(1));
    }
}

#[test]
fn an_interrupted_build_gives_its_upload_up() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let directory = Directory::with("in.ndjson", input());
        let server = TestServer::start();
        // Parts are never stored.
        server.set_rule(|request| match request.query.contains("partNumber=") {
            true => Fault::Stall,
            false => Fault::None,
        });
        let mut build = command(&directory, &server.endpoint())
            .args(["build", "-i", "in.ndjson", "-o", "s3://bucket/a"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        wait_for(&server, "partNumber=");
        assert_eq!(server.open_uploads(), 1);
        let killed = Command::new("kill")
            .args([signal, &build.id().to_string()])
            .status();
        assert!(killed.unwrap().success());
        assert_eq!(build.wait().unwrap().code(), Some(code));
        assert_eq!(server.open_uploads(), 0);
        assert!(server.objects().get("/bucket/a").is_none());
        assert_eq!(directory.names(), ["in.ndjson"]);
    }
}

#[test]
fn a_second_signal_ends_a_build_whose_store_does_not_answer() {
    let directory = Directory::with("in.ndjson", input());
    let server = TestServer::start();
    server.set_rule(
        |request| match request.query.contains("partNumber=") || request.method == "DELETE" {
            true => Fault::Stall,
            false => Fault::None,
        },
    );
    let mut build = command(&directory, &server.endpoint())
        .args(["build", "-i", "in.ndjson", "-o", "s3://bucket/a"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    wait_for(&server, "partNumber=");
    let interrupt = || {
        let killed = Command::new("kill")
            .args(["-INT", &build.id().to_string()])
            .status();
        assert!(killed.unwrap().success());
    };
    interrupt();
    while !server.requests().iter().any(|request| request.method == "DELETE") {
        sleep(Duration::from_millis(1));
    }
    interrupt();
    assert_eq!(build.wait().unwrap().code(), Some(130));
}
