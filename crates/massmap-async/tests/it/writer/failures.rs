//! Failures leave nothing behind.

use std::io::ErrorKind;
use std::thread;

use massmap_async::{ObjectWriter, RemoteError};
use massmap_io::MassMapWriter;

use super::store::{Call, Recorder};
use super::{PART, sample};

fn write_all(writer: ObjectWriter, content: &[u8]) -> std::io::Result<()> {
    for (number, piece) in content.chunks(PART / 2).enumerate() {
        writer.write_all_at(piece, (number * (PART / 2)) as u64)?;
    }
    writer.finish()
}

/// Number of calls for an object of five parts: the last one completes it.
const CALLS: usize = 7;

#[test]
fn whichever_call_fails_nothing_is_left_and_an_older_object_stays() {
    let content = sample(4 * PART + 7);
    let succeeds = Recorder::new();
    write_all(succeeds.writer(), &content).unwrap();
    assert_eq!(succeeds.calls().len(), CALLS);
    for failing in 0..CALLS {
        let store = Recorder::failing(vec![failing]);
        store.put_directly(b"old");
        let error = write_all(store.writer(), &content).unwrap_err();
        let calls = store.calls();
        let step = match calls[failing] {
            Call::Create => "beginning the upload".to_owned(),
            Call::Part(number, _) => format!("part {}", number + 1),
            Call::Complete => "completing the upload".to_owned(),
            call => panic!("{call:?}"),
        };
        assert_eq!(
            error.to_string(),
            format!("cannot write store://maps/a: {step} failed")
        );
        let payload: &RemoteError = error.get_ref().unwrap().downcast_ref().unwrap();
        assert!(matches!(payload, RemoteError::Write { .. }), "{payload:?}");
        assert_eq!(store.content().unwrap(), b"old");
        match failing {
            // There is nothing to remove.
            0 => assert_eq!(calls, [Call::Create]),
            _ => assert_eq!(calls.last(), Some(&Call::Abort)),
        }
        assert_eq!(
            calls.iter().filter(|call| **call == Call::Abort).count(),
            usize::from(failing > 0)
        );
        assert!(
            failing == CALLS - 1 || !calls.contains(&Call::Complete),
            "{calls:?}"
        );
    }
}

#[test]
fn a_small_object_that_is_refused_leaves_the_older_one() {
    let store = Recorder::failing(vec![0]);
    store.put_directly(b"old");
    let error = write_all(store.writer(), b"new").unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot write store://maps/a: writing the object failed"
    );
    assert_eq!(store.calls(), [Call::Put(3)]);
    assert_eq!(store.content().unwrap(), b"old");
}

#[test]
fn a_writer_that_is_dropped_leaves_nothing() {
    let store = Recorder::new();
    let writer = store.writer();
    writer.write_all_at(&sample(3 * PART), 0).unwrap();
    drop(writer);
    assert_eq!(store.calls().last(), Some(&Call::Abort));
    assert_eq!(store.content(), None);

    let store = Recorder::new();
    let writer = store.writer();
    writer.write_all_at(&sample(PART), 0).unwrap();
    drop(writer);
    assert_eq!(store.calls(), []);
}

#[test]
fn parts_that_cannot_be_removed_are_told_of() {
    // The last part and the abort that follows it.
    let store = Recorder::failing(vec![CALLS - 2, CALLS - 1]);
    let error = write_all(store.writer(), &sample(4 * PART + 7)).unwrap_err();
    assert_eq!(store.calls()[CALLS - 2..], [Call::Part(0, PART), Call::Abort]);
    let message = error.to_string();
    assert!(
        message.starts_with("the parts of store://maps/a that were written could not be removed"),
        "{message}"
    );
    assert!(message.ends_with("(other error)"), "{message}");
    let cause = std::error::Error::source(error.get_ref().unwrap()).unwrap();
    assert_eq!(cause.to_string(), "cannot write store://maps/a: part 1 failed");
}

#[test]
fn a_write_that_waits_for_a_server_is_ended_from_another_thread() {
    let store = Recorder::stalling();
    let writer = store.writer();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| writer.write_all_at(&sample(8 * PART), 0));
        while store
            .calls()
            .iter()
            .filter(|call| matches!(call, Call::Part(..)))
            .count()
            < 2
        {
            thread::yield_now();
        }
        writer.abort().unwrap();
        let error = waiting.join().unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionAborted);
        assert_eq!(
            error.to_string(),
            "writing store://maps/a was given up: nothing is left of it"
        );
    });
    // No third part was sent meanwhile.
    let calls = store.calls();
    assert_eq!(
        calls,
        [
            Call::Create,
            Call::Part(1, PART),
            Call::Part(2, PART),
            Call::Abort
        ]
    );
    writer.finish().unwrap_err();
    assert_eq!(
        store.calls().iter().filter(|call| **call == Call::Abort).count(),
        1
    );

    // Before anything was sent, too.
    let writer = Recorder::new().writer();
    writer.write_all_at(b"a", 0).unwrap();
    writer.abort().unwrap();
    writer.finish().unwrap_err();
}
