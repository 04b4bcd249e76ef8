use proptest::prelude::*;

use super::*;

/// The shortest value of every first byte.
fn shortest_values() -> impl Iterator<Item = Vec<u8>> {
    (0..=255u8).filter(|&marker| marker != 0xc1).map(|marker| {
        let length = match marker {
            0x80..=0x8f => 1 + 2 * usize::from(marker & 0x0f),
            0x90..=0x9f => 1 + usize::from(marker & 0x0f),
            0xa0..=0xbf => 1 + usize::from(marker & 0x1f),
            0xc4 | 0xcc | 0xd0 | 0xd9 => 2,
            0xc5 | 0xc7 | 0xcd | 0xd1 | 0xd4 | 0xda | 0xdc | 0xde => 3,
            0xc8 | 0xd5 => 4,
            0xc6 | 0xca | 0xce | 0xd2 | 0xdb | 0xdd | 0xdf => 5,
            0xc9 | 0xd6 => 6,
            0xcb | 0xcf | 0xd3 => 9,
            0xd7 => 10,
            0xd8 => 18,
            _ => 1,
        };
        let mut value = vec![0; length];
        value[0] = marker;
        value
    })
}

#[test]
fn the_end_of_a_value_is_found_whatever_its_first_byte() {
    for value in shortest_values() {
        let mut bytes = value.clone();
        bytes.extend_from_slice(b"\xc3rest");
        let mut walker = Walker::new(&bytes);
        assert_eq!(walker.value().unwrap(), value, "marker {:#x}", value[0]);
        assert_eq!(walker.position(), value.len());
        assert_eq!(walker.remaining(), b"\xc3rest");
    }
}

#[test]
fn a_value_truncated_anywhere_is_refused() {
    for value in shortest_values() {
        for length in 0..value.len() {
            let error = Walker::new(&value[..length]).value().unwrap_err();
            assert!(
                matches!(error, FormatError::Truncated { .. }),
                "marker {:#x}: {error}",
                value[0]
            );
        }
    }
}

#[test]
fn the_marker_that_messagepack_never_uses_is_refused() {
    let error = Walker::new(b"\x92\x01\xc1").value().unwrap_err();
    assert!(
        matches!(error, FormatError::ReservedMarker { position: 2 }),
        "{error}"
    );
}

#[test]
fn nesting_is_allowed_to_the_limit_and_no_deeper() {
    for (open, close) in [
        (&b"\x91"[..], &b"\x00"[..]),
        (b"\x81\x00", b"\x00"),
        (b"\xdc\x00\x01", b"\x00"),
    ] {
        let mut bytes = open.repeat(MAX_DEPTH);
        bytes.extend_from_slice(close);
        Walker::new(&bytes).value().unwrap();

        let mut bytes = open.repeat(MAX_DEPTH + 1);
        bytes.extend_from_slice(close);
        let error = Walker::new(&bytes).value().unwrap_err();
        assert!(
            matches!(error, FormatError::TooDeep { limit: MAX_DEPTH, .. }),
            "{error}"
        );
    }
    // Much deeper than any stack could hold.
    Walker::new(&[0x91; 10_000_000]).value().unwrap_err();
}

