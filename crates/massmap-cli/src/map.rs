//! Opening maps whose types and hash function are not known in advance.

use std::fs::File;
use std::io;
use std::path::Path;

use anyhow::Context;
use massmap::{
    KnownHashLoader, MassMapHashConfig, MassMapHashLoader, MassMapInner, MassMapReader, TolerantHashLoader,
};

/// An open map of unknown types. Before a key is looked up, [`check_hash`] must have succeeded.
pub(crate) type Map<R = File> = MassMapInner<R, TolerantHashLoader>;

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
