//! Opening maps whose types and hash function are not known in advance.

use std::fs::File;
use std::io;
use std::path::Path;

use anyhow::Context;
use massmap::{KnownHashLoader, MassMapHashConfig, MassMapHashLoader, MassMapInner, MassMapReader};

/// An open map of unknown types.
pub(crate) type Map<R = File> = MassMapInner<R, LenientHashLoader>;

/// Opens files whatever hash function they name.
///
/// Showing metadata, listing buckets and pages, verifying checksums and merging maps of format 1 hash no key. Before a key is
/// looked up, [`check_hash`] must have succeeded.
pub(crate) struct LenientHashLoader;

impl MassMapHashLoader for LenientHashLoader {
    type BuildHasher = <KnownHashLoader as MassMapHashLoader>::BuildHasher;

    fn load(config: &MassMapHashConfig) -> io::Result<Self::BuildHasher> {
        // The substitute is never used. If it were, the reader would find stored keys in the wrong buckets and say so.
        KnownHashLoader::load(config).or_else(|_| KnownHashLoader::load(&MassMapHashConfig::default()))
    }
}

/// Opens a massmap file of any format, types and hash function.
pub(crate) fn open(path: &Path) -> anyhow::Result<Map> {
    let file = File::open(path).context("cannot open the file")?;
    load(file)
}

/// Opens a map that `reader` reads.
pub(crate) fn load<R: MassMapReader>(reader: R) -> anyhow::Result<Map<R>> {
    MassMapInner::load(reader).context("cannot read it as a massmap file")
}

/// Fails if this program does not know the hash function of a file. The error lists the known ones.
pub(crate) fn check_hash(config: &MassMapHashConfig) -> io::Result<()> {
    KnownHashLoader::load(config).map(drop)
}
