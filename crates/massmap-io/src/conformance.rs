//! A test suite for readers and writers of any backend.

use std::io::{Error, ErrorKind};

use crate::{MassMapReader, MassMapWriter};

/// The bytes that [`reader`] expects: enough for more than one system call, and without repetitions.
#[must_use]
pub fn sample() -> Vec<u8> {
    (0u32..25_000).flat_map(u32::to_le_bytes).collect()
}

/// Checks a reader over the bytes of [`sample`].
///
/// # Panics
///
/// Panics if the reader does not behave as [`MassMapReader`] demands.
pub fn reader(reader: &impl MassMapReader) {
    let sample = sample();
    let read = |offset: u64, length: u64| reader.read_exact_at(offset, length, |bytes| Ok(bytes.to_vec()));

    let end = sample.len();
    for (offset, length) in [
        (0, 1),
        (0, 24),
        (1, 4096),
        (end - 1, 1),
        (5, 65_536),
        (0, end),
        (16_383, 16_385),
        (100, 1),
    ] {
        let bytes = read(offset as u64, length as u64).expect("the range is there");
        assert!(
            sample.get(offset..offset + length) == Some(&bytes[..]),
            "wrong bytes at {offset} + {length}"
        );
    }

    let end = end as u64;
    if let Some(size) = reader.source_size() {
        assert_eq!(size.length, end, "the size is that of the bytes");
    }
    for (offset, length) in [
        (end, 1),
        (end - 1, 2),
        (0, end + 1),
        (end + 1_000_000, 1),
        (u64::MAX, 1),
        (u64::MAX, u64::MAX),
        (0, i64::MAX as u64),
        (end - 1, 1 << 40),
    ] {
        let called = std::cell::Cell::new(false);
        let error = reader
            .read_exact_at(offset, length, |_| {
                called.set(true);
                Ok(())
            })
            .expect_err("the range is not there");
        assert!(!called.get(), "the callback got bytes that are not there");
        let kind = error.kind();
        // An impossible offset may be refused as invalid.
        let refused =
            kind == ErrorKind::UnexpectedEof || (offset > i64::MAX as u64 && kind == ErrorKind::InvalidInput);
        assert!(refused, "{offset} + {length}: {error}");
    }

    let error = reader.read_exact_at(0, 4, |_| {
        Err::<(), _>(Error::new(ErrorKind::AddrInUse, "its own"))
    });
    let error = error.expect_err("the callback failed");
    assert_eq!(
        (error.kind(), error.to_string()),
        (ErrorKind::AddrInUse, "its own".to_owned())
    );

    let nested = reader.read_exact_at(0, 4, |outer| {
        let inner = read(4, 8)?;
        Ok([outer, &inner].concat())
    });
    assert!(nested.expect("reads may nest") == sample.get(..12).expect("the sample is longer"));

    batch(reader, &sample);
}

fn batch(reader: &impl MassMapReader, sample: &[u8]) {
    let end = sample.len() as u64;
    let ranges = [
        (end - 4, 4),
        (0, 4),
        (u64::MAX, 0),
        (0, 4),
        (8, 20_000),
        (0, 0),
        (2, 4),
    ];
    let iov = || {
        (0u32..)
            .zip(ranges)
            .map(|(number, (offset, length))| (number, offset, length))
    };
    let results = reader
        .batch_read_at::<u32, _, _>(iov(), |&number, bytes| Ok((number, bytes.to_vec())))
        .expect("all ranges are there");
    assert_eq!(results.len(), ranges.len(), "one result for each range");
    for ((number, bytes), (expected_number, (offset, length))) in results.iter().zip((0..).zip(ranges)) {
        assert_eq!(*number, expected_number, "results in the order of the ranges");
        let expected = if length == 0 {
            Some(&[][..])
        } else {
            range(sample, offset, length)
        };
        assert!(Some(&bytes[..]) == expected, "wrong bytes at {offset} + {length}");
    }

    let iov = iov().chain([(99, end, 1)]);
    let error = reader
        .batch_read_at::<u32, _, _>(iov, |_, _| Ok(()))
        .expect_err("one range is not there");
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);

    let none: [(u32, u64, u64); 0] = [];
    let results = reader
        .batch_read_at::<u32, _, _>(none, |_, _| Ok(()))
        .expect("no range is missing");
    assert_eq!(results.len(), 0);
}

fn range(sample: &[u8], offset: u64, length: u64) -> Option<&[u8]> {
    let start = usize::try_from(offset).ok()?;
    sample.get(start..start.checked_add(usize::try_from(length).ok()?)?)
}

/// Checks a writer that holds no bytes yet; `read` reads everything that was written.
///
/// # Panics
///
/// Panics if the writer does not behave as [`MassMapWriter`] demands.
pub fn writer<W: MassMapWriter>(writer: &W, read: impl Fn(&W) -> Vec<u8>) {
    let length = || writer.target_length().expect("the length can be told");
    let is_known = length().is_some();
    assert!(length().is_none_or(|length| length == 0), "it holds no bytes yet");
    let mut expected = vec![0; 24];
    expected.extend(sample());
    writer.write_all_at(&sample(), 24).expect("a write behind a gap");
    assert!(read(writer) == expected, "a gap reads as zeros");

    writer.write_all_at(b"MASSMAP!", 0).expect("a write over a gap");
    writer.write_all_at(&[7; 100], 50).expect("a write over bytes");
    writer.write_all_at(&[], 10).expect("a write of nothing");
    writer
        .write_all_at(&[], 1 << 40)
        .expect("a write of nothing behind the end");
    writer
        .write_all_at(b"end", expected.len() as u64)
        .expect("a write at the end");
    expected.splice(..8, *b"MASSMAP!");
    expected.splice(50..150, [7; 100]);
    expected.extend(b"end");
    assert!(
        read(writer) == expected,
        "writes replace what they cover and nothing else"
    );
    assert_eq!(
        length(),
        is_known.then_some(expected.len() as u64),
        "the length grows"
    );

    for offset in [u64::MAX, u64::MAX - 1, i64::MAX as u64] {
        writer
            .write_all_at(b"far", offset)
            .expect_err("no target is that large");
    }
    assert!(read(writer) == expected, "a refused write changes nothing");
}
