//! The test server as its clients see it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::*;

struct Client(BufReader<TcpStream>);

impl Client {
    fn connect(server: &TestServer) -> Self {
        let stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        Self(BufReader::new(stream))
    }

    fn send(&mut self, method: &str, path: &str, headers: &str, body: &str) {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: test\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.0.get_mut().write_all(request.as_bytes()).unwrap();
    }

    /// The status, the headers and the body of the next answer.
    fn receive(&mut self, has_body: bool) -> (u16, String, String) {
        let (mut head, mut line) = (String::new(), String::new());
        while line != "\r\n" {
            line.clear();
            assert!(
                self.0.read_line(&mut line).unwrap() > 0,
                "the connection ended: {head}"
            );
            head += &line;
        }
        let status = head[9..12].parse().unwrap();
        let length = head.split("content-length: ").nth(1).filter(|_| has_body);
        let length = length.map_or(0, |rest| rest.lines().next().unwrap().parse().unwrap());
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).unwrap();
        (status, head, String::from_utf8(body).unwrap())
    }

    fn get(&mut self, path: &str, headers: &str) -> (u16, String, String) {
        self.send("GET", path, headers, "");
        self.receive(true)
    }
}

#[test]
fn one_connection_serves_many_requests() {
    let server = TestServer::start();
    server.put("/a", Object::new("abcdef").with_etag("\"one\""));
    let mut client = Client::connect(&server);
    let (status, head, body) = client.get("/a", "");
    assert_eq!((status, &body[..]), (200, "abcdef"));
    assert!(head.contains("\r\netag: \"one\"\r\n"), "{head}");
    assert!(
        head.contains("\r\nlast-modified: Mon, 01 Jan 2024 00:00:00 GMT\r\n"),
        "{head}"
    );
    let (status, head, body) = client.get("/a?query", "Range: bytes=-2\r\nIf-Match: \"one\"\r\n");
    assert_eq!((status, &body[..]), (206, "ef"));
    assert!(head.contains("\r\ncontent-range: bytes 4-5/6\r\n"), "{head}");
    assert_eq!(client.get("/a", "Range: bytes=6-\r\n").0, 416);
    assert_eq!(client.get("/a", "If-Match: \"two\"\r\n").0, 412);
    assert_eq!(client.get("/b", "").0, 404);

    client.send("HEAD", "/a", "", "");
    let (status, head, _) = client.receive(false);
    assert!(head.contains("\r\ncontent-length: 6\r\n"), "{head}");
    client.send("PUT", "/b", "", "new");
    assert_eq!((status, client.receive(true).0), (200, 200));
    assert_eq!(client.get("/b", "").2, "new");
    client.send("DELETE", "/b", "", "");
    assert_eq!(client.receive(false).0, 204);
    assert_eq!(client.get("/b", "").0, 404);

    let requests = server.requests();
    let methods: Vec<_> = requests.iter().map(|request| &request.method[..]).collect();
    assert_eq!(
        methods,
        [
            "GET", "GET", "GET", "GET", "GET", "HEAD", "PUT", "GET", "DELETE", "GET"
        ]
    );
    assert_eq!(requests[1].query, "query");
    assert_eq!(
        (requests[1].range(), requests[1].if_match()),
        (Some("bytes=-2"), Some("\"one\""))
    );
    assert_eq!(server.request_count(), 10);
    server.forget_requests();
    assert_eq!((server.request_count(), server.bytes_sent()), (0, 0));
}

#[test]
fn hundreds_of_connections_wait_at_the_same_time() {
    let server = TestServer::start();
    server.put("/a", Object::new("abc"));
    server.set_latency(Latency::always(Duration::from_millis(300)));
    // Both ends of each are files of this process, which may have a thousand on most systems.
    let count = 300;
    for _ in 0..2 {
        let mut clients: Vec<_> = (0..count).map(|_| Client::connect(&server)).collect();
        for client in &mut clients {
            client.send("GET", "/a", "", "");
        }
        for client in &mut clients {
            assert_eq!(client.receive(true).2, "abc");
        }
    }
    assert_eq!(server.request_count(), 2 * count);
    assert!(server.most_in_flight() > count / 2, "{}", server.most_in_flight());
}

#[test]
fn an_answer_comes_after_the_latency_and_not_before() {
    let server = TestServer::start();
    server.put("/a", Object::new("abc"));
    let latency = Duration::from_millis(20);
    server.set_latency(Latency::always(latency));
    let mut client = Client::connect(&server);
    for _ in 0..10 {
        let begun = Instant::now();
        client.get("/a", "");
        assert!(begun.elapsed() >= latency);
    }
}

#[test]
fn rules_see_requests_before_they_are_answered() {
    let server = TestServer::start();
    let objects = server.objects();
    server.set_rule(move |request| {
        objects.put("/a", Object::new(format!("version {}", request.number)));
        Fault::None
    });
    let mut client = Client::connect(&server);
    for number in 0..3 {
        assert_eq!(client.get("/a", "").2, format!("version {number}"));
    }
    server.set_next([Fault::Status(503), Fault::Close]);
    assert_eq!(client.get("/a", "").0, 503);
    client.send("GET", "/a", "", "");
    assert_eq!(client.0.read(&mut [0; 10]).unwrap(), 0, "closed");
}

#[test]
fn connections_end_as_the_faults_say() {
    let server = TestServer::start();
    server.put("/a", Object::new("abc"));
    let mut client = Client::connect(&server);
    server.set_next([Fault::Raw(
        b"HTTP/1.1 299 Unusual\r\ncontent-length: 1\r\n\r\n!".to_vec(),
    )]);
    assert_eq!(client.get("/a", ""), {
        let head = "HTTP/1.1 299 Unusual\r\ncontent-length: 1\r\n\r\n";
        (299, head.to_owned(), "!".to_owned())
    });
    server.set_next([Fault::Trickle(Duration::from_millis(1)), Fault::ThenClose]);
    assert_eq!(client.get("/a", "").2, "abc");
    assert_eq!(server.connections(), 1);
    assert_eq!(client.get("/a", "").2, "abc");
    assert_eq!(client.0.read(&mut [0; 10]).unwrap(), 0, "closed");
    let mut client = Client::connect(&server);
    server.set_next([Fault::Reset]);
    client.send("GET", "/a", "", "");
    let error = client.0.read(&mut [0; 10]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    let begun = Instant::now();
    while server.connections() > 0 && begun.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(server.connections(), 0);
}
