//! Lookups, iteration and verification, through every backend.

mod alignment;
mod backends;
mod golden_files;
mod iterators;
pub(crate) mod lookups;
mod raw_block;
mod raw_blocks;
mod unverified;
mod walks;
