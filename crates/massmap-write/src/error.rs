//! Why a map cannot be built or merged.

use std::any::type_name;
use std::io;
use std::ops::Range;

use massmap_core::codec::{EncodeError, EntryError, OutOfMemory, ShapeError};
use massmap_format::{FormatError, MassMapHashConfig};
use rmp_serde::encode::Error::Syntax;

/// Entries or settings that no map can be built from, or maps that cannot be merged.
///
/// Converted into [`std::io::Error`], the error is the payload; each variant names the kind.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// A map was to be built without buckets. Kind [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error("a map needs at least one bucket, none were asked for")]
    ZeroBuckets,
    /// Buckets of no bytes were asked for. Kind [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error("buckets of 0 bytes on average were asked for; give at least 1")]
    ZeroBucketBytes,
    /// A shard that does not exist. Kind [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error("there is no shard {index} of {count}: shards are numbered from 0")]
    NoSuchShard {
        /// The shard asked for.
        index: u32,
        /// The number of shards.
        count: u32,
    },
    /// A shard of format 1 whose number of buckets would follow from its own entries, which differ from those of the other
    /// shards. Kind [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error("shards need a number of buckets, so that all of them have the same")]
    ShardWithoutBucketCount,
    /// The source of the entries failed. Kind that of an [`io::Error`] behind it, otherwise
    /// [`Other`](io::ErrorKind::Other).
    #[error("the source of the entries failed at entry {ordinal}")]
    Source {
        /// Which entry of the input, from 0.
        ordinal: u64,
        /// What the source reports.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A temporary file for what does not fit in memory failed. Kind that of the source.
    #[error("a temporary file in {} cannot be created, written or read", directory.display())]
    Spill {
        /// Where the file is.
        directory: std::path::PathBuf,
        /// What is wrong with it.
        #[source]
        source: io::Error,
    },
    /// A seed was given, but the hash parameters are no object that could take it. Kind
    /// [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error(
        "a hash seed was given, but the hash parameters are {parameters}, not an object with a field \"seed\""
    )]
    SeedWithoutObject {
        /// The hash parameters, as JSON.
        parameters: String,
    },
    /// A key or a value whose `Serialize` implementation reports an error. Kind [`Other`](io::ErrorKind::Other).
    #[error("entry {ordinal} cannot be serialized")]
    Serialize {
        /// Which entry of the input, from 0.
        ordinal: u64,
        /// What the encoder objected to.
        #[source]
        source: rmp_serde::encode::Error,
    },
    /// A key or a value that serializes to something that could not be read again: nested deeper than
    /// [`MAX_DEPTH`](massmap_format::MAX_DEPTH), or no complete value. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error("entry {ordinal} could not be read again")]
    Unreadable {
        /// Which entry of the input, from 0.
        ordinal: u64,
        /// What is wrong with its encoding.
        #[source]
        source: FormatError,
    },
    /// A key or a value of a shape that no reader would give back. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error("the {part} of entry {ordinal}, of type {type_name:.200}, would not be given back: {shape}")]
    Shape {
        /// Which entry of the input, from 0.
        ordinal: u64,
        /// `key` or `value`.
        part: &'static str,
        /// Its type.
        type_name: &'static str,
        /// What is wrong with it.
        shape: ShapeError,
    },
    /// A key or a value that cannot be decoded, in a build [with read back](crate::MassMapBuilder::with_read_back). Kind
    /// [`InvalidData`](io::ErrorKind::InvalidData).
    #[error(
        "the {part} of entry {ordinal} cannot be decoded as {type_name:.100}, so that no reader of that type would give it \
         back: {cause}. If field names are not written, `with_field_names(true)` may help"
    )]
    NotDecoded {
        /// Which entry of the input, from 0.
        ordinal: u64,
        /// `key` or `value`.
        part: &'static str,
        /// The type that it was to be decoded as.
        type_name: &'static str,
        /// What the decoder objected to, its beginning if it is long.
        cause: String,
    },
    /// A key or a value that is another one once it is decoded, in a build
    /// [with read back](crate::MassMapBuilder::with_read_back). Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error(
        "the {part} of entry {ordinal} would not be given back as it is: decoded as {type_name:.200} and encoded again, it is \
         {again}, not {stored} (as MessagePack). If field names are not written, `with_field_names(true)` may help"
    )]
    DecodedDifferently {
        /// Which entry of the input, from 0.
        ordinal: u64,
        /// `key` or `value`.
        part: &'static str,
        /// The type that it was decoded as.
        type_name: &'static str,
        /// Its encoding, printable, its beginning if it is long.
        stored: String,
        /// The encoding of what was decoded, likewise.
        again: String,
    },
    /// A key that hashes differently once it is decoded, in a build
    /// [with read back](crate::MassMapBuilder::with_read_back). Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error(
        "the key of entry {ordinal} hashes differently once it is decoded as {type_name:.200}: lookups would not find it. \
         `Hash` must not take in what is not stored, such as skipped fields"
    )]
    HashedDifferently {
        /// Which entry of the input, from 0.
        ordinal: u64,
        /// The type that it was decoded as.
        type_name: &'static str,
    },
    /// The entries of a bucket take more bytes than the limit allows. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error(
        "bucket {bucket} takes {length} bytes, the limit is {limit}: more buckets make them smaller, unless single \
         entries are that large"
    )]
    BucketTooLarge {
        /// The bucket.
        bucket: u64,
        /// Its length in bytes.
        length: u64,
        /// The limit in bytes.
        limit: u32,
    },
    /// A key or a value of 4 GiB or more. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error("entry {ordinal} takes {length} bytes, neither key nor value may take 4 GiB or more")]
    EntryTooLarge {
        /// Which entry of the input, from 0.
        ordinal: u64,
        /// Its length in bytes.
        length: u64,
    },
    /// An entry that memory has no room for, as under a limit on the program's address space. Kind
    /// [`OutOfMemory`](io::ErrorKind::OutOfMemory).
    #[error(
        "{} takes more memory than there is: {wanted} bytes in one piece were asked for. Raise the limit on the memory of this \
         program, or store such a value in parts",
        match ordinal { Some(ordinal) => format!("entry {ordinal}"), None => "an entry".to_owned() }
    )]
    OutOfMemory {
        /// Which entry of the input, from 0, where that is known.
        ordinal: Option<u64>,
        /// How many bytes were asked for in one piece: the entry as far as it was encoded, and up to 4 MiB of others before it.
        wanted: u64,
    },
    /// Entries with equal hashes, or too few bins, that take 4 GiB or more (format 2). Kind
    /// [`InvalidData`](io::ErrorKind::InvalidData).
    #[error("entries of {length} bytes belong in one run of pages, which can take less than 4 GiB")]
    BinTooLarge {
        /// Their length in bytes.
        length: u64,
    },
    /// Two entries with equal keys, where that is not allowed. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error("several entries have the key {key}; choose what to do with duplicate keys to allow that")]
    DuplicateKey {
        /// The key for a message: a string in quotes, an integer, or the bytes of anything else; its beginning if it is long.
        key: String,
        /// The key as it is stored, in MessagePack.
        encoded: Box<[u8]>,
    },
    /// Pages of a size that the format does not allow. Kind [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error("pages of {page_size} bytes were asked for; their size is a power of two from 512 to 1048576")]
    PageSize {
        /// The size asked for.
        page_size: u32,
    },
    /// Runs of a length that makes no sense. Kind [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error("runs of up to {pages} pages were asked for; entries may share from 1 to 16")]
    LongestRun {
        /// The number of pages asked for.
        pages: u32,
    },
    /// Something was asked for that only format 2 has. Kind [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error("format 1 has no {what}: leave that setting out, or choose format 2")]
    NotInFormat1 {
        /// What was asked for.
        what: &'static str,
    },
    /// Something was asked for that only format 1 has. Kind [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error("format 2 has no {what}: leave that setting out, or choose format 1")]
    NotInFormat2 {
        /// What was asked for.
        what: &'static str,
    },
    /// The miss filter could not be made. Kind [`Other`](io::ErrorKind::Other).
    #[error("no miss filter could be made for {count} keys: {reason}")]
    MissFilter {
        /// Number of different hashes.
        count: u64,
        /// What the construction objected to.
        reason: &'static str,
    },
    /// Keys of a map that are not of the type asked for, or hash otherwise than they did when it was built: in the merged map
    /// they would lie elsewhere than the map has them. Kind that of the source.
    #[error("map {map} (from 0) cannot be merged: {cause}")]
    Key {
        /// Which of the maps given, from 0.
        map: usize,
        /// A [`ReadError`](massmap_read::ReadError) that names the first such key's place, its type and that which the file
        /// names.
        cause: io::Error,
    },
    /// A map that cannot be read. Kind that of the source.
    #[error("map {map} (from 0) cannot be read")]
    Read {
        /// Which of the maps given, from 0.
        map: usize,
        /// Why it cannot be read.
        #[source]
        source: io::Error,
    },
    /// Buckets of a map that cannot be copied: it cannot be read, or the target cannot be written. Kind that of the source.
    #[error("the buckets of map {map} (from 0) cannot be copied")]
    Copy {
        /// Which of the maps given, from 0.
        map: usize,
        /// Why they cannot be copied.
        #[source]
        source: io::Error,
    },
    /// Maps that cannot be merged without knowing the type of their keys. Kind [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error("maps cannot be merged in this way without the type of their keys")]
    KeysNeeded,
    /// Entries of a map that are not in the order of their hashes. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error(
        "map {map} (from 0) has entries out of order: it was built with other keys than {key_type} is now (the file says \
         {file_key_type:?}), some of which hash otherwise, or with another hash function, or is damaged"
    )]
    OutOfOrder {
        /// Which of the maps given, from 0.
        map: usize,
        /// The key type asked for.
        key_type: &'static str,
        /// The key type that the map names, at most its first 200 characters.
        file_key_type: String,
    },
    /// One of the maps that are merged is read from the file that is to be written. Kind
    /// [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error(
        "map {map} (from 0) is in the file that is to be written, and would be written over before it is read: write to another \
         file, or with one of the methods that end in `to_path`, which replace a file when the new one is complete"
    )]
    TargetIsInput {
        /// Which of the maps given, from 0.
        map: usize,
    },
    /// No maps were given to merge. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error("there are no maps to merge")]
    NoMaps,
    /// Maps with different hash functions. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error(
        "maps {} and {} (from 0) have different hash functions and cannot be merged: {} {} and {} {}",
        maps[0], maps[1], first.name, first.parameters, other.name, other.parameters
    )]
    HashConfigsDiffer {
        /// Which of the maps given, from 0.
        maps: [usize; 2],
        /// The hash function of one map.
        first: Box<MassMapHashConfig>,
        /// That of another.
        other: Box<MassMapHashConfig>,
    },
    /// Maps with different numbers of buckets. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error("maps {} and {} (from 0) have different numbers of buckets and cannot be merged: {first} and {other}", maps[0], maps[1])]
    BucketCountsDiffer {
        /// Which of the maps given, from 0.
        maps: [usize; 2],
        /// The number of buckets of one map.
        first: usize,
        /// That of another.
        other: usize,
    },
    /// Maps whose entries lie in overlapping ranges of buckets. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error(
        "maps {} and {} (from 0) have overlapping ranges of occupied buckets and cannot be merged: {}..{} and {}..{}",
        maps[0], maps[1], first.start, first.end, other.start, other.end
    )]
    RangesOverlap {
        /// Which of the maps given, from 0.
        maps: [usize; 2],
        /// The range of one map.
        first: Range<u64>,
        /// That of another.
        other: Range<u64>,
    },
    /// Maps that name different key or value types. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error("maps {} and {} (from 0) have different {field} types and cannot be merged: {first:.200} and {other:.200}", maps[0], maps[1])]
    TypesDiffer {
        /// Which of the maps given, from 0.
        maps: [usize; 2],
        /// `key` or `value`.
        field: &'static str,
        /// The type that one map names.
        first: String,
        /// That of another.
        other: String,
    },
}

