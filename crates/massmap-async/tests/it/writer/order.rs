//! What is sent when.

use std::io::ErrorKind;

use massmap_io::MassMapWriter;

use super::store::{Call, Recorder};
use super::{PART, sample};

#[test]
fn an_object_of_less_than_a_part_is_one_request() {
    for length in [0, 1, 1000, PART] {
        let (store, content) = (Recorder::new(), sample(length));
        let writer = store.writer();
        writer.write_all_at(&content, 0).unwrap();
        assert_eq!(store.calls(), []);
        writer.finish().unwrap();
        assert_eq!(store.calls(), [Call::Put(length)]);
        assert_eq!(store.content(), Some(content));

        writer.finish().unwrap();
        let error = writer.write_all_at(b"more", 0).unwrap_err();
        assert_eq!(
            error.to_string(),
            "store://maps/a is finished and cannot be changed: write it anew"
        );
        drop(writer);
        assert_eq!(store.calls(), [Call::Put(length)]);
    }
}

#[test]
fn parts_are_sent_from_the_second_on_and_the_first_goes_last() {
    let (store, content) = (Recorder::new(), sample(4 * PART + 100));
    store.put_directly(b"old");
    let writer = store.writer();
    writer.write_all_at(&[0; 4096], 0).unwrap();
    // Of lengths that parts are no multiples of.
    for (number, piece) in content.chunks(999_983).enumerate() {
        let offset = number * 999_983;
        let skip = 4096usize.saturating_sub(offset);
        writer
            .write_all_at(&piece[skip..], (offset + skip) as u64)
            .unwrap();
    }
    writer.write_all_at(&content[..4096], 0).unwrap();
    assert_eq!(store.content().unwrap(), b"old");
    writer.finish().unwrap();
    assert_eq!(store.content(), Some(content));

    let calls = store.calls();
    assert_eq!(calls[0], Call::Create);
    let mut between = calls[1..calls.len() - 2].to_vec();
    between.sort_by_key(|call| match call {
        Call::Part(number, _) => *number,
        call => panic!("{call:?}"),
    });
    assert_eq!(
        between,
        [
            Call::Part(1, PART),
            Call::Part(2, PART),
            Call::Part(3, PART),
            Call::Part(4, 100)
        ]
    );
    assert_eq!(calls[calls.len() - 2..], [Call::Part(0, PART), Call::Complete]);
}

#[test]
fn no_more_is_being_sent_than_was_allowed() {
    let store = Recorder::new();
    let writer = store.writer();
    for part in 0..12 {
        writer.write_all_at(&vec![7; PART], (part * PART) as u64).unwrap();
    }
    writer.finish().unwrap();
    assert_eq!(store.content().map(|content| content.len()), Some(12 * PART));
    let most = store.most_in_flight();
    assert!((PART..=2 * PART).contains(&(most as usize)), "{most}");

    // A part is sent even if it is longer than all that is allowed.
    let store = Recorder::new();
    let writer = store.writer().with_bytes_in_flight(0);
    writer.write_all_at(&vec![7; 4 * PART], 0).unwrap();
    writer.finish().unwrap();
    assert_eq!(store.most_in_flight(), PART as u64);
}

#[test]
fn what_was_not_sent_can_be_written_again() {
    let store = Recorder::new();
    let writer = store.writer();
    let mut expected = sample(2 * PART + 2000);
    writer.write_all_at(&expected, 0).unwrap();
    for offset in [0, 1, PART - 10, 2 * PART, 2 * PART + 1995] {
        let length = (PART.max(offset) + 10).min(expected.len()) - offset;
        let length = match offset < PART {
            true => length.min(PART - offset).min(10),
            false => length.min(10),
        };
        expected[offset..offset + length].fill(9);
        writer.write_all_at(&vec![9; length], offset as u64).unwrap();
    }
    writer.finish().unwrap();
    assert_eq!(store.content(), Some(expected));
}

#[test]
fn what_was_sent_cannot_be_written_again_and_nothing_can_be_left_out() {
    let end = 2 * PART + 2000;
    for (written, offset, length) in [
        // Gaps.
        (0, 1, 1),
        (0, PART, 1),
        (PART - 1, PART, 1),
        (PART, PART + 1, 1),
        (end, end + 1, 1),
        (end, usize::MAX, 1),
        // Sent.
        (end, PART, 1),
        (end, 2 * PART - 1, 2),
        (end, PART - 1, 2),
        (end, 0, end),
    ] {
        let store = Recorder::new();
        store.put_directly(b"old");
        let writer = store.writer();
        writer.write_all_at(&sample(written), 0).unwrap();
        let error = writer.write_all_at(&vec![9; length], offset as u64).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let begin = format!("cannot write {length} bytes at {offset} of store://maps/a: ");
        assert!(error.to_string().starts_with(&begin), "{error}");
        let again = writer.write_all_at(b"a", 0).unwrap_err();
        assert_eq!(again.kind(), ErrorKind::ConnectionAborted);
        writer.finish().unwrap_err();
        assert_eq!(store.content().unwrap(), b"old");
        let calls = store.calls();
        assert!(
            calls.is_empty() || calls.last() == Some(&Call::Abort),
            "{calls:?}"
        );
    }
    let writer = Recorder::new().writer();
    writer.write_all_at(&sample(end), 0).unwrap();
    let error = writer.write_all_at(b"ab", PART as u64).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot write 2 bytes at 5242880 of store://maps/a: an object is written from its start to its end, and by now only its first \
         5242880 bytes and those from 10485760 to 10487760 can be written again"
    );
}
