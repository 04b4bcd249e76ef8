//! Which hash functions the command line can compute, and how it opens files that use another.

use std::io;

use anyhow::Context;
use massmap::{KnownHashLoader, MassMapHashConfig, MassMapHashLoader};

/// Opens files whatever hash function they name.
///
/// Metadata can be shown, buckets listed and maps merged without hashing a key. Before a key is looked up, [`check`] must
/// have found the function to be a known one.
pub(crate) struct TolerantHashLoader;

impl MassMapHashLoader for TolerantHashLoader {
    type BuildHasher = <KnownHashLoader as MassMapHashLoader>::BuildHasher;

    fn load(config: &MassMapHashConfig) -> io::Result<Self::BuildHasher> {
        // The stand-in is never used. If it were, the reader would find stored keys in the wrong buckets and say so.
        KnownHashLoader::load(config).or_else(|_| KnownHashLoader::load(&MassMapHashConfig::default()))
    }
}

/// Fails if the hash function of a file is none that this program can compute, with a list of those that it can.
pub(crate) fn check(config: &MassMapHashConfig) -> anyhow::Result<()> {
    KnownHashLoader::load(config)
        .map(drop)
        .context("keys cannot be looked up")
}
