//! Damaged and hostile files through the front door: errors of ours, never a panic, and never a wrong answer.

use massmap::{Builder, Error, IoError, Map, OpenOptions, ReadError};
use support::allocations::peak_of;

use super::files::{Scratch, old_squares};

const KEYS: u64 = 40;

/// A small file, with pages of several entries.
fn small() -> Vec<u8> {
    let entries = (0..KEYS).map(|key| (key, format!("value {key}")));
    Builder::new()
        .with_page_size(512)
        .with_miss_filter(true)
        .build_bytes(entries)
        .unwrap()
}

/// Does everything with a map, and counts the lookups that were right.
fn look_at(map: &Map<u64, String>) -> u64 {
    let mut right = 0;
    for key in 0..2 * KEYS {
        match map.get(&key) {
            Ok(Some(value)) => {
                assert!(
                    key < KEYS && value == format!("value {key}"),
                    "a wrong value of {key}: {value}"
                );
                right += 1;
            }
            Ok(None) => assert!(key >= KEYS, "a wrong miss of {key}"),
            Err(error) => assert!(!matches!(error, Error::Io(_)), "{error:?}"),
        }
    }
    let keys: Vec<u64> = (0..2 * KEYS).collect();
    _ = map.batch_get(&keys);
    _ = map.iter().count();
    right
}

fn open(bytes: Vec<u8>, every_read: bool) -> massmap::Result<Map<u64, String>> {
    let options = OpenOptions::new();
    match every_read {
        true => options
            .checksum_policy(massmap::ChecksumPolicy::EveryRead)
            .open_bytes(bytes),
        false => options.open_bytes(bytes),
    }
}

#[test]
fn every_flipped_bit_is_an_error_or_makes_no_difference() {
    let intact = small();
    let (mut refused, mut opened) = (0, 0);
    for byte in 0..intact.len() {
        let mut bytes = intact.clone();
        bytes[byte] ^= 1 << (byte % 8);
        match open(bytes, byte % 2 == 0) {
            Ok(map) => {
                opened += 1;
                look_at(&map);
            }
            Err(error) => {
                refused += 1;
                assert!(!matches!(error, Error::Io(_)), "{error:?}");
            }
        }
    }
    assert!(
        refused > 150 && opened > 300,
        "{refused} refused, {opened} opened"
    );
}

#[test]
fn every_truncated_file_is_refused() {
    let intact = small();
    assert_eq!(look_at(&open(intact.clone(), false).unwrap()), KEYS);
    let scratch = Scratch::new();
    for length in 0..intact.len() {
        let bytes = intact[..length].to_vec();
        if length % 97 == 0 {
            let path = scratch.file("cut", &bytes);
            let error = massmap::open::<u64, String>(&path).unwrap_err();
            assert!(
                matches!(error, Error::File(IoError::UnexpectedEnd { .. })),
                "{length}: {error:?}"
            );
        }
        let error = open(bytes, false).unwrap_err();
        assert!(
            matches!(error, Error::File(IoError::UnexpectedEnd { .. })),
            "{length}: {error:?}"
        );
    }
}

#[test]
fn files_of_format_1_are_looked_at_just_as_carefully() {
    let intact = old_squares();
    for byte in (0..intact.len()).step_by(101) {
        let mut bytes = intact.clone();
        bytes[byte] ^= 0x40;
        // They have no checksums, so that values may be wrong; nothing panics.
        if let Ok(map) = OpenOptions::new().open_bytes::<u64, u64>(bytes) {
            _ = map.get(&7);
            _ = map.batch_get(&[1, 2, 3]);
        }
    }
    for length in (0..intact.len()).step_by(1009) {
        let error = OpenOptions::new()
            .open_bytes::<u64, u64>(intact[..length].to_vec())
            .unwrap_err();
        assert!(!matches!(error, Error::Io(_)), "{error:?}");
    }
}

#[test]
fn opening_takes_no_more_memory_than_the_file_holds() {
    let mut bytes = small();
    // The headers say that there are as many pages as can be.
    let length = bytes.len();
    for header in [0, length - 512] {
        bytes[header + 48..][..8].copy_from_slice(&u64::MAX.to_le_bytes());
    }
    let (opened, peak) = peak_of(|| open(bytes, false));
    assert!(opened.is_err());
    assert!(peak < 4 * length, "{peak}");
}

#[test]
fn a_value_of_another_type_is_an_error_that_names_both() {
    let error = OpenOptions::new().open_bytes::<u64, u64>(small()).unwrap_err();
    assert!(
        matches!(error, Error::Read(ReadError::TypeDiffers { part: "value", .. })),
        "{error:?}"
    );
    let message = error.to_string();
    assert!(message.contains("u64") && message.contains("string"), "{message}");
}