impl WriteError {
    pub(crate) fn duplicate_key(key: &[u8]) -> Self {
        Self::DuplicateKey {
            key: shown(key),
            encoded: key.into(),
        }
    }

    /// Why the entry `ordinal`, with a key of type `K` and a value of type `V`, cannot be encoded.
    #[cold]
    pub(crate) fn entry<K: ?Sized, V: ?Sized>(ordinal: u64, error: EntryError) -> Self {
        match error {
            EntryError::Key(error) => Self::encoding(ordinal, "key", type_name::<K>(), error),
            EntryError::Value(error) => Self::encoding(ordinal, "value", type_name::<V>(), error),
            EntryError::Unreadable(source) => Self::Unreadable { ordinal, source },
            error => Self::Serialize {
                ordinal,
                source: Syntax(error.to_string()),
            },
        }
    }

    /// Why the key or value of the entry `ordinal` cannot be encoded.
    #[cold]
    pub(crate) fn encoding(
        ordinal: u64,
        part: &'static str,
        type_name: &'static str,
        error: EncodeError,
    ) -> Self {
        let source = match error {
            EncodeError::Shape(shape) => {
                return Self::Shape {
                    ordinal,
                    part,
                    type_name,
                    shape,
                };
            }
            EncodeError::OutOfMemory(error) => return Self::out_of_memory(Some(ordinal), error),
            EncodeError::Serialize(Syntax(message)) => {
                Syntax(format!("{message} (in a {part} of type {type_name})"))
            }
            EncodeError::Serialize(source) => source,
            error => Syntax(error.to_string()),
        };
        Self::Serialize { ordinal, source }
    }

