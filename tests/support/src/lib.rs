//! Helpers that the tests of several crates share.
//!
//! It has a global allocator, which counts: see [`allocations`].

#![expect(clippy::unwrap_used, reason = "all of this is part of tests")]

pub mod allocations;
pub mod entries;
mod errors;
pub mod files;
pub mod hash;
pub mod readers;
pub mod variants;

pub use errors::{cause, chain};
