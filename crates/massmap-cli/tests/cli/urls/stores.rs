//! Stores for the program.

use std::process::Command;

use servers::{Object, TestServer};

use crate::harness::{Directory, Outcome};

/// The program, for which a server is S3.
pub(super) fn command(directory: &Directory, endpoint: &str) -> Command {
    let mut command = directory.program_with_signals();
    command
        .env("AWS_ENDPOINT", endpoint)
        .env("AWS_ALLOW_HTTP", "true")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "somebody")
        .env("AWS_SECRET_ACCESS_KEY", "very-secret");
    command
}

pub(super) fn run(directory: &Directory, server: &TestServer, arguments: &[&str]) -> Outcome {
    let mut command = command(directory, &server.endpoint());
    let outcome = Outcome::of(command.args(arguments));
    assert!(!format!("{outcome:?}").contains("very-secret"), "{outcome:?}");
    let requests = server.requests();
    assert!(
        requests.iter().all(|request| request.method != "HEAD"),
        "{requests:?}"
    );
    outcome
}

/// A server with an object at `s3://bucket/a`.
pub(super) fn server_with(bytes: Vec<u8>) -> TestServer {
    let server = TestServer::start();
    server.put("/bucket/a", Object::new(bytes));
    server
}
