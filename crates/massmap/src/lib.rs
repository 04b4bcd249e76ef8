//! An immutable key-value map in one file, in which every lookup costs exactly one I/O.
//!
//! For data that is built once and looked up many times: indexes, feature stores, dictionaries, id tables. A build writes all
//! entries into a file. Any number of processes open it, keep a small index in memory and fetch each value with a single
//! positional read. It is not a database: a map that has been built never changes.
//!
//! ```
//! # fn main() -> massmap::Result<()> {
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("fruits.massmap");
//! massmap::Builder::new().build(&path, [("apple", 1u32), ("banana", 2)])?;
//!
//! let map = massmap::open::<String, u32>(&path)?;
//! assert_eq!(map.get("banana")?, Some(2));
//! assert_eq!(map.get("cherry")?, None);
//! # Ok(())
//! # }
//! ```
//!
//! Keys and values are any types that serde can serialize; they are stored as MessagePack.
//!
//! # Where things are
//!
//! - [`open`] opens a map, [`OpenOptions`] does so in other ways: mapped into memory, past the page cache, from bytes, through a
//!   reader of your own. Both give a [`Map`], which looks keys up, one by one and in batches, and iterates.
//! - [`UntypedMap`] is a map of which a program knows no types; the module [`dynamic`] has what goes in and comes out of it.
//! - [`Builder`] builds a map from anything that can be iterated over, and [`merge`](fn@merge) puts maps that were built in parts
//!   together.
//! - The module `remote`, with the feature `async`, has maps that are read asynchronously, and with `object-store` readers of objects
//!   in S3, Google Cloud Storage, Azure and behind HTTP, for programs with a runtime and without.
//! - [`Error`] is what all of these return, but for `remote`, which returns [`std::io::Result`], too.
//! - [`DuplicateKeys`] and [`ChecksumPolicy`] are what builders and maps can be set to; [`VerifyReport`] is the result of
//!   verifying a file.
//! - [`MassMapReader`] is the trait for readers of your own. [`AnyReader`] is any of the built-in ones: [`std::fs::File`],
//!   [`BytesReader`], [`MappedFile`], [`PooledFile`] of a [`FilePool`], `DirectFile` on Linux, `UringFile` with the feature
//!   `io-uring`.
//!
//! # The names of 0.1.5
//!
//! What has a name with `MassMap` in it stands below all of that, and is what massmap 0.1.5 has, with the same names, defaults and
//! signatures, and the same bytes on disk:
//!
//! - [`MassMapBuilder`] builds maps of either format for any [`MassMapWriter`], [`MassMapMerger`] merges them. Unless told
//!   otherwise they write format 1, that of massmap 0.1.5. [`AtomicFile`] replaces a file when it is complete, [`MemoryWriter`] writes
//!   to memory.
//! - [`MassMap`] is a map with its types, [`MassMapInner`] one without. Type parameters say what reads the file and what hashes the
//!   keys. [`MassMap::load`] checks a sample of the keys against their type and the hash function, [`MassMap::load_checked`] all of
//!   them.
//! - [`MassMapHashLoader`] is the trait for hash functions, with [`MassMapDefaultHashLoader`] (foldhash),
//!   [`Xxh3HashLoader`] (stable across platforms, versions and languages) and [`KnownHashLoader`] (any of these, as the
//!   file says). The crate `massmap-hash` explains which to choose and how to add one.
//! - [`MassMapHeader`], [`MassMapMeta`], [`MassMapBucketMeta`] and [`MassMapInfo`] describe a file. The crate
//!   `massmap-format` holds its codecs and `FORMAT.md`, the specification.
//!
//! ```
//! use massmap::{MassMap, MassMapBuilder};
//!
//! # fn main() -> std::io::Result<()> {
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("fruits.massmap");
//! let entries = [("apple", 1u32), ("banana", 2)];
//! let file = std::fs::File::create(&path)?;
//! MassMapBuilder::default().with_bucket_count(64).build(&file, entries.iter())?;
//!
//! let file = std::fs::File::open(&path)?;
//! let map = MassMap::<String, u32, _>::load(file)?;
//! assert_eq!(map.get("banana")?, Some(2));
//! # Ok(())
//! # }
//! ```
//!
//! # Two formats
//!
//! [`Builder`] writes format 2: a lookup reads exactly one aligned page, about a byte of index a page stays in memory, and
//! everything has a checksum. Format 1 is that of massmap 0.1.5. Maps of either open without being told which. Both formats are
//! final: later versions read every file of either.
//!
//! # Features
//!
//! | feature | on by default | what it brings |
//! |---|---|---|
//! | `write` | yes | `Builder`, `merge`, `MassMapBuilder`, `MassMapMerger` |
//! | `rayon` | yes | `Map::par_iter`, `MassMap::par_iter` |
//! | `mmap` | yes | `OpenOptions::mapped`, `MappedFile` |
//! | `io-uring` | no | `OpenOptions::io_uring`, `UringFile`, on Linux |
//! | `zstd` | no | compressed values; needs a C compiler |
//! | `async` | no | `remote`: asynchronous maps over any reader, a page cache |
//! | `object-store` | no | `remote` over S3, Google Cloud Storage, Azure, HTTP; needs tokio |
//!
//! Without any, this is a reader over files and bytes that compiles little.
//!
//! # Errors
//!
//! The front door returns [`Error`], an enum. What has a name of 0.1.5 returns [`std::io::Result`]: errors of the operating system
//! come through as they are, and the payload of all others is one of [`FormatError`], [`HashError`], [`IoError`], [`ReadError`] and
//! [`WriteError`]. [`Error::from`] takes that out:
//!
//! ```
//! use massmap::{BytesReader, Error, IoError, MassMap};
//!
//! let error = MassMap::<String, u32, _>::load(BytesReader::new(b"too short")).unwrap_err();
//! assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
//! match Error::from(error) {
//!     Error::File(IoError::UnexpectedEnd { available, .. }) => assert_eq!(available, 9),
//!     _ => unreachable!("nine bytes are no map"),
//! }
//! ```
//!
//! # What round-trips
//!
//! Entries that a build accepts come back equal. Structs are stored as arrays unless [`Builder::with_field_names`] is
//! set, which is recommended **wherever structs may change** between building and reading: without names, a file does not open with
//! fields in another order or a new one among them (in format 1 it does, with swapped values). Builds refuse types that are known not to be read again, such
//! as structs that skip a field before another one; [`Builder::with_read_back`] decodes every entry to find the
//! rest. The module [`round_trips`] has a table of what comes back.
//!
//! # Files that cannot be trusted
//!
//! No file, whatever its bytes, makes a reader panic, loop, or allocate more than a small multiple of what the file
//! really holds. Everything that a file says about itself is checked before it is used.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "write")]
mod builder;
mod error;
mod map;
#[cfg(feature = "write")]
mod merge;
mod open;
mod untyped;

