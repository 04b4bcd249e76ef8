//! Answers that no server should give: each leads to what is right or to an error that says what is wrong, and never to a panic or a hang.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use massmap_async::object_store::path::Path;
use massmap_async::{AsyncMassMap, AsyncOpenOptions, AsyncReader, Bytes, ObjectReader, ObjectUrl};
use servers::{Fault, Object, Request, TestServer};
use support::allocations::peak_of;

use super::answer::Answer;
use super::leaks::runtime;
use crate::maps::file::squares;
use crate::remote::{PATH, http, http_store, messages, readers};

const COUNT: u64 = 2000;

/// What is to come of lookups.
#[derive(Debug, Clone, Copy)]
enum Expect {
    Right,
    /// An error in the messages of which is one of these texts.
    Error(&'static [&'static str]),
}

use Expect::{Error, Right};

type Map = AsyncMassMap<u64, u64, ObjectReader>;

fn serve(file: &Bytes) -> TestServer {
    let server = TestServer::start();
    server.put(PATH, Object::new(file.clone()).with_etag("\"one\""));
    server
}

/// Turns a hang into a failure.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    let ended = tokio::time::timeout(Duration::from_secs(60), future).await;
    ended.expect("it ends")
}

async fn look_up(map: &Map) -> std::io::Result<Option<u64>> {
    let value = soon(map.get(&7)).await?;
    // More than one page.
    let values = soon(map.batch_get([7, 8, 9, 3000])).await?;
    assert_eq!(values, [Some(49), Some(64), Some(81), None]);
    Ok(value)
}

#[track_caller]
fn check(name: &str, result: std::io::Result<Option<u64>>, expect: Expect) {
    match (result, expect) {
        (Ok(value), Right) => assert_eq!(value, Some(49), "{name}"),
        (Ok(value), Error(_)) => panic!("{name}: {value:?}"),
        (Err(error), Right) => panic!("{name}: {}", messages(&error)),
        (Err(error), Error(texts)) => {
            let messages = messages(&error);
            assert!(
                texts.iter().any(|text| messages.contains(text)),
                "{name}: {messages}"
            );
        }
    }
}

/// Opens a map and looks keys up, over HTTP and S3, while all answers are those of `attack`; and looks them up in a map that was opened
/// before. Gives what is to come of the first and of the second.
async fn attack(
    name: &str,
    (opening, lookup): (Expect, Expect),
    attack: impl Fn(&Request, &Bytes) -> Fault + Send + Sync + 'static,
) {
    let file = squares(COUNT);
    let server = serve(&file);
    let attack = Arc::new(attack);
    let options = AsyncOpenOptions::new().first_read(512).largest_gap(0);
    for reader in readers(&server) {
        let name = format!("{name}, {}", reader.location());
        server.clear_rules();
        let opened = Map::open_with(reader, &options).await.unwrap();
        let rule = {
            let (attack, file) = (Arc::clone(&attack), file.clone());
            move |request: &Request| match request.path == PATH {
                true => attack(request, &file),
                false => Fault::None,
            }
        };
        server.set_rule(rule);
        check(&name, look_up(&opened).await, lookup);
    }
    for reader in readers(&server) {
        let name = format!("opening: {name}, {}", reader.location());
        match soon(Map::open_with(reader, &options)).await {
            Ok(map) => check(&name, look_up(&map).await, opening),
            Err(error) => check(&name, Err(error), opening),
        }
    }
    server.clear_rules();
    for reader in readers(&server) {
        let opened = Map::open_with(reader, &options).await.unwrap();
        check(name, look_up(&opened).await, Right);
    }
}

