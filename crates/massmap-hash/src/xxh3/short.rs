//! Hashing keys of a few bytes without a buffer.

use std::cell::Cell;
use std::hash::Hasher;

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The most bytes that are hashed this way.
const MOST: usize = 16;

/// Collects the bytes of numbers, as long as there are few.
///
/// All of it is known when the key's type is, so that nothing but the hash is left to be computed.
#[derive(Debug, Default)]
pub(super) struct ShortHasher {
    bytes: u128,
    /// Number of bytes; more than [`MOST`] once they are no longer collected.
    length: usize,
    /// Whether the key asked for a hash itself, which is not known here.
    is_asked: Cell<bool>,
}

impl ShortHasher {
    /// The hash with this seed; `None` if there were too many bytes, or bytes that are no numbers, or the key asked for a hash.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn hash(self, seed: u64) -> Option<u64> {
        if self.is_asked.get() {
            return None;
        }
        let bytes = self.bytes.to_le_bytes();
        Some(xxh3_64_with_seed(bytes.get(..self.length)?, seed))
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn push(&mut self, number: u128, length: usize) {
        let start = self.length;
        self.length += length;
        match self.length {
            0..=MOST if length > 0 => self.bytes |= number << (8 * start),
            _ => self.length = self.length.min(MOST + 1),
        }
    }
}

macro_rules! numbers {
    ($($method:ident($integer:ty))*) => {
        $(
            #[cfg_attr(not(debug_assertions), inline(always))]
            fn $method(&mut self, number: $integer) {
                self.push(number.into(), size_of::<$integer>());
            }
        )*
    };
}

impl Hasher for ShortHasher {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn write(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.length = MOST + 1;
        }
    }

    // The provided methods for signed integers of a fixed width go through these.
    numbers! {
        write_u8(u8) write_u16(u16) write_u32(u32) write_u64(u64) write_u128(u128)
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn write_isize(&mut self, number: isize) {
        self.write_i64(number as i64);
    }

    fn finish(&self) -> u64 {
        self.is_asked.set(true);
        0
    }
}
