//! Entries of fixed width.

pub(crate) use massmap_benches::Integers;
use massmap_benches::{Dataset, mix};

/// `(u64, u32)` to `(u32, u64, u32)`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pairs {}

impl Dataset for Pairs {
    type Key = (u64, u32);
    type Value = (u32, u64, u32);

    const NAME: &'static str = "(u64, u32)";
    const FULL_SCALE: u64 = 10_000_000;
    // Three arrays, two integers of nine bytes, three of five.
    const ENTRY_LENGTH: u64 = 3 + 2 * 9 + 3 * 5;

    fn key(ordinal: u64) -> (u64, u32) {
        (mix(ordinal), mix(ordinal ^ 1 << 62) as u32)
    }

    fn value(ordinal: u64) -> (u32, u64, u32) {
        let mixed = mix(!ordinal);
        (mixed as u32, mixed, (mixed >> 32) as u32)
    }
}

/// `[u8; 16]` to `u64`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ids {}

impl Dataset for Ids {
    type Key = [u8; 16];
    type Value = u64;

    const NAME: &'static str = "[u8; 16]";
    const FULL_SCALE: u64 = 10_000_000;
    // Two arrays, one of 16 integers of one or two bytes, and an integer of nine.
    const ENTRY_LENGTH: u64 = 1 + (3 + 16 * 3 / 2) + 9;

    fn key(ordinal: u64) -> [u8; 16] {
        let halves = u128::from(mix(ordinal)) << 64 | u128::from(mix(ordinal ^ 1 << 62));
        halves.to_le_bytes()
    }

    fn value(ordinal: u64) -> u64 {
        mix(!ordinal)
    }
}
