//! Building massmap files from entries, and merging several into one.
//!
//! [`MassMapBuilder`] writes a map through any [`MassMapWriter`](massmap_io::MassMapWriter), [`MassMapMerger`] puts
//! maps that were built in parts together. Most programs use them through the facade crate `massmap`.
//!
//! ```
//! use massmap_write::MassMapBuilder;
//! use massmap_io::MemoryWriter;
//!
//! let writer = MemoryWriter::new();
//! let entries = [("apple", 1u32), ("banana", 2)];
//! let info = MassMapBuilder::default().with_bucket_count(16).build(&writer, entries.iter())?;
//! assert_eq!(info.meta.entry_count, 2);
//! assert_eq!(info.header.meta_offset + info.header.meta_length, writer.to_vec().len() as u64);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # What a failure leaves behind
//!
//! All entries are hashed, encoded and checked before the first byte is written: an error up to then leaves the target as
//! it was. The first write clears the header and the last one sets it, so a target whose writing failed half-way does
//! not open as a map, whatever it held before. The methods that end in `to_path` leave the file at the path as it was
//! whatever fails. Temporary files are gone in any case, however the program ends.
//!
//! # How a build goes
//!
//! Each entry is encoded once, into a batch. Other threads bring the entries of a batch together by partition, which is a
//! range of buckets or hashes, and keep batches in memory up to a limit; beyond it they write them to a temporary file, by
//! partition. When all entries are there, partition after partition is loaded, sorted and encoded by these threads, and
//! written by the calling one. A partition that is too large for that is divided further in the same way. Entries that
//! nothing can divide, since all have the same hash, are written piece by piece.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::cast_possible_truncation))]

mod build;
mod config;
mod entry;
mod error;
mod merge;
mod resources;
mod sort;
mod v1;
mod v2;

pub use build::{MassMapBuilder, Shards};
pub use error::WriteError;
pub use massmap_core::codec::ShapeError;
pub use merge::MassMapMerger;
pub use resources::{Phase, Progress};
