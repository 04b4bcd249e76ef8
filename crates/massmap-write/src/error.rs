//! Why a map cannot be built or merged.

mod entry;

use std::io;
use std::ops::Range;

use massmap_core::codec::{RecordError, ShapeError};
use massmap_format::{FormatError, MassMapHashConfig};

/// Why a map cannot be built or maps cannot be merged.
///
/// Converted into [`std::io::Error`], the error is the payload. The documentation of each variant names the kind.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// A number of 0 buckets. Kind [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error("a map needs at least one bucket, but 0 were requested")]
    ZeroBuckets,
    /// An average bucket length of 0 bytes. Kind [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error("an average bucket length of 0 bytes was requested; it must be at least 1")]
    ZeroBucketBytes,
    /// A shard that does not exist. Kind [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error("there is no shard {index} of {count}: shards are numbered from 0")]
    NoSuchShard {
        /// The requested shard.
        index: u32,
        /// The number of shards.
        count: u32,
    },
    /// A shard of format 1 without a number of buckets. It would follow from the entries of each shard, and differ between
    /// shards. Kind [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error("shards need a number of buckets, so that all of them have the same one")]
    ShardWithoutBucketCount,
    /// The work was [cancelled](crate::MassMapBuilder::with_cancellation). Kind [`Other`](io::ErrorKind::Other).
    #[error("the work was cancelled")]
    Cancelled,
    /// The source of the entries failed. The kind is that of the source if it is an [`io::Error`], otherwise
    /// [`Other`](io::ErrorKind::Other).
    #[error("the source of the entries failed at entry {ordinal}")]
    Source {
        /// The number of the entry in the input, from 0.
        ordinal: u64,
        /// The error of the source.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A temporary file for entries that do not fit in memory failed. Kind that of the source.
    #[error("a temporary file in {} cannot be created, written or read", directory.display())]
    Spill {
        /// The directory of the file.
        directory: std::path::PathBuf,
        /// The error of the file.
        #[source]
        source: io::Error,
    },
    /// A seed was given, but the hash parameters are not an object that could take it. Kind
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
        /// The number of the entry in the input, from 0.
        ordinal: u64,
        /// The error of the encoder.
        #[source]
        source: rmp_serde::encode::Error,
    },
    /// A key or a value whose encoding could not be read: it is nested deeper than [`MAX_DEPTH`](massmap_format::MAX_DEPTH), or
    /// is no complete value. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error("entry {ordinal} could not be read back")]
    Unreadable {
        /// The number of the entry in the input, from 0.
        ordinal: u64,
        /// Why the encoding cannot be read.
        #[source]
        source: FormatError,
    },
    /// A key or a value of a shape that no reader would return as it was. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error("the {part} of entry {ordinal}, of type {type_name:.200}, would not be read back: {shape}")]
    Shape {
        /// The number of the entry in the input, from 0.
        ordinal: u64,
        /// `key` or `value`.
        part: &'static str,
        /// Its type.
        type_name: &'static str,
        /// Why it would not be read back.
        shape: ShapeError,
    },
    /// A key or a value that cannot be decoded, in a build [with read back](crate::MassMapBuilder::with_read_back). Kind
    /// [`InvalidData`](io::ErrorKind::InvalidData).
    #[error(
        "the {part} of entry {ordinal} cannot be decoded as {type_name:.100}, so no reader of that type could read it: {cause}. \
         If field names are not written, `with_field_names(true)` may help"
    )]
    NotDecoded {
        /// The number of the entry in the input, from 0.
        ordinal: u64,
        /// `key` or `value`.
        part: &'static str,
        /// The type that it could not be decoded as.
        type_name: &'static str,
        /// The error of the decoder, or its beginning if it is long.
        cause: String,
    },
    /// A key or a value that differs once it is decoded, in a build
    /// [with read back](crate::MassMapBuilder::with_read_back). Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error(
        "the {part} of entry {ordinal} would not be read back as it is: decoded as {type_name:.200} and encoded again, it is \
         {again}, not {stored} (as MessagePack). If field names are not written, `with_field_names(true)` may help"
    )]
    DecodedDifferently {
        /// The number of the entry in the input, from 0.
        ordinal: u64,
        /// `key` or `value`.
        part: &'static str,
        /// The type that it was decoded as.
        type_name: &'static str,
        /// Its encoding, printable; the beginning if it is long.
        stored: String,
        /// The encoding of the decoded value, likewise.
        again: String,
    },
    /// A type that readers of the file could not open it with, in a build of format 2
    /// [with read back](crate::MassMapBuilder::with_read_back): its fields have other names when they are read, for example. Kind
    /// [`InvalidData`](io::ErrorKind::InvalidData).
    #[error("no reader could open the map with {part}s of type {type_name:.100}: {difference}")]
    TypeDiffers {
        /// `key` or `value`.
        part: &'static str,
        /// The type that is read back.
        type_name: &'static str,
        /// Where what was written differs from the type.
        difference: String,
    },
    /// A key that hashes differently once it is decoded, in a build
    /// [with read back](crate::MassMapBuilder::with_read_back). Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error(
        "the key of entry {ordinal} hashes differently once it is decoded as {type_name:.200}: lookups would not find it. \
         `Hash` must not depend on data that is not stored, such as skipped fields"
    )]
    HashedDifferently {
        /// The number of the entry in the input, from 0.
        ordinal: u64,
        /// The type that it was decoded as.
        type_name: &'static str,
    },
    /// The entries of a bucket take more bytes than the limit allows. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error(
        "bucket {bucket} takes {length} bytes, but the limit is {limit}: more buckets make each smaller, unless single \
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
    #[error("entry {ordinal} takes {length} bytes, but neither key nor value may take 4 GiB or more")]
    EntryTooLarge {
        /// The number of the entry in the input, from 0.
        ordinal: u64,
        /// Its length in bytes.
        length: u64,
    },
    /// An entry that does not fit in memory, for example because the address space of the program is limited. Kind
    /// [`OutOfMemory`](io::ErrorKind::OutOfMemory).
    #[error(
        "{} takes more memory than there is: {wanted} bytes were requested in one piece. Raise the memory limit of this program, or \
         store the value in several entries",
        match ordinal { Some(ordinal) => format!("entry {ordinal}"), None => "an entry".to_owned() }
    )]
    OutOfMemory {
        /// The number of the entry in the input, from 0, if known.
        ordinal: Option<u64>,
        /// Number of bytes requested in one piece: the entry as far as it is encoded, and up to 4 MiB of entries before it.
        wanted: u64,
    },
    /// An entry that does not have the type that its map says. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error("an entry does not have the type that its map says")]
    Record {
        /// Where it differs.
        #[from]
        source: RecordError,
    },
    /// Entries of one bin that take 4 GiB or more (format 2), with equal hashes or too few bins. Kind
    /// [`InvalidData`](io::ErrorKind::InvalidData).
    #[error("{length} bytes of entries belong in one run of pages, which must take less than 4 GiB")]
    BinTooLarge {
        /// Their total length in bytes.
        length: u64,
    },
    /// Two entries with equal keys, where that is not allowed. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error("several entries have the key {key}; to allow that, choose how to handle duplicate keys")]
    DuplicateKey {
        /// The key for a message: a string in quotes, an integer, or the bytes of anything else; the beginning if it is long.
        key: String,
        /// The encoded key, in MessagePack.
        encoded: Box<[u8]>,
    },
    /// A page size that the format does not allow. Kind [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error("a page size of {page_size} bytes was requested; it must be a power of two from 512 to 1048576")]
    PageSize {
        /// The requested size.
        page_size: u32,
    },
    /// A longest run that is not allowed. Kind [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error("runs of up to {pages} pages were requested; entries may share from 1 to 16 pages")]
    LongestRun {
        /// The requested number of pages.
        pages: u32,
    },
    /// A level of compression that does not exist. Kind [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error("there is no level {level} of compression: levels are from 1 to 22")]
    CompressionLevel {
        /// The requested level.
        level: i32,
    },
    /// A dictionary that is too long. Kind [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error("a dictionary for compression has at most 16777216 bytes, not {length}")]
    DictionaryTooLong {
        /// Its length in bytes, or the longest one requested.
        length: usize,
    },
    /// A dictionary that is damaged. Kind [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error(
        "the dictionary for compression is damaged: it begins like one of zstd and does not go on like one"
    )]
    UnusableDictionary,
    /// Compression, in a program that was built without it. Kind [`Unsupported`](io::ErrorKind::Unsupported).
    #[error("values cannot be compressed: build this program with the feature \"zstd\" of massmap")]
    NoCompression,
    /// Values cannot be compressed. Kind [`Other`](io::ErrorKind::Other).
    #[error("the values cannot be compressed: {problem}")]
    Compression {
        /// What the library says.
        problem: &'static str,
    },
    /// A setting that only format 2 has. Kind [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error("format 1 has no {what}: leave that setting out, or choose format 2")]
    NotInFormat1 {
        /// The name of the setting.
        what: &'static str,
    },
    /// A setting that only format 1 has. Kind [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error("format 2 has no {what}: leave that setting out, or choose format 1")]
    NotInFormat2 {
        /// The name of the setting.
        what: &'static str,
    },
    /// Keys of a map that are not of the requested type, or that hash otherwise than when the map was built. Lookups would not find
    /// them in the merged map. Kind that of the source.
    #[error("map {map} (from 0) cannot be merged: {cause}")]
    Key {
        /// The number of the map, from 0.
        map: usize,
        /// A [`ReadError`](massmap_read::ReadError) that names the place of the first such key, the requested type and the type
        /// that the file names.
        cause: io::Error,
    },
    /// A map that cannot be read. Kind that of the source.
    #[error("map {map} (from 0) cannot be read")]
    Read {
        /// The number of the map, from 0.
        map: usize,
        /// Why it cannot be read.
        #[source]
        source: io::Error,
    },
    /// Buckets of a map that cannot be copied: the map cannot be read, or the target cannot be written. Kind that of the source.
    #[error("the buckets of map {map} (from 0) cannot be copied")]
    Copy {
        /// The number of the map, from 0.
        map: usize,
        /// Why they cannot be copied.
        #[source]
        source: io::Error,
    },
    /// Maps that cannot be merged without the type of their keys. Kind [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error("these maps cannot be merged without the type of their keys")]
    KeysNeeded,
    /// Entries of a map that are not in the order of their hashes. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error(
        "map {map} (from 0) has entries out of order: it was built with a key type that hashes otherwise than {key_type} (the file \
         says {file_key_type:?}) or with another hash function, or is damaged"
    )]
    OutOfOrder {
        /// The number of the map, from 0.
        map: usize,
        /// The requested key type.
        key_type: &'static str,
        /// The key type that the file names, at most its first 200 characters.
        file_key_type: String,
    },
    /// One of the maps to be merged is in the target file. Kind
    /// [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error(
        "map {map} (from 0) is in the target file, and would be overwritten before it is read: write to another file, or with one \
         of the methods that end in `to_path`, which replace a file when the new one is complete"
    )]
    TargetIsInput {
        /// The number of the map, from 0.
        map: usize,
    },
    /// No maps to merge. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error("there are no maps to merge")]
    NoMaps,
    /// Maps with different hash functions. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error(
        "maps {} and {} (from 0) have different hash functions and cannot be merged: {} {} and {} {}",
        maps[0], maps[1], first.name, first.parameters, other.name, other.parameters
    )]
    HashConfigsDiffer {
        /// The numbers of the two maps, from 0.
        maps: [usize; 2],
        /// The hash function of the first of the two maps.
        first: Box<MassMapHashConfig>,
        /// That of the other map.
        other: Box<MassMapHashConfig>,
    },
    /// Shards with different build ids. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error(
        "maps {} and {} (from 0) are shards of different builds, as their build ids say: take all shards from one build, or \
         merge those of each build by themselves first",
        maps[0], maps[1]
    )]
    BuildsDiffer {
        /// The numbers of the two maps, from 0.
        maps: [usize; 2],
    },
    /// The same shard of the same build twice. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error("maps {} and {} (from 0) are the same shard, {index} of {count}, of the same build", maps[0], maps[1])]
    SameShard {
        /// The numbers of the two maps, from 0.
        maps: [usize; 2],
        /// The shard.
        index: u32,
        /// Number of shards.
        count: u32,
    },
    /// Maps with different numbers of buckets. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error("maps {} and {} (from 0) have different numbers of buckets and cannot be merged: {first} and {other}", maps[0], maps[1])]
    BucketCountsDiffer {
        /// The numbers of the two maps, from 0.
        maps: [usize; 2],
        /// The number of buckets of the first of the two maps.
        first: usize,
        /// That of the other map.
        other: usize,
    },
    /// Maps with entries in overlapping ranges of buckets. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error(
        "maps {} and {} (from 0) have overlapping ranges of occupied buckets and cannot be merged: {}..{} and {}..{}",
        maps[0], maps[1], first.start, first.end, other.start, other.end
    )]
    RangesOverlap {
        /// The numbers of the two maps, from 0.
        maps: [usize; 2],
        /// The range of the first of the two maps.
        first: Range<u64>,
        /// That of the other map.
        other: Range<u64>,
    },
    /// Maps that name different key or value types. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error("maps {} and {} (from 0) have different {field} types and cannot be merged: {first:.200} and {other:.200}", maps[0], maps[1])]
    TypesDiffer {
        /// The numbers of the two maps, from 0.
        maps: [usize; 2],
        /// `key` or `value`.
        field: &'static str,
        /// The type that the first of the two maps names.
        first: String,
        /// That of the other map.
        other: String,
    },
}

impl WriteError {
    /// The numbers, from 0, of the two maps that cannot be merged with each other, if that is the error.
    #[must_use]
    pub fn maps(&self) -> Option<[usize; 2]> {
        match self {
            Self::HashConfigsDiffer { maps, .. }
            | Self::BuildsDiffer { maps }
            | Self::SameShard { maps, .. }
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
            | WriteError::CompressionLevel { .. }
            | WriteError::DictionaryTooLong { .. }
            | WriteError::UnusableDictionary
            | WriteError::NotInFormat1 { .. }
            | WriteError::NotInFormat2 { .. }
            | WriteError::TargetIsInput { .. }
            | WriteError::KeysNeeded => io::ErrorKind::InvalidInput,
            WriteError::NoCompression => io::ErrorKind::Unsupported,
            WriteError::Cancelled | WriteError::Serialize { .. } | WriteError::Compression { .. } => {
                io::ErrorKind::Other
            }
            WriteError::OutOfMemory { .. } => io::ErrorKind::OutOfMemory,
            _ => io::ErrorKind::InvalidData,
        };
        io::Error::new(kind, error)
    }
}