#[tokio::test]
async fn redirects_are_followed_to_the_same_object_and_end() {
    let to = |location: &'static str| {
        move |_: &Request, _: &Bytes| {
            Fault::Raw(
                format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n")
                    .into_bytes(),
            )
        }
    };
    attack(
        "to itself",
        (Error(&["redirect"]), Error(&["redirect"])),
        to(PATH),
    )
    .await;
    attack(
        "to nowhere",
        (Error(&["404"]), Error(&["404", "removed"])),
        to("/nowhere"),
    )
    .await;
    attack(
        "to files",
        (Error(&["302"]), Error(&["302"])),
        to("file:///etc/passwd"),
    )
    .await;
    let bare =
        |_: &Request, _: &Bytes| Fault::Raw(b"HTTP/1.1 301 Moved\r\nContent-Length: 0\r\n\r\n".to_vec());
    attack(
        "without a target",
        (Error(&["redirect"]), Error(&["redirect"])),
        bare,
    )
    .await;

    let file = squares(COUNT);
    let server = serve(&file);
    for reader in readers(&server) {
        server.clear_rules();
        let map = Map::open(reader).await.unwrap();
        server.set_rule(|request| match request.path == PATH {
            true => Fault::Raw(
                b"HTTP/1.1 307 Elsewhere\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n".to_vec(),
            ),
            false => Fault::None,
        });
        server.put("/elsewhere", Object::new(file.clone()).with_etag("\"one\""));
        check("to the same", look_up(&map).await, Right);
        server.put("/elsewhere", Object::new(file.clone()).with_etag("\"two\""));
        check("to another", look_up(&map).await, Error(&["was replaced"]));
    }
}

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
async fn content_ranges_that_say_nothing_or_too_much_are_errors() {
    for (range, expect) in [
        ("bytes 0-511/*", &["Content-Range", "CONTENT_RANGE"][..]),
        ("bytes */40000", &["Content-Range", "CONTENT_RANGE"]),
        ("lines 0-511/40000", &["Content-Range", "CONTENT_RANGE"]),
        ("bytes 511-0/40000", &["Requested"]),
        ("bytes -1-511/40000", &["Content-Range", "CONTENT_RANGE"]),
        (
            "bytes 0-99999999999999999999/40000",
            &["Content-Range", "CONTENT_RANGE"],
        ),
        (
            "bytes 18446744073709551615-18446744073709551615/40000",
            &["Requested", "no client understands"],
        ),
        (
            "bytes 0-18446744073709551614/18446744073709551615",
            &["Requested"],
        ),
        ("", &["Content-Range", "CONTENT_RANGE"]),
    ] {
        let answer = move |request: &Request, file: &Bytes| {
            Answer::right(request, file).with("Content-Range", range).fault()
        };
        attack(range, (Error(expect), Error(expect)), answer).await;
    }
    let missing = |request: &Request, file: &Bytes| {
        Answer::right(request, file)
            .without("Content-Range")
            .with("Content-Type", "multipart/byteranges; boundary=THIS")
            .fault()
    };
    let expect = Error(&["Content-Range header not present"]);
    attack("multipart", (expect, expect), missing).await;

    let longer = |request: &Request, file: &Bytes| {
        let answer = Answer::right(request, file);
        let (_, range) = answer.headers[3].clone();
        let (range, length) = range.split_once('/').unwrap();
        let length: u64 = length.parse().unwrap();
        let range = format!("{range}/{}", length + 1);
        answer.with("Content-Range", range).fault()
    };
    // The first answer is not the end of so long a file; the others are of another file.
    attack(
        "a longer file",
        (Error(&["Requested", "bytes from"]), Error(&["was replaced"])),
        longer,
    )
    .await;
}

