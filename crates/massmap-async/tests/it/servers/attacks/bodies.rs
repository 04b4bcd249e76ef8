//! Bodies.

use massmap_async::{Bytes, ObjectReader, ObjectUrl};
use servers::{Fault, Object, Request, TestServer};
use support::allocations::peak_of;

use super::Expect::{Error, Right};
use super::answer::Answer;
use super::{COUNT, Map, attack, check, look_up, serve, soon};
use crate::maps::file::squares;
use crate::remote::{PATH, messages, readers};
use crate::servers::leaks::runtime;

#[tokio::test]
async fn bodies_that_are_encoded_are_told_from_short_ones() {
    let encoded = |request: &Request, file: &Bytes| {
        let answer = Answer::right(request, file);
        let half = answer.body.len() / 2;
        let body = answer.body[..half].to_vec();
        answer.with_body(body).and("Content-Encoding", "gzip").fault()
    };
    let expect = Error(&["encoded as gzip"]);
    attack("gzip", (expect, expect), encoded).await;
    let named = |request: &Request, file: &Bytes| {
        Answer::right(request, file)
            .and("Content-Encoding", "identity")
            .fault()
    };
    attack("identity", (Right, Right), named).await;
}

/// A body in chunks, the last of which has no bytes if it `ends`. The length is told, too.
fn chunked(mut answer: Answer, ends: bool) -> Answer {
    let mut body = Vec::new();
    for chunk in answer.body.chunks(100) {
        body.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
        body.extend([chunk, b"\r\n"].concat());
    }
    if ends {
        body.extend(b"0\r\n\r\n");
    }
    answer.body = body;
    answer.and("Transfer-Encoding", "chunked")
}

#[tokio::test]
async fn bodies_in_chunks_are_read_if_their_length_is_told_and_are_errors_if_they_end_early() {
    let whole = |request: &Request, file: &Bytes| chunked(Answer::right(request, file), true).fault();
    attack("chunks", (Right, Right), whole).await;
    // HTTP allows for that, but `object_store` does not.
    let without = |request: &Request, file: &Bytes| {
        chunked(Answer::right(request, file), true)
            .without("Content-Length")
            .fault()
    };
    let expect = Error(&["Content-Length Header missing"]);
    attack("chunks without a length", (expect, expect), without).await;
    let short = |request: &Request, file: &Bytes| {
        let mut answer = Answer::right(request, file);
        answer.body.truncate(300);
        chunked(answer, true).fault()
    };
    let expect = Error(&["only 300 of"]);
    attack("fewer chunks", (expect, expect), short).await;
    let broken = |request: &Request, file: &Bytes| {
        let answer = chunked(Answer::right(request, file), false);
        Fault::Raw([answer.bytes(), b"no number\r\n".to_vec()].concat())
    };
    let expect = Error(&["chunk"]);
    attack("a chunk without a length", (expect, expect), broken).await;
}

#[tokio::test]
async fn pages_of_another_object_under_the_same_tag_are_told_by_their_checksums() {
    let other = {
        let entries = (0..COUNT).map(|number| (number, number * number + 1));
        crate::maps::file::build(crate::maps::file::builder(), entries)
    };
    let file = squares(COUNT);
    assert_eq!(file.len(), other.len(), "the length tells nothing");
    let server = serve(&file);
    for reader in readers(&server) {
        server.put(PATH, Object::new(file.clone()).with_etag("\"one\""));
        let map = Map::open(reader).await.unwrap();
        server.put(PATH, Object::new(other.clone()).with_etag("\"one\""));
        let error = map.get(&7).await.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidData, "{error}");
    }
}

/// Readers by URL, over HTTP and S3.
fn by_url(server: &TestServer) -> [ObjectReader; 2] {
    let options = [
        ("aws_endpoint", server.endpoint()),
        ("aws_allow_http", "true".to_owned()),
        ("aws_skip_signature", "true".to_owned()),
        ("aws_region", "us-east-1".to_owned()),
    ];
    [
        ObjectReader::from_url(&server.url(PATH)).unwrap(),
        ObjectUrl::parse_with("s3://bucket/folder/map", options)
            .unwrap()
            .into(),
    ]
}

#[tokio::test]
async fn errors_keep_their_status_whatever_their_bodies_are() {
    let file = squares(COUNT);
    let server = serve(&file);
    for (status, expect) in [
        ("400 Bad Request", "400"),
        ("403 Forbidden", "403"),
        ("404 Not Found", "was replaced"),
        ("412 Precondition Failed", "was replaced"),
        ("416 Range Not Satisfiable", "shorter"),
    ] {
        for reader in by_url(&server) {
            server.clear_rules();
            let map = Map::open(reader).await.unwrap();
            // Latin 1, a compressed page, and a letter of UTF-8 that is cut off.
            for body in [
                &b"d\xe9sol\xe9"[..],
                b"\x1f\x8b\x08\0\xff",
                "\u{20ac}".as_bytes().split_at(2).0,
            ] {
                server.set_rule(move |_| {
                    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n", body.len());
                    Fault::Raw([head.as_bytes(), body].concat())
                });
                let error = map.get(&7).await.unwrap_err();
                assert!(
                    messages(&error).contains(expect),
                    "{status}: {}",
                    messages(&error)
                );
            }
        }
    }
}

#[tokio::test]
async fn ranges_may_come_in_chunks_without_a_length() {
    let file = squares(COUNT);
    let server = serve(&file);
    for ends_early in [false, true] {
        for reader in by_url(&server) {
            let file = file.clone();
            server.set_rule(move |request| {
                let mut answer = Answer::right(request, &file);
                if ends_early && request.if_match().is_some() {
                    answer.body.truncate(300);
                }
                chunked(answer, true).without("Content-Length").fault()
            });
            let expect = match ends_early {
                true => Error(&["only 300 of 512 bytes"]),
                false => Right,
            };
            let map = soon(Map::open(reader)).await.unwrap();
            check("chunks", look_up(&map).await, expect);
        }
    }
}

#[test]
fn the_body_of_an_error_takes_little_memory_however_long_it_is() {
    let file = squares(COUNT);
    let server = serve(&file);
    let length = 32 << 20;
    server.set_rule(move |_| {
        let head = format!("HTTP/1.1 404 Not Found\r\nContent-Length: {length}\r\n\r\n");
        Fault::Raw([head.into_bytes(), vec![b'x'; length]].concat())
    });
    let runtime = runtime();
    for reader in by_url(&server) {
        let (result, peak) = peak_of(|| runtime.block_on(Map::open(reader)));
        let error = result.map(drop).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{error}");
        assert!(peak < 4 << 20, "{peak} bytes");
    }
}
