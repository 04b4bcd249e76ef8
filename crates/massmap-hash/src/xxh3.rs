//! XXH3, a hash function that stays the same.

mod short;

use std::hash::{BuildHasher, Hash, Hasher};

use massmap_format::MassMapHashConfig;
use serde_json::json;
use xxhash_rust::xxh3::{Xxh3, xxh3_64_with_seed};

use crate::{MassMapHashLoader, load_seed};
use short::ShortHasher;

/// Loads `xxh3` (XXH3, 64 bits) with the parameter `seed`: the same hash on every platform and in every version.
///
/// # What is hashed
///
/// The hash of a key is the seeded XXH3-64 of the bytes that the key's [`Hash`](std::hash::Hash) implementation feeds to
/// the hasher, in that order:
///
/// - integers little-endian in their own width, `usize` and `isize` in eight bytes, `bool` as one byte, `char` as four;
/// - strings as their UTF-8 bytes, then `0xff`;
/// - slices and vectors as their length in eight bytes, then their elements; arrays likewise, tuples without a length;
/// - enum variants, those of `Option` included, as their discriminant in eight bytes (`None` 0, `Some` 1), then their fields;
/// - structs as their fields.
///
/// The one exception: for slices, vectors and arrays of `usize`, or of integers of more than one byte, Rust passes on
/// their memory in the byte order and width of the machine. Keys that contain them have the same hash only on machines
/// with the same byte order and width.
#[derive(Debug, Default, Clone, Copy)]
pub struct Xxh3HashLoader;

impl Xxh3HashLoader {
    /// Name of the hash function in a file.
    pub const NAME: &'static str = "xxh3";
}

impl MassMapHashLoader for Xxh3HashLoader {
    type BuildHasher = Xxh3BuildHasher;

    fn load(config: &MassMapHashConfig) -> std::io::Result<Xxh3BuildHasher> {
        Ok(Xxh3BuildHasher {
            seed: load_seed(config, Self::NAME)?,
        })
    }

    fn default_config() -> MassMapHashConfig {
        MassMapHashConfig {
            name: Self::NAME.to_owned(),
            parameters: json!({ "seed": 0 }),
        }
    }
}

/// The hash function that [`Xxh3HashLoader`] loads.
#[derive(Debug, Clone)]
pub struct Xxh3BuildHasher {
    seed: u64,
}

impl BuildHasher for Xxh3BuildHasher {
    type Hasher = Xxh3Hasher;

    #[inline]
    fn build_hasher(&self) -> Xxh3Hasher {
        Xxh3Hasher {
            seed: self.seed,
            length: 0,
            head: [0; HEAD_LENGTH],
            stream: None,
        }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    #[expect(clippy::manual_hash_one, reason = "this is the implementation")]
    fn hash_one<T: Hash>(&self, key: T) -> u64 {
        // Which of the two it is follows from the type of most keys, so that only one is compiled.
        let mut short = ShortHasher::default();
        key.hash(&mut short);
        match short.hash(self.seed) {
            Some(hash) => hash,
            None => {
                let mut hasher = self.build_hasher();
                key.hash(&mut hasher);
                hasher.finish()
            }
        }
    }
}

/// Number of bytes that are collected before hashing piece by piece begins. XXH3 is several times faster on small input
/// that it gets as a whole, and most keys are small.
const HEAD_LENGTH: usize = 128;

/// The state of one hash by [`Xxh3BuildHasher`].
#[derive(Clone)]
pub struct Xxh3Hasher {
    seed: u64,
    /// Number of bytes in `head`. Unused once there is a `stream`.
    length: usize,
    head: [u8; HEAD_LENGTH],
    /// Gets the bytes of `head`, and all further ones, once `head` overflows.
    stream: Option<Xxh3>,
}

impl std::fmt::Debug for Xxh3Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Xxh3Hasher")
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

impl Hasher for Xxh3Hasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        match self
            .head
            .get_mut(self.length..)
            .and_then(|free| free.get_mut(..bytes.len()))
        {
            Some(target) if self.stream.is_none() => {
                target.copy_from_slice(bytes);
                self.length += bytes.len();
            }
            _ => self.write_to_stream(bytes),
        }
    }

    #[inline]
    fn write_u8(&mut self, value: u8) {
        self.write(&[value]);
    }

    #[inline]
    fn write_u16(&mut self, value: u16) {
        self.write(&value.to_le_bytes());
    }

    #[inline]
    fn write_u32(&mut self, value: u32) {
        self.write(&value.to_le_bytes());
    }

    #[inline]
    fn write_u64(&mut self, value: u64) {
        self.write(&value.to_le_bytes());
    }

    #[inline]
    fn write_u128(&mut self, value: u128) {
        self.write(&value.to_le_bytes());
    }

    #[inline]
    fn write_usize(&mut self, value: usize) {
        self.write_u64(value as u64);
    }

    // The provided method goes through `usize`, which loses the sign where that has 32 bits.
    #[inline]
    fn write_isize(&mut self, value: isize) {
        self.write_i64(value as i64);
    }

    #[inline]
    fn finish(&self) -> u64 {
        match &self.stream {
            None => xxh3_64_with_seed(self.head.get(..self.length).unwrap_or_default(), self.seed),
            Some(stream) => stream.digest(),
        }
    }
}

