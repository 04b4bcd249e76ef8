//! Which hash functions the command line can compute, and how it opens files that use another.

use std::io;

use massmap::{KnownHashLoader, MassMapHashConfig, MassMapHashLoader, MassMapInner, MassMapReader};

/// Opens files whatever hash function they name.
///
/// Metadata can be shown, buckets and pages listed, checksums verified and maps of format 1 merged without hashing a key. Before a key is looked up, [`check`] must
/// have found the function to be a known one.
pub(crate) struct TolerantHashLoader;

impl MassMapHashLoader for TolerantHashLoader {
    type BuildHasher = <KnownHashLoader as MassMapHashLoader>::BuildHasher;

    fn load(config: &MassMapHashConfig) -> io::Result<Self::BuildHasher> {
        // The stand-in is never used. If it were, the reader would find stored keys in the wrong buckets and say so.
        KnownHashLoader::load(config).or_else(|_| KnownHashLoader::load(&MassMapHashConfig::default()))
    }
}

/// Opens a file with it.
///
/// # Errors
///
/// Those of [`MassMapInner::load`].
pub(crate) fn open<R: MassMapReader>(reader: R) -> io::Result<MassMapInner<R, TolerantHashLoader>> {
    MassMapInner::load(reader)
}

/// Fails if the hash function of a file is none that this program can compute, with a list of those that it can.
pub(crate) fn check(config: &MassMapHashConfig) -> io::Result<()> {
    KnownHashLoader::load(config).map(drop)
}