#[tokio::test]
async fn tags_that_are_not_the_same_to_the_byte_are_those_of_another_version() {
    for tag in [
        "\"ONE\"",
        "one",
        "W/\"one\"",
        "\"one\" ",
        "\"one",
        "",
        "\"one\", \"two\"",
    ] {
        let answer =
            move |request: &Request, file: &Bytes| Answer::right(request, file).with("ETag", tag).fault();
        let lookup = match tag.trim() == "\"one\"" {
            true => Right,
            false => Error(&["was replaced"]),
        };
        attack(tag, (Right, lookup), answer).await;
    }
    let missing = |request: &Request, file: &Bytes| Answer::right(request, file).without("ETag").fault();
    let file = squares(COUNT);
    let server = serve(&file);
    let map = Map::open(http(&server)).await.unwrap();
    server.set_rule(move |request| missing(request, &file));
    check("no tag", look_up(&map).await, Error(&["was replaced"]));
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

#[tokio::test]
async fn heads_without_end_and_of_another_kind_are_errors() {
    let many = |request: &Request, file: &Bytes| {
        let mut answer = Answer::right(request, file);
        for _ in 0..1000 {
            answer = answer.and("X-More", "and more");
        }
        answer.fault()
    };
    let expect = Error(&["HTTP error"]);
    attack("many headers", (expect, expect), many).await;
    let long = |request: &Request, file: &Bytes| {
        Answer::right(request, file)
            .and("X-Long", "x".repeat(2 << 20))
            .fault()
    };
    attack("a long header", (expect, expect), long).await;
    for garbage in [
        "SSH-2.0-OpenSSH_9.6\r\n",
        "\0\0\0\0",
        "HTTP/9.9 206 OK\r\n\r\n",
        "HTTP/1.1 abc\r\n\r\n",
    ] {
        let answer = move |_: &Request, _: &Bytes| Fault::Raw(garbage.as_bytes().to_vec());
        attack(garbage, (expect, expect), answer).await;
    }
    let lengths =
        |request: &Request, file: &Bytes| Answer::right(request, file).and("Content-Length", "1").fault();
    attack("two lengths", (expect, expect), lengths).await;
    let negative =
        |request: &Request, file: &Bytes| Answer::right(request, file).with("Content-Length", "-1").fault();
    attack("a negative length", (expect, expect), negative).await;
}

#[tokio::test]
async fn other_statuses_are_errors_that_say_so() {
    for (status, expect) in [
        ("200 OK", &["the whole file"][..]),
        ("203 Something", &["the whole file"]),
        ("204 No Content", &["the whole file", "truncated"]),
        ("304 Not Modified", &["304"]),
        ("400 Bad Request", &["400"]),
        ("405 Method Not Allowed", &["405", "was replaced"]),
        ("410 Gone", &["410"]),
        ("451 Unavailable", &["451"]),
        ("599 Something", &["599"]),
    ] {
        let answer = move |request: &Request, file: &Bytes| {
            let answer = Answer::right(request, file).with_status(status);
            match &status[..3] {
                "204" | "304" => answer.with_body("").fault(),
                "200" | "203" => answer.fault(),
                _ => answer.with_body("it is so").fault(),
            }
        };
        attack(status, (Error(expect), Error(expect)), answer).await;
    }
    let none = |request: &Request, file: &Bytes| {
        let answer = Answer::right(request, file).with_body("");
        let range = format!("bytes */{}", file.len());
        let answer = answer.with_status("416 Range Not Satisfiable");
        answer.with("Content-Range", range).fault()
    };
    attack(
        "416",
        (
            Error(&["416", "none of its bytes"]),
            Error(&["was replaced", "shorter"]),
        ),
        none,
    )
    .await;
}

#[tokio::test]
async fn answers_before_and_after_the_right_one_are_not_taken_for_it() {
    for before in [
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n",
    ] {
        let answer = move |request: &Request, file: &Bytes| {
            Fault::Raw([before.as_bytes(), &Answer::right(request, file).bytes()].concat())
        };
        attack(before, (Right, Right), answer).await;
    }
    // The next request on the connection must not be answered by what came too early.
    let twice = |request: &Request, file: &Bytes| {
        let right = Answer::right(request, file);
        let forged = right.clone().with_body(vec![b'!'; right.body.len()]);
        Fault::Raw([right.bytes(), forged.bytes()].concat())
    };
    attack("twice", (Right, Right), twice).await;
}

#[tokio::test]
async fn connections_that_end_after_each_answer_or_are_reset_are_made_anew() {
    attack("closed", (Right, Right), |_, _| Fault::ThenClose).await;
    attack("closed as it says", (Right, Right), |request, file| {
        Answer::right(request, file).and("Connection", "close").fault()
    })
    .await;
    attack("byte by byte", (Right, Right), |_, _| {
        Fault::Trickle(Duration::ZERO)
    })
    .await;

    let file = squares(COUNT);
    let server = serve(&file);
    let reader = ObjectReader::new(http_store(&server, 10), Path::from(PATH), "the map");
    let map = Map::open(reader).await.unwrap();
    server.set_rule(|request| match request.number % 16 {
        0 => Fault::Reset,
        1 => Fault::ThenClose,
        2 => Fault::CloseAfter(10),
        _ => Fault::None,
    });
    let keys: Vec<u64> = (0..COUNT).collect();
    let lookups = join_all(keys.iter().map(|key| map.get(key)));
    for (key, value) in (0..).zip(soon(lookups).await) {
        assert_eq!(value.unwrap(), Some(key * key));
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