    /// Too little memory for the entry `ordinal`, if that is known.
    #[cold]
    pub(crate) fn out_of_memory(ordinal: Option<u64>, error: OutOfMemory) -> Self {
        Self::OutOfMemory {
            ordinal,
            wanted: error.wanted,
        }
    }

    /// The same error where `count` more entries came before its entry.
    pub(crate) fn after(mut self, count: u64) -> Self {
        if let Self::Serialize { ordinal, .. }
        | Self::Unreadable { ordinal, .. }
        | Self::EntryTooLarge { ordinal, .. }
        | Self::Shape { ordinal, .. }
        | Self::NotDecoded { ordinal, .. }
        | Self::DecodedDifferently { ordinal, .. }
        | Self::HashedDifferently { ordinal, .. }
        | Self::OutOfMemory {
            ordinal: Some(ordinal),
            ..
        } = &mut self
        {
            *ordinal += count;
        }
        self
    }

    /// Which two of the maps given to a merge do not go together, from 0, if that is what the error is about.
    #[must_use]
    pub fn maps(&self) -> Option<[usize; 2]> {
        match self {
            Self::HashConfigsDiffer { maps, .. }
            | Self::BucketCountsDiffer { maps, .. }
            | Self::RangesOverlap { maps, .. }
            | Self::TypesDiffer { maps, .. } => Some(*maps),
            _ => None,
        }
    }
}

