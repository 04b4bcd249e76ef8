//! Single reads and batches.

use std::io::{ErrorKind, Result};
use std::sync::Arc;
use std::time::Duration;

use massmap_async::object_store::memory::InMemory;
use massmap_async::object_store::path::Path;
use massmap_async::object_store::{ObjectStoreExt, PutPayload};
use massmap_async::{BlockingOptions, BlockingReader, MemoryReader, ObjectReader};
use massmap_io::{MassMapReader, conformance};
use servers::{Fault, Latency, Object};

use crate::remote::{PATH, http, readers, sample, server};

#[test]
fn blocking_readers_are_readers_as_the_suite_demands() {
    conformance::reader(&BlockingReader::open(MemoryReader::new(conformance::sample())).unwrap());
    let store = Arc::new(InMemory::new());
    let path = Path::from("a");
    let put = store.put(&path, PutPayload::from(conformance::sample()));
    futures_util::FutureExt::now_or_never(put).unwrap().unwrap();
    let in_memory = ObjectReader::new(store, path, "a");
    conformance::reader(&BlockingReader::open(in_memory).unwrap());
    let server = server();
    server.put(PATH, Object::new(conformance::sample()));
    for reader in readers(&server) {
        for options in [
            BlockingOptions::new(),
            BlockingOptions::new()
                .requests_in_flight(1)
                .largest_gap(0)
                .longest_request(1),
            BlockingOptions::new().first_read(u64::MAX),
        ] {
            conformance::reader(&options.open(reader.clone()).unwrap());
        }
    }
    assert!(server.requests().iter().all(|request| request.method == "GET"));
}

#[test]
fn opening_is_one_request_and_its_bytes_are_not_read_again() {
    let server = server();
    let reader = BlockingReader::open(http(&server)).unwrap();
    assert_eq!(reader.source_size().map(|size| size.length), Some(200_000));
    let read = |offset: u64, length| reader.read_exact_at(offset, length, |bytes| Ok(bytes.to_vec()));
    assert_eq!(
        read(200_000 - 65_536, 65_536).unwrap(),
        sample()[200_000 - 65_536..]
    );
    assert_eq!(read(199_999, 1).unwrap(), sample()[199_999..]);
    assert_eq!(read(200_000, 1).unwrap_err().kind(), ErrorKind::UnexpectedEof);
    assert_eq!(server.request_count(), 1);
    assert_eq!(read(0, 10).unwrap(), sample()[..10]);
    assert_eq!(server.request_count(), 2);
}

/// Reads ranges of 10 bytes at these offsets, and compares them.
fn batch(reader: &impl MassMapReader, offsets: &[u64]) {
    let sample = sample();
    let ranges = offsets.iter().map(|&offset| (offset, offset, 10));
    let read: Result<_> =
        reader.batch_read_at::<u64, _, _>(ranges, |&offset, bytes| Ok((offset, bytes.to_vec())));
    let read = read.unwrap();
    assert_eq!(read.len(), offsets.len());
    for (&offset, (companion, bytes)) in offsets.iter().zip(read) {
        assert_eq!(companion, offset);
        let start = usize::try_from(offset).unwrap();
        assert_eq!(bytes, sample[start..start + 10]);
    }
}

#[test]
fn a_batch_has_as_many_requests_in_flight_as_it_may_and_answers_in_order() {
    let server = server();
    // Shorter waits for later requests: answers come out of order.
    server.set_rule(|request| Fault::Delay(Duration::from_millis(100 - request.number as u64 % 20)));
    let options = BlockingOptions::new().largest_gap(0).requests_in_flight(7);
    let reader = options.open(http(&server)).unwrap();
    server.forget_requests();
    let offsets: Vec<_> = (0..60).map(|number| number * 37 % 60 * 1000).collect();
    batch(&reader, &offsets);
    assert_eq!(server.request_count(), 60);
    assert_eq!(server.most_in_flight(), 7);
}

#[test]
fn neighbours_in_a_batch_are_one_request() {
    let server = server();
    let offsets: Vec<_> = (0..100).map(|number| number * 1000).collect();
    for (gap, longest, requests) in [
        (64 << 10, 1 << 20, 1),
        (990, 1 << 20, 1),
        (989, 1 << 20, 100),
        (990, 10_000, 10),
        (990, 10_010, 10),
        (990, 9_010, 10),
        (990, 9_009, 12),
    ] {
        let options = BlockingOptions::new().largest_gap(gap).longest_request(longest);
        let reader = options.open(http(&server)).unwrap();
        server.forget_requests();
        batch(&reader, &offsets);
        assert_eq!(server.request_count(), requests, "{gap} {longest}");
    }
}

#[test]
fn a_batch_takes_no_more_memory_than_its_requests_in_flight() {
    let length = 64 << 20;
    let server = server();
    server.put(PATH, Object::new(vec![7; length]));
    let options = BlockingOptions::new()
        .largest_gap(0)
        .longest_request(64 << 10)
        .requests_in_flight(4);
    let reader = options.open(http(&server)).unwrap();
    server.forget_requests();
    let step = 64 << 10;
    let read = std::cell::Cell::new(0u64);
    let ranges = (0..length as u64 - step)
        .step_by(64 << 10)
        .map(|offset| ((), offset, step));
    reader
        .batch_read_at::<(), _, _>(ranges, |(), bytes| {
            read.set(read.get() + bytes.len() as u64);
            // What was asked for ahead of what is used.
            let ahead = server.bytes_sent() - read.get();
            assert!(ahead <= 4 * step, "{ahead}");
            Ok(())
        })
        .unwrap();
    assert_eq!(read.get(), length as u64 - step);
}

#[test]
fn the_first_error_ends_a_batch() {
    let server = server();
    let options = BlockingOptions::new().largest_gap(0);
    let reader = options.open(http(&server)).unwrap();
    server.set_rule(|request| match request.range() {
        Some("bytes=3000-3009") => Fault::Status(403),
        _ => Fault::None,
    });
    let offsets = [0, 1000, 2000, 3000, 4000, 300_000];
    let called = std::cell::RefCell::new(Vec::new());
    let error = reader
        .batch_read_at::<u64, _, _>(offsets.map(|offset| (offset, offset, 10)), |&offset, _| {
            called.borrow_mut().push(offset);
            Ok(())
        })
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert_eq!(called.into_inner(), [0, 1000, 2000]);
    // It can be used on.
    batch(&reader, &[0, 1000]);
}

#[test]
fn a_stalled_server_does_not_stall_others() {
    let (stalled, other) = (server(), server());
    let waiting = BlockingReader::open(http(&stalled)).unwrap();
    let reader = BlockingReader::open(http(&other)).unwrap();
    stalled.set_rule(|_| Fault::Stall);
    let thread = std::thread::spawn(move || waiting.read_exact_at(0, 10, |_| Ok(())));
    while stalled.request_count() < 2 {
        std::thread::yield_now();
    }
    batch(&reader, &[0, 10, 5000]);
    assert!(!thread.is_finished());
    stalled.clear_rules();
    // Its connection ends, and no other is accepted.
    drop(stalled);
    thread.join().unwrap().unwrap_err();
}

#[test]
fn threads_read_at_the_same_time() {
    let server = server();
    server.set_latency(Latency::always(Duration::from_millis(300)));
    let reader = BlockingReader::open(http(&server)).unwrap();
    std::thread::scope(|scope| {
        for number in 0..16 {
            let reader = &reader;
            scope.spawn(move || batch(reader, &[number * 1000]));
        }
    });
    assert!(server.most_in_flight() > 8, "{}", server.most_in_flight());
}
