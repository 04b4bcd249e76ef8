//! Asynchronous lookups in massmap files: over object stores, HTTP and anything else that reads byte ranges.
//!
//! [`AsyncReader`] is the trait of what reads ranges. Everything runs on any executor.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::cast_possible_truncation))]

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod error;
mod reader;
mod readers;

pub use error::RemoteError;
pub use reader::version_tag::VersionTag;
pub use reader::{AsyncReader, Suffix};
#[cfg(feature = "object_store")]
pub use readers::blocking::BlockingReader;
#[cfg(feature = "object_store")]
pub use readers::blocking::options::BlockingOptions;
pub use readers::memory::MemoryReader;
#[cfg(feature = "object_store")]
pub use readers::object_store::ObjectReader;
#[cfg(feature = "object_store")]
pub use readers::object_store::url::ObjectUrl;

// What functions of this crate return or take.
pub use bytes::Bytes;
#[cfg(feature = "object_store")]
pub use object_store;
