//! An immutable key-value map in one file, in which every lookup costs exactly one I/O.
//!
//! For data that is built once and looked up many times: indexes, feature stores, dictionaries, id tables. A build
//! writes all entries into a file; any number of processes open it, keep a small index in memory and fetch each value
//! with a single positional read, from a file, from memory, or from whatever implements [`MassMapReader`]. It is not a
//! database: a map that has been built never changes.
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
//! assert_eq!(map.get("cherry")?, None);
//! # Ok(())
//! # }
//! ```
//!
//! Keys and values are any types that serde can serialize; they are stored as MessagePack.
//!
//! # Two formats
//!
//! [`MassMapBuilder`] writes format 1, that of massmap 0.1.5, unless told otherwise. New data should use format 2: a lookup
//! reads exactly one aligned page, about a byte of index a page stays in memory, and everything is checksummed. Readers
//! open either.
//!
//! ```
//! use massmap::{FormatVersion, MassMap, MassMapBuilder, MemoryWriter, Xxh3HashLoader};
//!
//! # fn main() -> std::io::Result<()> {
//! let file = MemoryWriter::new();
//! MassMapBuilder::<Xxh3HashLoader>::default()
//!     .with_format(FormatVersion::V2)
//!     .with_user_metadata("source", "the orchard")
//!     .build(&file, [("apple", 1u32), ("banana", 2)].iter())?;
//!
//! let map = MassMap::<String, u32, _, Xxh3HashLoader>::load(file.into_reader())?;
//! assert_eq!(map.get("apple")?, Some(1));
//! assert_eq!(map.user_metadata()["source"], "the orchard");
//! assert!(map.verify().is_ok());
//! # Ok(())
//! # }
//! ```
//!
//! # Where things are
//!
//! - [`MassMapBuilder`] builds a map, [`MassMapMerger`] puts maps that were built in parts together.
//! - [`MassMap`] opens a map with its types, [`MassMapInner`] without them. [`MassMap::load`] checks a sample of the keys
//!   against type and hash function, [`MassMap::load_checked`] all of them. [`MassMap::get`] looks a key up, [`MassMap::get_with`] and [`MassMap::get_ref`] do without copying the value, [`MassMap::batch_get`] looks many up.
//!   [`MassMap::iter`] and [`MassMap::par_iter`] walk over all entries.
//! - [`MassMapHashLoader`] is the trait for hash functions, with [`MassMapDefaultHashLoader`] (foldhash),
//!   [`Xxh3HashLoader`] (stable across platforms, versions and languages) and [`KnownHashLoader`] (any of these, as the
//!   file says). The crate `massmap-hash` tells which to choose and how to bring one's own.
//! - [`MassMapReader`] and [`MassMapWriter`] are the traits for where files lie: [`std::fs::File`], memory
//!   ([`BytesReader`], [`MemoryWriter`]), or a backend of one's own. [`MappedFile`] maps a file into memory, which lookups
//!   work on without a call or a copy; `DirectFile`, on Linux, reads one past the page cache; `UringFile`, behind the
//!   feature `io-uring`, keeps many reads of a batch in flight. [`AtomicFile`] replaces a file when it is complete;
//!   [`FilePool`] reads more files than may be open.
//! - [`FormatVersion`], [`DuplicateKeys`] and [`ChecksumPolicy`] are what builders, mergers and maps can be set to;
//!   [`VerifyReport`] is what verifying a file gives.
//! - [`MassMapHeader`], [`MassMapMeta`], [`MassMapBucketMeta`] and [`MassMapInfo`] describe a file. The crate
//!   `massmap-format` holds its codecs and `FORMAT.md`, the specification.
//!
//! # Features
//!
//! | feature | on by default | what it brings |
//! |---|---|---|
//! | `write` | yes | `MassMapBuilder`, `MassMapMerger` |
//! | `rayon` | yes | `MassMap::par_iter` |
//! | `mmap` | yes | `MappedFile` |
//! | `io-uring` | no | `UringFile`, on Linux |
//!
//! Without any, this is a reader over files and bytes that compiles little.
//!
//! This crate only re-exports; it is the stable surface of those it is made of. Everything that massmap 0.1.5 has is
//! here under the same name, with the same bytes on disk.
//!
//! # Errors
//!
//! Everything fallible returns [`std::io::Result`]. Errors of the operating system come through as they are. For all
//! others the payload is one of [`FormatError`], [`HashError`], [`IoError`], [`ReadError`] and [`WriteError`], and says
//! what was wrong with which part:
//!
//! ```
//! use massmap::{BytesReader, MassMap, IoError};
//!
//! let error = MassMap::<String, u32, _>::load(BytesReader::new(b"too short")).unwrap_err();
//! assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
//! match error.get_ref().and_then(|payload| payload.downcast_ref::<IoError>()) {
//!     Some(IoError::UnexpectedEnd { available, .. }) => assert_eq!(*available, 9),
//!     _ => unreachable!("nine bytes are no map"),
//! }
//! ```
//!
//! # What round-trips
//!
//! What a build accepts is to come back equal. Structs are stored as arrays unless [`MassMapBuilder::with_field_names`] is
//! set, which is recommended **wherever structs may change** between building and reading: fields in another order, or a new one
//! among them, would give swapped values without an error. Builds refuse types that are seen not to be read again, such
//! as structs that skip a field before another one; [`MassMapBuilder::with_read_back`] decodes every entry to find the
//! rest. The module [`round_trips`] has a table of what comes back.
//!
//! # Files that cannot be trusted
//!
//! No file, whatever its bytes, makes a reader panic, loop, or allocate more than a small multiple of what the file
//! really holds. Everything that a file says about itself is checked before it is used.

