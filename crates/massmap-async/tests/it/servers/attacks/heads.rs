//! Statuses and headers.

use massmap_async::Bytes;
use servers::{Fault, Object, Request};

use super::Expect::{Error, Right};
use super::answer::Answer;
use super::{COUNT, Map, attack, check, look_up, serve};
use crate::maps::file::squares;
use crate::remote::{PATH, http, readers};

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
