//! rapidhash for massmap files: a hash loader in a crate of its own.
//!
//! This is an example of a custom hash function, and a usable loader. It depends only on `massmap-hash`. Programs name
//! [`RapidHashLoader`] when they build and open maps.
//!
//! ```
//! use massmap::{MassMap, MassMapBuilder, MemoryWriter};
//! use massmap_rapidhash::RapidHashLoader;
//!
//! let writer = MemoryWriter::new();
//! let entries = [("apple", 1u32), ("banana", 2)];
//! MassMapBuilder::<RapidHashLoader>::default()
//!     .with_bucket_count(16)
//!     .build(&writer, entries.iter())?;
//!
//! let map = MassMap::<String, u32, _, RapidHashLoader>::load(writer.into_reader())?;
//! assert_eq!(map.get("banana")?, Some(2));
//! assert_eq!(map.meta().hash_config.name, "rapidhash-v3");
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! Requirements for a loader, and how this one meets them:
//!
//! - **A unique name** for this function in this version: [`RapidHashLoader::NAME`].
//! - **The same hash forever.** The crate `rapidhash` guarantees this only for the functions in `v1`, `v2` and `v3`. The tests
//!   compare with known hashes.
//! - **The same hash everywhere.** By default, the methods of [`Hasher`] for integers pass on native bytes; [`RapidHasher`]
//!   overrides them.

use std::fmt;
use std::hash::{BuildHasher, Hasher};

use massmap_hash::{MassMapHashConfig, MassMapHashLoader, load_seed};
use rapidhash::v3::{RapidSecrets, rapidhash_v3_seeded};

/// Loads `rapidhash-v3` with the parameter `seed`: the same hash on every platform and in every version.
///
/// # What is hashed
///
/// The hash of a key is that of `rapidhash_withSeed` in the reference implementation of rapidhash V3, for the concatenated bytes
/// that the [`Hash`](std::hash::Hash) implementation of the key writes to the hasher:
///
/// - integers in little-endian order and their own width, `usize` and `isize` in eight bytes;
/// - strings as their UTF-8 bytes, then `0xff`;
/// - slices and vectors as their length in eight bytes, then their elements;
/// - everything else as documented for `massmap_hash::Xxh3HashLoader`, with the same exception: slices, vectors and arrays of
///   integers of more than one byte, or of `usize`, are passed in their native representation.
#[derive(Debug, Default, Clone, Copy)]
pub struct RapidHashLoader;

impl RapidHashLoader {
    /// Name of the hash function in a file.
    pub const NAME: &'static str = "rapidhash-v3";
}

impl MassMapHashLoader for RapidHashLoader {
    type BuildHasher = RapidBuildHasher;

    fn load(config: &MassMapHashConfig) -> std::io::Result<RapidBuildHasher> {
        let seed = load_seed(config, Self::NAME)?;
        // The secrets of the reference implementation, so that programs in other languages get the same hashes.
        Ok(RapidBuildHasher {
            secrets: RapidSecrets::seed_cpp(seed),
        })
    }

    fn default_config() -> MassMapHashConfig {
        // The default parameters are `{"seed": 0}`.
        MassMapHashConfig {
            name: Self::NAME.to_owned(),
            ..MassMapHashConfig::default()
        }
    }
}

/// The hash function that [`RapidHashLoader`] loads.
#[derive(Clone)]
pub struct RapidBuildHasher {
    secrets: RapidSecrets,
}

impl fmt::Debug for RapidBuildHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RapidBuildHasher").finish_non_exhaustive()
    }
}

impl BuildHasher for RapidBuildHasher {
    type Hasher = RapidHasher;

    #[inline]
    fn build_hasher(&self) -> RapidHasher {
        RapidHasher {
            secrets: self.secrets,
            head: [0; HEAD_LENGTH],
            length: 0,
            overflow: Vec::new(),
        }
    }
}

/// Number of bytes collected without an allocation; most keys are shorter.
const HEAD_LENGTH: usize = 128;

/// State of one hash of [`RapidBuildHasher`].
///
/// Collects all bytes and hashes them at once. The incremental hasher of the crate cannot be used: it borrows its secrets, for
/// which a [`BuildHasher`] has no lifetime.
#[derive(Clone)]
pub struct RapidHasher {
    secrets: RapidSecrets,
    head: [u8; HEAD_LENGTH],
    /// Number of bytes in `head`. Unused if `overflow` is not empty.
    length: usize,
    /// All bytes, once they no longer fit into `head`; empty before.
    overflow: Vec<u8>,
}

impl fmt::Debug for RapidHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RapidHasher").finish_non_exhaustive()
    }
}

impl RapidHasher {
    fn bytes(&self) -> &[u8] {
        if self.overflow.is_empty() {
            &self.head[..self.length]
        } else {
            &self.overflow
        }
    }

    #[cold]
    fn write_to_overflow(&mut self, bytes: &[u8]) {
        if self.overflow.is_empty() {
            self.overflow.extend_from_slice(&self.head[..self.length]);
        }
        self.overflow.extend_from_slice(bytes);
    }
}

