//! Servers that misbehave.

use std::io::{Error, ErrorKind};

use massmap_async::{AsyncReader, ObjectReader, RemoteError};
use servers::{Fault, Object, TestServer};

use crate::remote::{PATH, http, impatient, messages, opened, readers, sample, server};

/// The error of reading `bytes 100 to 200` of an open object if all requests have the fault.
async fn error_of(server: &TestServer, reader: ObjectReader, fault: Fault) -> Error {
    server.clear_rules();
    let reader = opened(reader).await;
    server.forget_requests();
    server.set_rule(move |_| fault.clone());
    let error = reader.read(100..200).await.unwrap_err();
    let named = error.to_string();
    assert!(named.contains(reader.location()), "{named}");
    assert!(named.contains("bytes 100 to 200"), "{named}");
    server.clear_rules();
    assert_eq!(reader.read(100..200).await.unwrap(), sample()[100..200], "usable");
    error
}

fn is_wrong_answer(error: &Error) -> bool {
    let payload = error.get_ref().and_then(|payload| payload.downcast_ref());
    matches!(payload, Some(RemoteError::WrongAnswer { .. }))
}

#[tokio::test]
async fn the_whole_object_is_no_answer_to_a_range() {
    let server = server();
    for reader in readers(&server) {
        let location = reader.location().to_owned();
        let error = error_of(&server, reader, Fault::IgnoreRange).await;
        assert_eq!(
            error.to_string(),
            format!(
                "{location} was asked for bytes 100 to 200 and answered with the whole file: have it served by a server that \
                 answers range requests"
            )
        );
        assert!(is_wrong_answer(&error));
        assert_eq!(error.kind(), ErrorKind::InvalidData);
    }
}

#[tokio::test]
async fn the_whole_object_is_no_answer_to_a_suffix() {
    let server = server();
    server.set_rule(|_| Fault::IgnoreRange);
    for reader in readers(&server) {
        let error = reader.read_suffix(100).await.unwrap_err();
        assert!(is_wrong_answer(&error), "{error}");
        assert!(
            error
                .to_string()
                .contains("the last 100 bytes and answered with the whole file")
        );
    }
    // One for the end, and one to see whether the object is empty.
    assert_eq!(server.request_count(), 4);
}

#[tokio::test]
async fn bodies_that_are_too_short_or_too_long_are_errors() {
    let server = server();
    for (fault, found) in [
        (Fault::ShortBody(1), "only 99 of 100 bytes"),
        (Fault::ShortBody(100), "only 0 of 100 bytes"),
        (Fault::LongBody(1), "more than 100 bytes"),
        (Fault::LongBody(1 << 20), "more than 100 bytes"),
    ] {
        for reader in readers(&server) {
            let error = error_of(&server, reader, fault.clone()).await;
            assert!(is_wrong_answer(&error), "{error}");
            assert!(
                error.to_string().contains(&format!("answered with {found}:")),
                "{error}"
            );
        }
    }
}

#[tokio::test]
async fn a_body_that_does_not_end_is_not_read_on() {
    let server = server();
    let reader = opened(http(&server)).await;
    server.forget_requests();
    server.set_rule(|_| Fault::LongBody(64 << 20));
    // A body in several pieces, of which the last is known to be too much.
    let error = reader.read(0..150_000).await.unwrap_err();
    assert!(is_wrong_answer(&error), "{error}");
    assert_eq!(server.request_count(), 1);
}

#[tokio::test]
async fn answers_of_other_ranges_are_errors() {
    let server = server();
    for said in [
        None,
        Some("bytes 100-198/200000"),
        Some("bytes 101-199/200000"),
        Some("bytes 0-99/200000"),
        Some("bytes 100-199/*"),
        Some("bytes 199-100/200000"),
        Some("100-199"),
        Some(""),
        Some("\u{fc}"),
    ] {
        for reader in readers(&server) {
            let fault = Fault::ContentRange(said.map(str::to_owned));
            let error = error_of(&server, reader, fault).await;
            assert!(
                messages(&error).to_lowercase().contains("range")
                    || messages(&error).contains("Requested 100..200")
            );
        }
    }
}

#[tokio::test]
async fn a_range_of_another_length_is_a_change() {
    let server = server();
    for reader in readers(&server) {
        let fault = Fault::ContentRange(Some("bytes 100-199/200001".to_owned()));
        let error = opened_error(&server, reader, fault).await;
        assert_eq!(error.kind(), ErrorKind::StaleNetworkFileHandle);
        assert!(
            error.to_string().contains("is 200001 bytes with the ETag"),
            "{error}"
        );
    }
}

/// As [`error_of`], of errors that name no range.
async fn opened_error(server: &TestServer, reader: ObjectReader, fault: Fault) -> Error {
    let reader = opened(reader).await;
    server.set_rule(move |_| fault.clone());
    let error = reader.read(100..200).await.unwrap_err();
    server.clear_rules();
    error
}

#[tokio::test]
async fn servers_that_recover_are_asked_again() {
    let server = server();
    for status in [500, 503, 429] {
        for reader in readers(&server) {
            let reader = opened(reader).await;
            server.forget_requests();
            server.set_next([Fault::Status(status), Fault::Status(status)]);
            assert_eq!(reader.read(100..200).await.unwrap(), sample()[100..200]);
            assert_eq!(server.request_count(), 3);
            let requests = server.requests();
            assert!(
                requests.iter().all(|request| request.if_match().is_some()),
                "{requests:?}"
            );
        }
    }
}

