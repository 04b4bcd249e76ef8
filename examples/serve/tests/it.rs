//! The service, as a program of its own, in front of a server with a map.

#![expect(
    clippy::unwrap_used,
    reason = "an error that a test does not expect is a failed test"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use servers::{Object, TestServer};

/// The service, which is killed at the end.
struct Service {
    process: Child,
    address: String,
}

impl Drop for Service {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

impl Service {
    fn start(url: &str) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_serve-example"))
            .args([url, "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.trim().rsplit('/').next().unwrap().to_owned();
        Self { process, address }
    }

    /// The status and the body of an answer.
    fn ask(&self, method: &str, path: &str, body: &str) -> (u16, serde_json::Value) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n{body}",
            self.address
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap())
    }

    fn get(&self, path: &str) -> (u16, serde_json::Value) {
        self.ask("GET", path, "")
    }
}

fn map(count: u64) -> Vec<u8> {
    let entries = (0..count).map(|number| (format!("key {number}"), number));
    massmap::Builder::new().build_bytes(entries).unwrap().to_vec()
}

#[test]
fn keys_are_looked_up_with_a_request_each_and_none_the_second_time() {
    let server = TestServer::start();
    server.put("/maps/numbers", Object::new(map(50_000)));
    let service = Service::start(&server.url("/maps/numbers"));
    assert_eq!(server.request_count(), 1, "opening");

    assert_eq!(service.get("/entries/key%20777"), (200, 777.into()));
    assert_eq!(server.request_count(), 2);
    assert_eq!(service.get("/entries/key%20777"), (200, 777.into()));
    assert_eq!(server.request_count(), 2, "the page is in memory");
    assert_eq!(service.get("/entries/nothing").0, 404);
    assert_eq!(
        service.ask("POST", "/entries", r#"["key 777", "nothing", "key 0"]"#),
        (200, serde_json::json!([777, null, 0]))
    );
    let (status, answer) = service.get("/status");
    assert_eq!((status, &answer["entries"]), (200, &50_000.into()));
    assert!(answer["cache"]["hits"].as_u64().unwrap() >= 1, "{answer}");

    let (status, answer) = service.ask("POST", "/entries", "[3]");
    assert_eq!(status, 400, "{answer}");
    assert_eq!(service.get("/entries").0, 400);
}

#[test]
fn a_map_that_was_replaced_is_an_error_that_says_so() {
    let server = TestServer::start();
    server.put("/maps/numbers", Object::new(map(50_000)));
    let service = Service::start(&server.url("/maps/numbers"));
    server.put("/maps/numbers", Object::new(map(60_000)));
    let (status, answer) = service.get("/entries/key%201");
    assert_eq!(status, 503);
    let message = answer["error"].as_str().unwrap();
    assert!(message.contains("was replaced since it was opened"), "{message}");
}