impl Hasher for RapidHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        match self.head[self.length..].get_mut(..bytes.len()) {
            Some(target) if self.overflow.is_empty() => {
                target.copy_from_slice(bytes);
                self.length += bytes.len();
            }
            _ => self.write_to_overflow(bytes),
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

    // The default calls `write_usize`, which would lose the sign if `isize` is narrower than 64 bits.
    #[inline]
    fn write_isize(&mut self, value: isize) {
        self.write_i64(value as i64);
    }

    #[inline]
    fn finish(&self) -> u64 {
        rapidhash_v3_seeded(self.bytes(), &self.secrets)
    }
}

#[cfg(test)]
mod tests {
    use std::hash::Hash;

    use super::*;

    fn state(seed: u64) -> RapidBuildHasher {
        RapidBuildHasher {
            secrets: RapidSecrets::seed_cpp(seed),
        }
    }

    /// The hashes of the keys with known hashes, with `seed`.
    fn hashes(seed: u64) -> [u64; 12] {
        let state = state(seed);
        [
            state.hash_one(0u64),
            state.hash_one(1u64),
            state.hash_one(u64::MAX),
            state.hash_one(7u8),
            state.hash_one(-1i32),
            state.hash_one(1u128 << 100),
            state.hash_one(""),
            state.hash_one("apple"),
            state.hash_one("The quick brown fox jumps over the lazy dog"),
            state.hash_one("x".repeat(1000)),
            state.hash_one((1u32, "a")),
            state.hash_one(vec![1u8, 2, 3]),
        ]
    }

    // Computed from the bytes that `RapidHashLoader` documents, with a program in another language that follows the reference
    // implementation, rapidhash.h (V3). A failure means that existing files can no longer be read.
    #[test]
    fn hashes_match_the_reference_implementation() {
        assert_eq!(
            hashes(0),
            [
                0x9efc_171a_ebce_a1f3,
                0xbec1_7830_9f44_afbc,
                0x8a18_5fbd_8550_916d,
                0x5c2c_af7d_68f0_6d3e,
                0x6048_6c15_260d_35cd,
                0x0287_51a2_ea3f_7112,
                0xbcd3_e029_0ab5_497e,
                0x6bfa_0d6c_144c_3a17,
                0x6925_33b0_596d_2bee,
                0x8805_c826_c64e_fa13,
                0x1d48_5709_be9e_99c6,
                0xd762_9f69_7e5d_5f79,
            ]
        );
        assert_eq!(
            hashes(42),
            [
                0x2d3f_40fc_0da4_e68c,
                0x4b3e_75ed_513c_42aa,
                0x2484_fbbe_48dc_6b04,
                0xebbc_db8d_df67_160a,
                0x122c_8cea_a4f8_afad,
                0x0b8b_4f44_a007_f6d4,
                0x3e18_1a86_6fb6_38c3,
                0xa871_91e2_9929_e570,
                0x490b_3e24_5575_9baa,
                0x53bc_2877_1842_14c6,
                0x9d7a_5f94_6174_d92f,
                0x10d6_c406_cf40_2ddb,
            ]
        );
    }

    #[test]
    fn each_type_writes_the_documented_bytes() {
        #[track_caller]
        fn check(key: impl Hash, bytes: &[u8]) {
            let secrets = RapidSecrets::seed_cpp(3);
            assert_eq!(state(3).hash_one(key), rapidhash_v3_seeded(bytes, &secrets));
        }
        check(0x1122u16, b"\x22\x11");
        check(-2i16, b"\xfe\xff");
        check(0x1122_3344u32, b"\x44\x33\x22\x11");
        check(-2i64, b"\xfe\xff\xff\xff\xff\xff\xff\xff");
        check(1u128 << 120, b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01");
        check(0x1122usize, b"\x22\x11\0\0\0\0\0\0");
        check(-2isize, b"\xfe\xff\xff\xff\xff\xff\xff\xff");
        check((true, 'é', "né"), b"\x01\xe9\0\0\0n\xc3\xa9\xff");
        check(b"ab".to_vec(), b"\x02\0\0\0\0\0\0\0ab");
        check(Some(9u8), b"\x01\0\0\0\0\0\0\0\x09");
    }

    #[test]
    fn pieces_hash_like_the_whole_for_lengths_around_that_of_the_head() {
        let bytes: Vec<u8> = (0..=255).cycle().take(600).collect();
        let secrets = RapidSecrets::seed_cpp(3);
        for length in (0..=300).chain([599, 600]) {
            for piece in [1, 7, 127, 128, 129, 600] {
                let mut hasher = state(3).build_hasher();
                bytes[..length]
                    .chunks(piece)
                    .for_each(|piece| hasher.write(piece));
                assert_eq!(
                    hasher.finish(),
                    rapidhash_v3_seeded(&bytes[..length], &secrets),
                    "{length} by {piece}"
                );
            }
        }
    }
}