impl Xxh3Hasher {
    #[cold]
    fn write_to_stream(&mut self, bytes: &[u8]) {
        let head = self.head.get(..self.length).unwrap_or_default();
        let stream = self.stream.get_or_insert_with(|| {
            let mut stream = Xxh3::with_seed(self.seed);
            stream.update(head);
            stream
        });
        stream.update(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(seed: u64, key: &(impl Hash + ?Sized)) -> u64 {
        let state = Xxh3BuildHasher { seed };
        let mut hasher = state.build_hasher();
        key.hash(&mut hasher);
        assert_eq!(state.hash_one(key), hasher.finish());
        hasher.finish()
    }

    #[derive(Hash)]
    enum Shape {
        Dot,
        Box { w: u16, h: i8 },
    }

    #[derive(Hash)]
    struct Record {
        id: u32,
        name: &'static str,
        tags: Vec<&'static str>,
    }

    #[test]
    fn each_type_is_fed_as_documented() {
        #[track_caller]
        fn check(key: impl Hash, fed: &[u8]) {
            for seed in [0, 42] {
                assert_eq!(hash(seed, &key), xxh3_64_with_seed(fed, seed));
            }
        }
        check(0x11u8, b"\x11");
        check(-2i8, b"\xfe");
        check(0x1122u16, b"\x22\x11");
        check(-2i16, b"\xfe\xff");
        check(0x1122_3344u32, b"\x44\x33\x22\x11");
        check(-2i32, b"\xfe\xff\xff\xff");
        check(0x1122_3344_5566_7788u64, b"\x88\x77\x66\x55\x44\x33\x22\x11");
        check(-2i64, b"\xfe\xff\xff\xff\xff\xff\xff\xff");
        check(1u128 << 120, b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01");
        check(-1i128, &[0xff; 16]);
        check(0x1122usize, b"\x22\x11\0\0\0\0\0\0");
        check(-2isize, b"\xfe\xff\xff\xff\xff\xff\xff\xff");
        check(true, b"\x01");
        check('é', b"\xe9\0\0\0");
        check("né", b"n\xc3\xa9\xff");
        check("né".to_owned(), b"n\xc3\xa9\xff");
        check((), b"");
        check((1u8, "a", 2u16), b"\x01a\xff\x02\0");
        check((1u64, 2u32), b"\x01\0\0\0\0\0\0\0\x02\0\0\0");
        check((1u64, 2u64), b"\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0");
        check((1u64, 2u64, 3u8), b"\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\x03");
        check((3u8, 1u128), b"\x03\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
        check(
            ((1u64, 2u64, 3u8), 4u8),
            b"\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\x03\x04",
        );
        check(
            (-1i64, -2i8, (), 'a'),
            b"\xff\xff\xff\xff\xff\xff\xff\xff\xfea\0\0\0",
        );
        check(vec!["a", "b"], b"\x02\0\0\0\0\0\0\0a\xffb\xff");
        check(b"ab".to_vec(), b"\x02\0\0\0\0\0\0\0ab");
        check([7u8; 2], b"\x02\0\0\0\0\0\0\0\x07\x07");
        check(None::<u8>, b"\0\0\0\0\0\0\0\0");
        check(Some(9u8), b"\x01\0\0\0\0\0\0\0\x09");
        check(Shape::Dot, b"\0\0\0\0\0\0\0\0");
        check(Shape::Box { w: 1, h: -1 }, b"\x01\0\0\0\0\0\0\0\x01\0\xff");
        check(
            Record {
                id: 1,
                name: "n",
                tags: vec!["t"],
            },
            b"\x01\0\0\0n\xff\x01\0\0\0\0\0\0\0t\xff",
        );
    }

    #[test]
    fn pieces_hash_like_the_whole_at_every_length_around_the_buffer() {
        let bytes: Vec<u8> = (0..=255).cycle().take(600).collect();
        for length in (0..=300).chain([599, 600]) {
            for piece in [1, 7, 127, 128, 129, 600] {
                let mut hasher = Xxh3BuildHasher { seed: 3 }.build_hasher();
                bytes[..length]
                    .chunks(piece)
                    .for_each(|piece| hasher.write(piece));
                assert_eq!(
                    hasher.finish(),
                    xxh3_64_with_seed(&bytes[..length], 3),
                    "{length} by {piece}"
                );
            }
        }
    }
}
