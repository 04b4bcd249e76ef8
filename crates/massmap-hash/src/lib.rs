//! Hash functions for massmap files: the trait to implement for one of your own, and the built-in ones.
//!
//! A massmap file names the hash function that distributed its keys, with its parameters. A **hash loader** turns that
//! name back into a [`BuildHasher`](std::hash::BuildHasher). This crate holds the loader trait and the loaders; it reads
//! and writes no files. A crate that brings a hash function of its own depends on this crate alone.
//!
//! # Which hash when
//!
//! | loader | name in the file | choose it |
//! |---|---|---|
//! | [`MassMapDefaultHashLoader`] | `foldhash` | to exchange files with massmap 0.1.5, whose only function this is, and for short-lived files: it is the fastest on small keys, but its authors do not promise that its output stays the same from version to version |
//! | [`Xxh3HashLoader`] | `xxh3` | for files that live long, travel between platforms or are read from other languages: XXH3 is specified, and what is fed to it is specified here |
//! | [`KnownHashLoader`] | either | to read files without knowing beforehand which function they use |
//! | one of your own | any other | when keys must be placed as another system places them, or a function suits your keys better |
//!
//! Neither function is meant to withstand someone who chooses keys in order to collide. A collision costs time, never a
//! wrong answer: keys are always compared in full.
//!
//! A reader that computes another hash than the builder did would look in the wrong places. A sample of their keys is
//! therefore checked when files are opened, and known-answer vectors for each loader stand in this crate's tests.
//!
//! # A loader of your own
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
