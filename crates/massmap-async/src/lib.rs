//! Asynchronous lookups in massmap files: over object stores, HTTP and anything else that reads byte ranges.
//!
//! [`AsyncReader`] is the trait of what reads ranges. Everything runs on any executor.
//!
//! With the feature `object_store`, `ObjectWriter` writes objects whole or not at all, for builders and mergers.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::cast_possible_truncation))]

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod description;
mod error;
mod map;
mod opening;
mod options;
mod reader;
mod readers;
mod remote;
mod untyped;
mod value;
#[cfg(feature = "object_store")]
mod writer;

pub use error::RemoteError;
pub use map::AsyncMassMap;
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
pub use untyped::AsyncUntypedMap;
#[cfg(feature = "object_store")]
pub use writer::ObjectWriter;

// What functions of this crate return or take.
pub use bytes::Bytes;
pub use massmap_core::{ChecksumPolicy, VerifyReport, dynamic};
#[cfg(feature = "object_store")]
pub use object_store;
