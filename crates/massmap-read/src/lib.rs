//! Opening, looking up and iterating massmap files.
//!
//! [`MassMap`] is a map with its key and value types, [`MassMapInner`] the same map without them. Both read through any
//! [`MassMapReader`](massmap_io::MassMapReader). Most programs use them through the facade crate `massmap`; this crate
//! is for those that only read and want nothing else compiled.
//!
//! At its core a lookup is two plain functions without I/O, from the key's hash to the extent in the file where its
//! bucket lies, and from the bucket's bytes and the key to the value. What surrounds them only moves bytes.
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
//! Everything returns [`std::io::Result`]. Where the file is at fault the payload of the error tells more:
//! [`ReadError`] for buckets and keys, [`FormatError`](massmap_format::FormatError) for header and metadata,
//! [`HashError`](massmap_hash::HashError) for the hash function, [`IoError`](massmap_io::IoError) for missing bytes.
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
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::cast_possible_truncation))]

mod batch;
mod batch_in_memory;
mod bucket_index;
mod checksum;
mod cpu;
mod decode;
mod equal_bytes;
mod error;
mod extents;
mod inner;
mod iter;
mod layout;
mod load;
mod lookahead;
mod map;
mod miss_filter;
mod open;
mod origin;
#[cfg(feature = "rayon")]
mod par_iter;
mod place;
mod prefetch;
mod raw;
mod same_key;
mod scan;
mod search;
mod sequential;
mod trust;
mod try_ref;
mod usual;
mod verify;

pub use checksum::ChecksumPolicy;
pub use error::ReadError;
pub use inner::MassMapInner;
pub use iter::{Keys, MassMapIter, Values};
pub use map::MassMap;
#[cfg(feature = "rayon")]
pub use par_iter::ParIter;
pub use place::Place;
pub use raw::{RawBlock, RawBlocks};
pub use verify::report::{Problem, VerifyReport};