#[cfg(feature = "write")]
pub use builder::Builder;
#[cfg(feature = "write")]
pub use builder::settings::OBJECT_STORE_PAGE_SIZE;
pub use error::{Error, Result};
#[cfg(feature = "rayon")]
pub use map::ParIter;
pub use map::{Iter, Keys, Map, Values};
#[cfg(feature = "write")]
pub use merge::merge;
pub use open::{OpenOptions, open};
pub use untyped::{UntypedEntries, UntypedMap};

pub use bytes::Bytes;
pub use massmap_core::codec::{RecordCodec, RecordError};
pub use massmap_core::dynamic;
/// The bytes of files: the whole crate `massmap-format`, of which [`PagedHeader`] and [`FormatError`] are parts.
pub use massmap_format as format;
pub use massmap_format::{
    DuplicateKeys, EntryLayout, EntryTypes, FormatError, FormatVersion, IntegerType, MassMapBucketMeta,
    MassMapHashConfig, MassMapHeader, MassMapInfo, MassMapMeta, PagedHeader, RawEntry, Schema, ShardLabel,
    Variant,
};
pub use massmap_hash::{
    HashError, KnownBuildHasher, KnownHashLoader, KnownHasher, MassMapDefaultHashLoader, MassMapHashLoader,
    Xxh3BuildHasher, Xxh3HashLoader, Xxh3Hasher,
};
#[cfg(target_os = "linux")]
pub use massmap_io::DirectFile;
pub use massmap_io::{
    AnyReader, AtomicFile, BytesReader, FileId, FilePool, Heartbeat, IntoAtomicFile, IoError, LendingReader,
    MassMapReader, MassMapWriter, MemoryWriter, NotKept, PooledFile, PublishStep, SourceSize,
};
#[cfg(feature = "mmap")]
pub use massmap_io::{MappedFile, MappedFileOptions};
#[cfg(feature = "io-uring")]
pub use massmap_io::{RingFile, UringFile};
#[cfg(feature = "rayon")]
pub use massmap_read::ParIter as MassMapParIter;
pub use massmap_read::{
    BatchKey, ChecksumPolicy, FoundValue, HeaderCopy, Keys as MassMapKeys, MassMap, MassMapInner,
    MassMapIter, Place, Problem, RawBlock, RawBlocks, ReadError, TolerantHashLoader, Values as MassMapValues,
    VerifyReport,
};
#[cfg(feature = "write")]
pub use massmap_write::{
    Compression, MassMapBuilder, MassMapMerger, Phase, Progress, ShapeError, Shards, WriteError,
};

/// Maps that are read asynchronously, over object stores, HTTP and anything else that reads byte ranges: the whole crate
/// `massmap-async`.
///
/// `AsyncMassMap` is the asynchronous form of [`MassMap`], `AsyncUntypedMap` that of [`UntypedMap`]. With the feature `object-store`,
/// `ObjectReader` reads objects asynchronously, and `BlockingReader` lets [`OpenOptions::open_reader`] open them without a runtime.
#[cfg(feature = "async")]
pub use massmap_async as remote;

#[cfg(feature = "write")]
#[doc = include_str!("round_trips.md")]
pub mod round_trips {}

/// The examples of the README, as tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

/// Those of the guides.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/serving-from-s3.md")]
struct Guides;
