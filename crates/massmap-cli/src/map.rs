//! Opening maps whose types and hash function are not known in advance.

#[cfg(feature = "object-store")]
mod remote;
pub(crate) mod source;
mod threaded;
pub(crate) mod traffic;

use std::io;

use anyhow::Context;
use massmap::dynamic::{StaticSchema, Type};
use massmap::{
    KnownHashLoader, MassMapHashConfig, MassMapHashLoader, MassMapInner, MassMapReader, OpenOptions, Schema,
    TolerantHashLoader, UntypedMap,
};
use massmap_data::keys::{KeyNotation, KeyParser};
use massmap_data::{Key, KeyType, Location};

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

/// Opens a map of which no types are known.
pub(crate) fn open_untyped(source: Source) -> anyhow::Result<UntypedMap<Source>> {
    // What is common to all errors of opening.
    let map = OpenOptions::new().open_untyped_reader(source);
    map.map_err(io::Error::from)
        .context("cannot read it as a massmap file")
}

/// What the values of a map are.
pub(crate) fn value_schema(map: &UntypedMap<Source>) -> StaticSchema {
    let [_, value] = map.as_inner().schemas();
    match value.as_schema() {
        // There are none, and so any could be.
        Schema::Never => StaticSchema::new(Schema::Any),
        _ => value,
    }
}

/// Turns texts into keys of a map, in the notation that is asked for or in the usual one.
pub(crate) fn key_parser(
    map: &UntypedMap<Source>,
    notation: Option<KeyNotation>,
) -> anyhow::Result<KeyParser> {
    let meta = &map.as_inner().meta;
    check_hash(&meta.hash_config).context("keys cannot be looked up")?;
    if map.is_empty() && map.as_inner().entry_types().is_some() {
        // The file does not say what they would be: any key is missing.
        return KeyParser::new(&Type::parse("string"), None, "string", notation);
    }
    // Only the stable hash function hashes addresses alike on every machine.
    if let "usize" | "isize" = &*map.key_type().to_string() {
        KeyType::of(meta)?;
    }
    map.check_lookups().map_err(io::Error::from)?;
    let schema = map.as_inner().key_schema().ok();
    KeyParser::new(map.key_type(), schema.as_ref(), &meta.key_type, notation)
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
