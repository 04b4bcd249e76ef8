//! Opening, looking up and iterating massmap files.
//!
//! [`MassMap`] is a map with its key and value types, [`MassMapInner`] the same map without them. Both read through any
//! [`MassMapReader`](massmap_io::MassMapReader). Most programs use them through the facade crate `massmap`; this crate is for
//! programs that only read and want nothing else compiled.
//!
//! The logic of openings, lookups, iterations and verifications is in the crate `massmap-core`. This crate reads the ranges that
//! it asks for.
//!
//! ```
//! use massmap_read::MassMap;
//!
//! # fn main() -> std::io::Result<()> {
//! # let writer = massmap_io::MemoryWriter::new();
//! # massmap_write::MassMapBuilder::default().build(&writer, [("apple", 1u32), ("banana", 2)].iter())?;
//! # let reader = writer.into_reader();
//! let map = MassMap::<String, u32, _>::load(reader)?;
//! assert_eq!(map.get("apple")?, Some(1));
//! assert_eq!(map.batch_get::<str>(["banana", "cherry"])?, [Some(2), None]);
//! assert!(!map.contains_key("cherry")?);
//! # Ok(())
//! # }
//! ```
//!
//! # Errors
//!
//! Everything returns [`std::io::Result`]. If the file is at fault, the payload of the error says more: [`ReadError`] for buckets
//! and keys, [`FormatError`](massmap_format::FormatError) for header and metadata, [`HashError`](massmap_hash::HashError) for the
//! hash function, [`IoError`](massmap_io::IoError) for missing bytes.
//!
//! ```
//! use massmap_read::{MassMapInner, ReadError};
//! use massmap_format::FormatError;
//! # use massmap_io::BytesReader;
//!
//! let error = MassMapInner::<_>::load(BytesReader::new(b"{\"apple\": 1, \"banana\": 2}")).unwrap_err();
//! let cause = error.get_ref().and_then(|payload| payload.downcast_ref::<FormatError>());
//! assert!(matches!(cause, Some(FormatError::Magic { .. })));
//! ```
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::cast_possible_truncation))]

mod decode;
mod iterate;
mod lookup;
mod map;
mod open;
mod untyped;
mod verify;

pub use iterate::entries::{Keys, MassMapIter, Values};
#[cfg(feature = "rayon")]
pub use iterate::par_iter::ParIter;
pub use iterate::raw::RawBlocks;
pub use iterate::raw::block::RawBlock;
pub use map::MassMap;
pub use map::inner::MassMapInner;
pub use massmap_core::{ChecksumPolicy, HeaderCopy, Place, Problem, ReadError, VerifyReport};
pub use untyped::{BatchKey, FoundValue, TolerantHashLoader, UntypedEntries, UntypedMap};

/// The parts of lookups that read nothing, for maps over sources that are no [`MassMapReader`](massmap_io::MassMapReader), such as the
/// asynchronous ones.
///
/// [`MassMapInner`] and [`UntypedMap`] may have a reader of any kind. [`Opening`](massmap_core::Opening) says what to read, and
/// [`MassMapInner::from_opened`] makes a map of what was read. [`MassMapInner::index`] then finds and decodes the extents of hashes.
pub mod steps {
    pub use crate::iterate::block_entries::BlockEntries;
    pub use crate::map::key_check::{KeyCheckState, examine};
    pub use crate::map::stored_keys::{KeysOf, StoredKeys};
    pub use crate::untyped::named_keys::NamedKeys;
    pub use crate::verify::{begin_verification, check_types};
}