impl From<WriteError> for io::Error {
    fn from(error: WriteError) -> Self {
        let kind = match &error {
            WriteError::Read { source, .. }
            | WriteError::Key { cause: source, .. }
            | WriteError::Copy { source, .. }
            | WriteError::Spill { source, .. } => source.kind(),
            WriteError::Source { source, .. } => source
                .downcast_ref::<io::Error>()
                .map_or(io::ErrorKind::Other, io::Error::kind),
            WriteError::ZeroBuckets
            | WriteError::ZeroBucketBytes
            | WriteError::NoSuchShard { .. }
            | WriteError::ShardWithoutBucketCount
            | WriteError::SeedWithoutObject { .. }
            | WriteError::PageSize { .. }
            | WriteError::LongestRun { .. }
            | WriteError::NotInFormat1 { .. }
            | WriteError::NotInFormat2 { .. }
            | WriteError::TargetIsInput { .. }
            | WriteError::KeysNeeded => io::ErrorKind::InvalidInput,
            WriteError::Serialize { .. } | WriteError::MissFilter { .. } => io::ErrorKind::Other,
            WriteError::OutOfMemory { .. } => io::ErrorKind::OutOfMemory,
            _ => io::ErrorKind::InvalidData,
        };
        io::Error::new(kind, error)
    }
}

/// An encoded key for a message.
fn shown(key: &[u8]) -> String {
    /// As many characters, or bytes, are shown: there may be 4 GiB of them.
    const LONGEST: usize = 80;
    if let Ok(text) = rmp_serde::from_slice::<&str>(key) {
        return match text.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{:?}…", text.get(..end).unwrap_or_default()),
            None => format!("{text:?}"),
        };
    }
    if let Ok(number) = rmp_serde::from_slice::<u64>(key) {
        return number.to_string();
    }
    if let Ok(number) = rmp_serde::from_slice::<i64>(key) {
        return number.to_string();
    }
    let (beginning, more) = match key.get(..LONGEST) {
        Some(beginning) if key.len() > LONGEST => (beginning, "…"),
        _ => (key, ""),
    };
    format!("{}{more} (as MessagePack)", beginning.escape_ascii())
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::*;

    #[test]
    fn a_repeated_key_is_shown_as_it_would_be_written() {
        fn message(key: impl Serialize) -> String {
            WriteError::duplicate_key(&rmp_serde::to_vec(&key).unwrap()).to_string()
        }
        for (message, key) in [
            (message("a\"\n"), r#""a\"\n""#.to_owned()),
            (message("é".repeat(81)), format!("{:?}…", "é".repeat(80))),
            (message(18u8), "18".to_owned()),
            (message(u64::MAX), u64::MAX.to_string()),
            (message(i64::MIN), i64::MIN.to_string()),
            (message((1, "b")), r"\x92\x01\xa1b (as MessagePack)".to_owned()),
            (
                message(vec![true; 100]),
                format!(r"\xdc\x00d{}… (as MessagePack)", r"\xc3".repeat(77)),
            ),
        ] {
            let expected = format!(
                "several entries have the key {key}; choose what to do with duplicate keys to allow that"
            );
            assert_eq!(message, expected);
        }
    }
}
