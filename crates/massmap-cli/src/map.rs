//! Opening maps whose types and hash function are not known in advance.

#[cfg(feature = "object-store")]
mod remote;
pub(crate) mod source;
pub(crate) mod traffic;

use std::io;

use anyhow::Context;
use massmap::{
    KnownHashLoader, MassMapHashConfig, MassMapHashLoader, MassMapInner, MassMapReader, TolerantHashLoader,
};
use massmap_data::Key;

use massmap_data::Location;
use source::Source;

/// An open map of unknown types. Before a key is looked up, [`check_hash`] must have succeeded.
pub(crate) type Map<R = Source> = MassMapInner<R, TolerantHashLoader>;

/// Opens a massmap file of any format, types and hash function.
pub(crate) fn open(location: &Location) -> anyhow::Result<Map> {
    load(Source::open(location)?)
}

/// Opens a map that `reader` reads.
pub(crate) fn load<R: MassMapReader>(reader: R) -> anyhow::Result<Map<R>> {
    MassMapInner::load(reader).context("cannot read it as a massmap file")
}

/// Fails if this program does not know the hash function of a file. The error lists the known ones.
pub(crate) fn check_hash(config: &MassMapHashConfig) -> io::Result<()> {
    KnownHashLoader::load(config).map(drop)
}

/// Parses a key that the user typed in; `type_name` is the name of its type in the file.
pub(crate) fn parse_key<K: Key>(text: &str, type_name: &str) -> anyhow::Result<K> {
    text.parse()
        .with_context(|| format!("the key {text:?} is not of type {type_name}"))
}
