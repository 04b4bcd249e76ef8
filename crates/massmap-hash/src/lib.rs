//! Hash functions for massmap files: the built-in ones, and the trait for your own.
//!
//! A massmap file stores the name and the parameters of the hash function that distributed its keys. A **hash loader**
//! turns them back into a [`BuildHasher`](std::hash::BuildHasher). This crate holds the loader trait and the loaders; it
//! neither reads nor writes files. A crate with its own hash function depends on this crate alone.
//!
//! # Which hash when
//!
//! | loader | name in the file | choose it |
//! |---|---|---|
//! | [`MassMapDefaultHashLoader`] | `foldhash` | to exchange files with massmap 0.1.5, which has no other function, and for short-lived files: it is the fastest on small keys, but its authors do not promise the same output in every version |
//! | [`Xxh3HashLoader`] | `xxh3` | for files that live long, travel between platforms or are read from other languages: XXH3 is specified, and [`Xxh3HashLoader`] specifies its input |
//! | [`KnownHashLoader`] | either | to read files whose hash function is not known beforehand |
//! | your own | any other | to place keys as another system does, or because another function suits your keys better |
//!
//! Neither function resists an attacker who chooses colliding keys. A collision costs time but never gives a wrong answer:
//! keys are always compared in full.
//!
//! A reader whose hash function differs from the builder's would look in the wrong buckets or pages. Opening a file therefore
//! checks a sample of its keys, and this crate's tests check each loader against known answers.
//!
//! # Your own loader
//!
//! ```
//! use std::hash::{BuildHasher, Hasher};
//! use massmap_hash::{MassMapHashConfig, MassMapHashLoader, load_seed};
//!
//! /// FNV-1a, 64 bits.
//! #[derive(Debug)]
//! struct FnvHashLoader;
//!
//! #[derive(Debug, Clone)]
//! struct FnvBuildHasher(u64);
//! struct FnvHasher(u64);
//!
//! impl MassMapHashLoader for FnvHashLoader {
//!     type BuildHasher = FnvBuildHasher;
//!
//!     fn load(config: &MassMapHashConfig) -> std::io::Result<FnvBuildHasher> {
//!         Ok(FnvBuildHasher(load_seed(config, "fnv-1a")?))
//!     }
//!
//!     fn default_config() -> MassMapHashConfig {
//!         MassMapHashConfig { name: "fnv-1a".to_owned(), ..MassMapHashConfig::default() }
//!     }
//! }
//!
//! impl BuildHasher for FnvBuildHasher {
//!     type Hasher = FnvHasher;
//!     fn build_hasher(&self) -> FnvHasher {
//!         FnvHasher(0xcbf2_9ce4_8422_2325 ^ self.0)
//!     }
//! }
//!
//! impl Hasher for FnvHasher {
//!     fn write(&mut self, bytes: &[u8]) {
//!         for &byte in bytes {
//!             self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
//!         }
//!     }
//!     fn finish(&self) -> u64 {
//!         self.0
//!     }
//! }
//!
//! let hasher = FnvHashLoader::load(&FnvHashLoader::default_config())?;
//! assert_eq!(hasher.hash_one(b'a'), 0xaf63_dc4c_8601_ec8c);
//! # Ok::<(), std::io::Error>(())
//! ```
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::cast_possible_truncation))]

mod default;
mod error;
mod known;
mod loader;
mod seed;
mod xxh3;

pub use default::MassMapDefaultHashLoader;
pub use error::HashError;
pub use known::{KnownBuildHasher, KnownHashLoader, KnownHasher};
pub use loader::MassMapHashLoader;
pub use massmap_format::MassMapHashConfig;
pub use seed::load_seed;
pub use xxh3::{Xxh3BuildHasher, Xxh3HashLoader, Xxh3Hasher};

#[cfg(test)]
mod known_answers;
