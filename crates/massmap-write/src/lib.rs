//! Building massmap files from entries, and merging several into one.
//!
//! [`MassMapBuilder`] writes a map through any [`MassMapWriter`](massmap_io::MassMapWriter), [`MassMapMerger`] merges maps.
//! Most programs use them through the facade crate `massmap`.
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
//! All entries are hashed, encoded and checked before the first byte is written: an error up to then leaves the target as it
//! was. The first write clears the header and the last one sets it. If writing fails half-way, the target does not open as a
//! map, whatever it held before. The methods that end in `to_path` leave the file at the path as it was on any failure.
//! Temporary files are gone however the program ends.
//!
//! # How a build works
//!
//! Each entry is encoded once, into a batch. Other threads group the entries of a batch by partition, which is a range of
//! buckets or hashes, and keep batches in memory up to a limit. Beyond it they write them to a temporary file, by partition.
//! When all entries are there, these threads load, sort and encode one partition after the other, and the calling thread
//! writes them. A partition that is too large for memory is divided further in the same way. Entries with the same hash, which
//! cannot be divided, are written piece by piece if they are too large for memory. The module [`packing`] has the rules by
//! which entries of format 2 are put on pages.
#![cfg_attr(docsrs, feature(doc_cfg))]
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
pub use config::Compression;
pub use error::WriteError;
pub use massmap_core::codec::ShapeError;
pub use merge::MassMapMerger;
pub use resources::{Phase, Progress};
pub use v2::packing;
