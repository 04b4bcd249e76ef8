//! Which requests the server gets.

use massmap_async::AsyncReader;
use servers::Object;

use crate::remote::{PATH, http, opened, readers, sample, server};

/// The ranges and conditions of all requests, none of which is a `HEAD`.
fn seen(server: &servers::TestServer) -> Vec<(Option<String>, Option<String>)> {
    let requests = server.requests();
    assert!(
        requests.iter().all(|request| request.method == "GET"),
        "{requests:?}"
    );
    let owned = |text: Option<&str>| text.map(str::to_owned);
    requests
        .iter()
        .map(|request| (owned(request.range()), owned(request.if_match())))
        .collect()
}

#[tokio::test]
async fn each_read_is_one_get_of_a_range_with_the_etag_that_was_seen_first() {
    let server = server();
    let etag = server.objects().get(PATH).unwrap().etag().map(str::to_owned);
    let sample = sample();
    for reader in readers(&server) {
        server.forget_requests();
        let suffix = reader.read_suffix(65_536).await.unwrap();
        assert_eq!(suffix.bytes, sample[200_000 - 65_536..]);
        assert_eq!(suffix.file_length, 200_000);
        assert!(suffix.version.is_strong());
        assert_eq!(Some(suffix.version.as_str()), etag.as_deref());
        assert_eq!(reader.read(5..4101).await.unwrap(), sample[5..4101]);
        assert_eq!(reader.read(0..1).await.unwrap(), sample[..1]);
        assert_eq!(reader.read_suffix(3).await.unwrap().bytes, sample[199_997..]);
        let range = |text: &str| Some(text.to_owned());
        assert_eq!(
            seen(&server),
            [
                (range("bytes=-65536"), None),
                (range("bytes=5-4100"), etag.clone()),
                (range("bytes=0-0"), etag.clone()),
                (range("bytes=-3"), etag.clone()),
            ]
        );
    }
}

#[tokio::test]
async fn many_ranges_are_as_many_requests_at_the_same_time() {
    let server = server();
    let sample = sample();
    server.set_latency(servers::Latency::always(std::time::Duration::from_millis(300)));
    for reader in readers(&server) {
        let reader = opened(reader).await;
        server.forget_requests();
        let ranges: Vec<_> = (0..50)
            .rev()
            .map(|number| number * 4000..number * 4000 + 10)
            .collect();
        let read = reader.read_many(ranges.clone()).await.unwrap();
        for (range, bytes) in ranges.iter().zip(&read) {
            let start = usize::try_from(range.start).unwrap();
            assert_eq!(bytes, &sample[start..start + 10]);
        }
        assert_eq!(server.request_count(), 50);
        assert_eq!(server.most_in_flight(), 50);
    }
}

#[tokio::test]
async fn the_first_read_learns_the_version_if_no_suffix_did() {
    let server = server();
    let etag = server.objects().get(PATH).unwrap().etag().map(str::to_owned);
    for reader in readers(&server) {
        server.forget_requests();
        reader.read(0..10).await.unwrap();
        reader.read(10..20).await.unwrap();
        let conditions: Vec<_> = seen(&server).into_iter().map(|(_, etag)| etag).collect();
        assert_eq!(conditions, [None, etag.clone()]);
    }
}

#[tokio::test]
async fn ranges_beyond_the_end_are_errors_and_no_requests_once_the_length_is_known() {
    let server = server();
    for reader in readers(&server) {
        let far = 1 << 40;
        // Not known yet.
        for range in [200_000..200_001, far..far + 1] {
            let error = reader.read(range).await.unwrap_err();
            assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof, "{error}");
        }
        let error = reader.read(199_999..u64::MAX).await.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
        assert!(error.to_string().contains("only 1 are there"), "{error}");
        server.forget_requests();
        for range in [
            199_999..200_001,
            200_000..200_001,
            0..u64::MAX,
            u64::MAX - 1..u64::MAX,
        ] {
            let error = reader.read(range).await.unwrap_err();
            assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof, "{error}");
        }
        assert_eq!(server.request_count(), 0);
    }
}

#[tokio::test]
async fn objects_that_are_shorter_than_the_suffix_come_whole() {
    let server = server();
    for length in [1, 2, 65_535, 65_536] {
        server.put(PATH, Object::new(sample()[..length].to_vec()));
        for reader in readers(&server) {
            server.forget_requests();
            let suffix = reader.read_suffix(65_536).await.unwrap();
            assert_eq!(suffix.bytes, sample()[..length]);
            assert_eq!(suffix.file_length, length as u64);
            assert_eq!(server.request_count(), 1);
        }
    }
}

#[tokio::test]
async fn an_empty_object_is_told_to_be_empty() {
    let server = server();
    server.put(PATH, Object::new(""));
    for reader in readers(&server) {
        let suffix = reader.read_suffix(65_536).await.unwrap();
        assert_eq!((&suffix.bytes[..], suffix.file_length), (&b""[..], 0));
        assert!(suffix.version.is_strong());
        let error = reader.read(0..1).await.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
        assert!(server.requests().iter().all(|request| request.method == "GET"));
    }
}

#[tokio::test]
async fn a_suffix_of_no_bytes_tells_the_length() {
    let server = server();
    let suffix = http(&server).read_suffix(0).await.unwrap();
    assert_eq!((&suffix.bytes[..], suffix.file_length), (&b""[..], 200_000));
}

#[tokio::test]
async fn a_read_that_is_given_up_leaves_the_reader_usable() {
    let server = server();
    let reader = opened(http(&server)).await;
    server.set_next([servers::Fault::Stall, servers::Fault::StallAfter(5)]);
    for _ in 0..2 {
        let given_up = tokio::time::timeout(std::time::Duration::from_millis(50), reader.read(0..10)).await;
        assert!(given_up.is_err());
    }
    assert_eq!(reader.read(0..10).await.unwrap(), sample()[..10]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_reads_at_the_same_time_take_as_many_connections_as_they_may() {
    let server = server();
    let sample = sample();
    for (reader, most) in [
        (http(&server), 256),
        (http(&server).with_requests_in_flight(10), 10),
        (http(&server).with_requests_in_flight(0), 1),
    ] {
        let reader = opened(reader).await;
        server.forget_requests();
        let count = if most == 256 { 10_000 } else { 100 };
        let reads: Vec<_> = (0..count)
            .map(|number| {
                let reader = reader.clone();
                tokio::spawn(async move { reader.read(number..number + 10).await })
            })
            .collect();
        for (start, read) in reads.into_iter().enumerate() {
            assert_eq!(read.await.unwrap().unwrap(), sample[start..start + 10]);
        }
        assert_eq!(server.request_count() as u64, count);
        assert!(
            server.most_in_flight() <= most,
            "{} of {most}",
            server.most_in_flight()
        );
    }
}

#[tokio::test]
async fn reads_that_are_given_up_make_room_for_others() {
    let server = server();
    let reader = opened(http(&server).with_requests_in_flight(1)).await;
    server.set_next([servers::Fault::Stall]);
    let stalled = reader.read(0..10);
    let waiting = reader.read(10..20);
    let given_up = tokio::time::timeout(std::time::Duration::from_millis(50), async {
        tokio::join!(stalled, waiting)
    });
    assert!(given_up.await.is_err());
    assert_eq!(reader.read(20..30).await.unwrap(), sample()[20..30]);
}
