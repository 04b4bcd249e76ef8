//! Asynchronous lookups in massmap files: over object stores, HTTP and anything else that reads byte ranges.
//!
//! [`AsyncReader`] is the trait of what reads ranges. Everything runs on any executor.
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

pub use error::RemoteError;
pub use map::AsyncMassMap;
pub use options::AsyncOpenOptions;
pub use reader::version_tag::VersionTag;
pub use reader::{AsyncReader, Suffix};
pub use readers::memory::MemoryReader;
#[cfg(feature = "object_store")]
pub use readers::object_store::ObjectReader;
#[cfg(feature = "object_store")]
pub use readers::object_store::url::ObjectUrl;
pub use untyped::AsyncUntypedMap;

// What functions of this crate return or take.
pub use bytes::Bytes;
pub use massmap_core::{ChecksumPolicy, VerifyReport, dynamic};
#[cfg(feature = "object_store")]
pub use object_store;
