//! Hash functions of files that are opened in any case.

use std::io;

use massmap_format::MassMapHashConfig;
use massmap_hash::{KnownHashLoader, MassMapHashLoader};

/// Loads whichever built-in hash function a file names, like [`KnownHashLoader`], and a stand-in for any other.
///
/// Metadata, entries and checksums of a file can be looked at without its hash function. Before a key is hashed,
/// [`KnownHashLoader`] must have loaded the function, as [`UntypedMap::check_lookups`](crate::UntypedMap::check_lookups) makes sure. If the
/// stand-in were used, the reader would find stored keys elsewhere than their hashes say, and refuse lookups.
#[derive(Debug, Default, Clone, Copy)]
pub struct TolerantHashLoader;

impl MassMapHashLoader for TolerantHashLoader {
    type BuildHasher = <KnownHashLoader as MassMapHashLoader>::BuildHasher;

    fn load(config: &MassMapHashConfig) -> io::Result<Self::BuildHasher> {
        KnownHashLoader::load(config).or_else(|_| KnownHashLoader::load(&MassMapHashConfig::default()))
    }
}
