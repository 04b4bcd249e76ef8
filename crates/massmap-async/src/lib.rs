//! Asynchronous lookups in massmap files: over object stores, HTTP and anything else that reads byte ranges.
//!
//! [`AsyncMassMap`] is a map with its key and value types, [`AsyncUntypedMap`] one whose types are those that the file names.
//! [`AsyncReader`] is the trait of what they read through; test implementations of your own with the suite in the module
//! `conformance`, with the cargo feature of that name. Everything runs on any executor, with many threads or with one.
//!
//! | reader | feature | reads |
//! |---|---|---|
//! | `ObjectReader` | `object_store`, and one of `aws`, `azure`, `fs`, `gcp` and `http` for URLs | objects in stores, from tasks of tokio |
//! | `Offloaded` | `tokio` | local files, on tokio's threads for blocking work |
//! | [`InPlace`] | | the same on the thread that asks: files in the page cache or in mapped memory |
//! | [`MemoryReader`] | | bytes in memory |
//! | `Cached` | `cache` | through another reader, and keeps pages in memory |
//! | [`Hedged`] | | through another reader, twice where an answer takes long |
//! | [`TimeLimit`] | | through another reader, and gives up after a while |
//!
//! The last two need a [`Timer`], such as `TokioTimer`. `BlockingReader` makes any of them one for `MassMap` and all else that is not
//! asynchronous. `ObjectWriter` writes objects whole or not at all, for builders and mergers.
//!
//! ```no_run
//! # #[cfg(feature = "aws")]
//! # async fn look_up() -> std::io::Result<()> {
//! use massmap_async::{AsyncMassMap, ObjectReader};
//!
//! let reader = ObjectReader::from_url("s3://bucket/fruits.massmap")?;
//! let map = AsyncMassMap::<String, u32, _>::open(reader).await?;
//! assert_eq!(map.get("apple").await?, Some(1));
//! # Ok(())
//! # }
//! ```
//!
//! # Errors
//!
//! Everything returns [`std::io::Result`], as the synchronous crates do. The payload of errors of reading from afar is a [`RemoteError`];
//! that of errors of the file is the same as with `massmap-read`.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::cast_possible_truncation))]

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod error;
mod maps;
mod options;
mod reader;
mod readers;
mod remote;
#[cfg(feature = "object_store")]
mod writer;

pub use error::RemoteError;
pub use maps::typed::AsyncMassMap;
pub use maps::untyped::AsyncUntypedMap;
pub use options::AsyncOpenOptions;
pub use reader::version_tag::VersionTag;
pub use reader::{AsyncReader, Suffix};
#[cfg(feature = "object_store")]
pub use readers::blocking::BlockingReader;
#[cfg(feature = "object_store")]
pub use readers::blocking::options::BlockingOptions;
#[cfg(feature = "cache")]
pub use readers::cached::Cached;
#[cfg(feature = "cache")]
pub use readers::cached::page_cache::{CacheStats, PageCache};
pub use readers::hedged::{HedgeDelay, HedgeStats, Hedged};
pub use readers::in_place::InPlace;
pub use readers::memory::MemoryReader;
#[cfg(feature = "object_store")]
pub use readers::object_store::ObjectReader;
#[cfg(feature = "object_store")]
pub use readers::object_store::url::ObjectUrl;
#[cfg(feature = "tokio")]
pub use readers::offloaded::Offloaded;
pub use readers::time_limit::TimeLimit;
pub use readers::timer::Timer;
#[cfg(feature = "tokio")]
pub use readers::timer::tokio::TokioTimer;
#[cfg(feature = "object_store")]
pub use writer::ObjectWriter;

// What functions of this crate return or take.
pub use bytes::Bytes;
pub use massmap_core::{ChecksumPolicy, VerifyReport, dynamic};
#[cfg(feature = "object_store")]
pub use object_store;