#[test]
fn counts_beyond_the_slice_are_refused_before_any_element_is_walked() {
    for bytes in [
        &b"\xdd\xff\xff\xff\xff"[..],
        b"\xdf\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\xc9\xff\xff\xff\xff\0",
    ] {
        let error = Walker::new(bytes).value().unwrap_err();
        assert!(
            matches!(error, FormatError::Truncated { needed, .. } if needed >= u64::from(u32::MAX)),
            "{error}"
        );
    }
    let error = Walker::new(b"\xdd\xff\xff\xff\xff").array_header().unwrap_err();
    assert!(
        matches!(
            error,
            FormatError::Truncated {
                needed: 0xffff_ffff,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn map_headers_of_every_width_are_read() {
    for (bytes, length) in [
        (&b"\x82\0\0\0\0"[..], 2),
        (b"\xde\0\x01\0\0", 1),
        (b"\xdf\0\0\0\x01\0\0", 1),
        (b"\x80", 0),
    ] {
        assert_eq!(Walker::new(bytes).map_header().unwrap(), length);
    }
    let error = Walker::new(b"\x91\0").map_header().unwrap_err();
    assert!(
        matches!(error, FormatError::UnexpectedMarker { marker: 0x91, .. }),
        "{error}"
    );
    let error = Walker::new(b"\x82\0\0\0").map_header().unwrap_err();
    assert!(
        matches!(
            error,
            FormatError::Truncated {
                needed: 4,
                available: 3,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn array_headers_of_every_width_are_read() {
    for (bytes, length) in [
        (&b"\x91\0"[..], 1),
        (b"\x90", 0),
        (b"\xdc\0\x02\0\0", 2),
        (b"\xdd\0\0\0\x03\0\0\0", 3),
    ] {
        assert_eq!(Walker::new(bytes).array_header().unwrap(), length);
    }
    let error = Walker::new(b"\x81\0\0").array_header().unwrap_err();
    assert!(
        matches!(
            error,
            FormatError::UnexpectedMarker {
                position: 0,
                marker: 0x81,
                ..
            }
        ),
        "{error}"
    );
    let error = Walker::new(b"\x91\0").array_of(2).unwrap_err();
    assert!(
        matches!(
            error,
            FormatError::ArrayLength {
                position: 0,
                found: 1,
                expected: 2
            }
        ),
        "{error}"
    );
}

#[test]
fn integers_are_read_in_every_encoding() {
    for (bytes, value) in [
        (&b"\x7f"[..], 0x7f),
        (b"\xcc\xff", 0xff),
        (b"\xcd\xff\xfe", 0xfffe),
        (b"\xce\xff\0\0\x01", 0xff00_0001),
        (b"\xcf\xff\0\0\0\0\0\0\x01", 0xff00_0000_0000_0001),
        (b"\xd0\x7f", 0x7f),
        (b"\xd1\x7f\xff", 0x7fff),
        (b"\xd2\x7f\xff\xff\xff", 0x7fff_ffff),
        (b"\xd3\x7f\xff\xff\xff\xff\xff\xff\xff", 0x7fff_ffff_ffff_ffff),
    ] {
        assert_eq!(Walker::new(bytes).unsigned().unwrap(), value);
    }
    for bytes in [
        &b"\xff"[..],
        b"\xd0\x80",
        b"\xd1\x80\0",
        b"\xd3\x80\0\0\0\0\0\0\0",
        b"\xa0",
        b"\xca\0\0\0\0",
    ] {
        let error = Walker::new(bytes).unsigned().unwrap_err();
        assert!(matches!(error, FormatError::UnexpectedMarker { .. }), "{error}");
    }
}

#[test]
fn strings_of_every_width_are_read_and_nothing_else() {
    for bytes in [&b"\xa1a"[..], b"\xd9\x01a", b"\xda\0\x01a", b"\xdb\0\0\0\x01a"] {
        assert_eq!(Walker::new(bytes).string().unwrap(), bytes);
    }
    for bytes in [&b"\xc4\x01a"[..], b"\x01", b"\x90", b"\xc0"] {
        let error = Walker::new(bytes).string().unwrap_err();
        assert!(
            matches!(error, FormatError::UnexpectedMarker { position: 0, .. }),
            "{error}"
        );
    }
    let error = Walker::new(b"").string().unwrap_err();
    assert!(matches!(error, FormatError::Truncated { .. }), "{error}");
}

#[test]
fn bytes_left_over_are_reported() {
    let mut walker = Walker::new(b"\x01\x02\x03");
    walker.value().unwrap();
    let error = walker.finish().unwrap_err();
    assert!(
        matches!(
            error,
            FormatError::TrailingBytes {
                position: 1,
                length: 2
            }
        ),
        "{error}"
    );
}

proptest! {
    #[test]
    fn a_walked_value_is_a_prefix_of_the_bytes_whatever_they_are(bytes: Vec<u8>) {
        let mut walker = Walker::new(&bytes);
        if let Ok(value) = walker.value() {
            prop_assert!(!value.is_empty());
            prop_assert!(bytes.starts_with(value));
            prop_assert_eq!(walker.position(), value.len());
        }
    }

    #[test]
    fn the_walker_ends_where_the_decoder_does(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        // The decoder refuses more than the walker (strings that are not UTF-8), but ends at the same position.
        let mut decoder = rmp_serde::Deserializer::new(std::io::Cursor::new(&bytes));
        if <serde::de::IgnoredAny as serde::Deserialize>::deserialize(&mut decoder).is_ok() {
            let mut walker = Walker::new(&bytes);
            walker.value().unwrap();
            prop_assert_eq!(walker.position() as u64, decoder.position());
        }
    }
}