#[cfg(feature = "write")]
mod builder;
mod error;
mod map;
#[cfg(feature = "write")]
mod merge;
mod open;

#[cfg(feature = "write")]
pub use builder::Builder;
pub use error::{Error, Result};
#[cfg(feature = "rayon")]
pub use map::ParIter;
pub use map::{Iter, Keys, Map, Values};
#[cfg(feature = "write")]
pub use merge::merge;
pub use open::{OpenOptions, open};

pub use bytes::Bytes;
pub use massmap_core::dynamic;
pub use massmap_format::{
    DuplicateKeys, FormatError, FormatVersion, MassMapBucketMeta, MassMapHashConfig, MassMapHeader,
    MassMapInfo, MassMapMeta,
};
pub use massmap_hash::{
    HashError, KnownBuildHasher, KnownHashLoader, MassMapDefaultHashLoader, MassMapHashLoader,
    Xxh3BuildHasher, Xxh3HashLoader,
};
#[cfg(target_os = "linux")]
pub use massmap_io::DirectFile;
pub use massmap_io::{
    AnyReader, AtomicFile, BytesReader, FileId, FilePool, Heartbeat, IntoAtomicFile, IoError, LendingReader,
    MassMapReader, MassMapWriter, MemoryWriter, NotKept, PooledFile, PublishStep,
};
#[cfg(feature = "mmap")]
pub use massmap_io::{MappedFile, MappedFileOptions};
#[cfg(feature = "io-uring")]
pub use massmap_io::{RingFile, UringFile};
#[cfg(feature = "rayon")]
pub use massmap_read::ParIter as MassMapParIter;
pub use massmap_read::{
    ChecksumPolicy, Keys as MassMapKeys, MassMap, MassMapInner, MassMapIter, Place, Problem, RawBlock,
    RawBlocks, ReadError, Values as MassMapValues, VerifyReport,
};
#[cfg(feature = "write")]
pub use massmap_write::{MassMapBuilder, MassMapMerger, Phase, Progress, ShapeError, Shards, WriteError};

#[cfg(feature = "write")]
#[doc = include_str!("round_trips.md")]
pub mod round_trips {}

/// The examples of the README, as tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
