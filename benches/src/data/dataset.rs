//! Entries that are computed from their ordinals, so that no data set needs to be stored.

use std::fmt::Debug;
use std::hash::Hash;

use bench_support::mix;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// An endless sequence of entries with distinct keys.
pub trait Dataset {
    /// Type of the keys.
    type Key: Serialize + DeserializeOwned + Hash + Eq + Clone + Debug + Send + Sync;
    /// Type of the values.
    type Value: Serialize + DeserializeOwned + Eq + Clone + Debug + Send + Sync;

    /// Name in the output of the benches and in file names.
    const NAME: &'static str;
    /// Number of entries of a bench at full scale.
    const FULL_SCALE: u64;
    /// Length of an encoded entry in bytes, apart from a few shorter ones; the mean if lengths differ.
    const ENTRY_LENGTH: u64;

    /// The key of the entry `ordinal`.
    fn key(ordinal: u64) -> Self::Key;
    /// The value of the entry `ordinal`.
    fn value(ordinal: u64) -> Self::Value;
}

/// `u64` to `u64`, with keys and values spread over the whole range.
#[derive(Debug, Clone, Copy)]
pub enum Integers {}

impl Dataset for Integers {
    type Key = u64;
    type Value = u64;

    const NAME: &'static str = "u64";
    const FULL_SCALE: u64 = 10_000_000;
    // An array of two, and two integers of nine bytes.
    const ENTRY_LENGTH: u64 = 1 + 9 + 9;

    fn key(ordinal: u64) -> u64 {
        mix(ordinal)
    }

    fn value(ordinal: u64) -> u64 {
        mix(!ordinal)
    }
}

/// ASCII strings of 21 bytes to ASCII strings of 100 bytes.
#[derive(Debug, Clone, Copy)]
pub enum Strings {}

impl Dataset for Strings {
    type Key = String;
    type Value = String;

    const NAME: &'static str = "string";
    const FULL_SCALE: u64 = 1_000_000;
    // An array of two, a fixstr, and a str 8.
    const ENTRY_LENGTH: u64 = 1 + (1 + 21) + (2 + 100);

    fn key(ordinal: u64) -> String {
        format!("k{:020}", mix(ordinal))
    }

    fn value(ordinal: u64) -> String {
        text(!ordinal, 100)
    }
}

/// `u64` to ASCII strings of 256 bytes.
#[derive(Debug, Clone, Copy)]
pub enum Records {}

impl Dataset for Records {
    type Key = u64;
    type Value = String;

    const NAME: &'static str = "record";
    const FULL_SCALE: u64 = 1_000_000;
    // An array of two, an integer, and a str 16.
    const ENTRY_LENGTH: u64 = 1 + 9 + (3 + 256);

    fn key(ordinal: u64) -> u64 {
        mix(ordinal)
    }

    fn value(ordinal: u64) -> String {
        text(!ordinal, 256)
    }
}

/// `u64` to ASCII strings of 1 to 4 KiB.
#[derive(Debug, Clone, Copy)]
pub enum Long {}

impl Dataset for Long {
    type Key = u64;
    type Value = String;

    const NAME: &'static str = "long";
    const FULL_SCALE: u64 = 100_000;
    // An array of two, an integer, and a str 16 of 2.5 KiB on average.
    const ENTRY_LENGTH: u64 = 1 + 9 + (3 + 2560);

    fn key(ordinal: u64) -> u64 {
        mix(ordinal)
    }

    fn value(ordinal: u64) -> String {
        let length = 1024 + mix(ordinal ^ 1 << 63) % (3 * 1024 + 1);
        text(!ordinal, length as usize)
    }
}

/// A string of ASCII characters from `0` to `o`.
fn text(seed: u64, length: usize) -> String {
    let mut bytes = Vec::with_capacity(length.next_multiple_of(8));
    for part in 0..length.div_ceil(8) as u64 {
        // Six random bits per character, which is fast.
        let bits = mix(seed ^ part << 48) & 0x3f3f_3f3f_3f3f_3f3f;
        bytes.extend_from_slice(&(bits + 0x3030_3030_3030_3030).to_le_bytes());
    }
    bytes.truncate(length);
    String::from_utf8(bytes).expect("the bytes are ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_have_the_stated_lengths() {
        fn lengths<D: Dataset>() -> impl Iterator<Item = u64> {
            (0..100).map(|ordinal| {
                rmp_serde::to_vec(&(D::key(ordinal), D::value(ordinal)))
                    .unwrap()
                    .len() as u64
            })
        }
        assert!(lengths::<Integers>().all(|length| length == Integers::ENTRY_LENGTH));
        assert!(lengths::<Strings>().all(|length| length == Strings::ENTRY_LENGTH));
        assert!(lengths::<Records>().all(|length| length == Records::ENTRY_LENGTH));
        let mean = lengths::<Long>().sum::<u64>() / 100;
        assert!(
            (Long::ENTRY_LENGTH - 300..Long::ENTRY_LENGTH + 300).contains(&mean),
            "{mean}"
        );
        assert!((0..1000).all(|ordinal| (1024..=4096).contains(&Long::value(ordinal).len())));
    }
}