#[tokio::test]
async fn servers_that_do_not_recover_are_given_up() {
    let server = server();
    for status in [500, 503, 429] {
        for reader in readers(&server) {
            let error = error_of(&server, reader, Fault::Status(status)).await;
            assert_eq!(error.kind(), ErrorKind::Other);
            let messages = messages(&error);
            assert!(messages.contains(&format!("status code: {status}")), "{messages}");
            // The good one at the end is the fourth.
            assert_eq!(server.request_count(), 4);
        }
    }
}

#[tokio::test]
async fn what_is_forbidden_or_missing_says_so() {
    let server = server();
    for (status, kind) in [
        (401, ErrorKind::PermissionDenied),
        (403, ErrorKind::PermissionDenied),
        (404, ErrorKind::NotFound),
    ] {
        server.set_rule(move |_| Fault::Status(status));
        for reader in readers(&server) {
            let error = reader.read_suffix(100).await.unwrap_err();
            assert_eq!(error.kind(), kind, "{}", messages(&error));
            assert_eq!(
                error.to_string(),
                format!("cannot read the last 100 bytes of {}", reader.location())
            );
        }
    }
    assert_eq!(server.request_count(), 6, "none of them is asked again");
}

#[tokio::test]
async fn connections_that_are_closed_before_an_answer_are_tried_again() {
    let server = server();
    for reader in readers(&server) {
        let reader = opened(reader).await;
        server.set_next([Fault::Close]);
        assert_eq!(reader.read(100..200).await.unwrap(), sample()[100..200]);
        let error = error_of(&server, reader, Fault::Close).await;
        assert!(messages(&error).contains("HTTP error"), "{}", messages(&error));
    }
}

#[tokio::test]
async fn bodies_that_break_off_are_resumed_where_they_ended() {
    let server = server();
    for reader in readers(&server) {
        let reader = opened(reader).await;
        server.forget_requests();
        server.set_next([Fault::CloseAfter(60)]);
        assert_eq!(reader.read(100..200).await.unwrap(), sample()[100..200]);
        let ranges: Vec<_> = server
            .requests()
            .iter()
            .map(|request| request.range().unwrap().to_owned())
            .collect();
        assert_eq!(ranges, ["bytes=100-199", "bytes=160-199"]);
        assert!(
            server
                .requests()
                .iter()
                .all(|request| request.if_match().is_some())
        );
    }
}

#[tokio::test]
async fn bodies_that_are_resumed_are_of_one_version() {
    let server = server();
    for ignores in [false, true] {
        server.set_ignore_if_match(ignores);
        for reader in readers(&server) {
            server.put(PATH, Object::new(sample()));
            let reader = opened(reader).await;
            server.set_next([Fault::CloseAfter(60)]);
            let (objects, first) = (server.objects(), server.requests().len());
            let first = server.requests()[first - 1].number + 1;
            server.set_rule(move |request| {
                if request.number == first + 1 {
                    objects.put(PATH, Object::new(vec![7; 200_000]));
                }
                Fault::None
            });
            reader.read(100..200).await.unwrap_err();
            server.clear_rules();
        }
    }
}

#[tokio::test]
async fn bodies_without_an_etag_that_break_off_are_read_once_more() {
    let server = server();
    server.put(PATH, Object::new(sample()).without_etag());
    let reader = opened(http(&server)).await;
    server.forget_requests();
    server.set_next([Fault::CloseAfter(60)]);
    assert_eq!(reader.read(100..200).await.unwrap(), sample()[100..200]);
    assert_eq!(server.request_count(), 2);
    server.set_next([Fault::CloseAfter(60), Fault::CloseAfter(70)]);
    let error = reader.read(100..200).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("cannot read bytes 100 to 200 of {}", server.url(PATH))
    );
    assert_eq!(server.request_count(), 4);
}

#[tokio::test]
async fn a_server_that_does_not_answer_in_time_is_given_up() {
    let server = server();
    for fault in [Fault::Stall, Fault::StallAfter(20)] {
        let error = error_of(&server, impatient(&server), fault).await;
        assert_eq!(error.kind(), ErrorKind::TimedOut, "{}", messages(&error));
    }
}

#[tokio::test]
async fn a_server_that_is_gone_says_so() {
    let server = server();
    let reader = opened(http(&server)).await;
    drop(server);
    let error = reader.read(100..200).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused, "{}", messages(&error));
}

#[test]
fn no_memory_is_allocated_for_bytes_that_are_only_promised() {
    let server = server();
    let promised = 1 << 40;
    server.set_rule(move |_| Fault::Pretend(promised));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    for reader in readers(&server) {
        let read = || runtime.block_on(reader.read(0..promised));
        let (result, peak) = support::allocations::peak_of(read);
        let error = result.unwrap_err();
        assert!(error.to_string().contains("bytes 0 to 1099511627776"), "{error}");
        // The 200,000 bytes that are there, and what the client takes for itself.
        assert!(peak < 4 << 20, "{peak}");
    }
}
