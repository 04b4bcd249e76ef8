//! Other stores, each the way that is best for data that never change.

pub mod cdb;
pub mod lmdb;
mod raw;

pub use raw::Raw;
