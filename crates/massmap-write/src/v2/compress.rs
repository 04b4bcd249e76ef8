//! Compressing values, `FORMAT.md` section 2.4.2.
//!
//! How many pages a file has, and of what size, follows from the lengths of its entries as they are stored. So all values are compressed
//! before the first page is written, once, and wait in memory or in a temporary file: [`StoredEntries`].
//!
//! The dictionary is made from [`Samples`] of the values, which do not depend on the order of the entries, on threads or memory.

mod compressor;
mod dictionary;
#[cfg(feature = "zstd")]
mod encoder;
mod samples;
mod stored_entries;
#[cfg(not(feature = "zstd"))]
mod unavailable;

pub(super) use compressor::Compressor;
pub(super) use dictionary::{choose_dictionary, describe_unused, sample_budget};
#[cfg(feature = "zstd")]
use encoder::{ValueEncoder, train, version};
pub(super) use samples::Survey;
pub(super) use stored_entries::StoredEntries;
#[cfg(not(feature = "zstd"))]
use unavailable::{ValueEncoder, train, version};
