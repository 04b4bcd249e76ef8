//! Checks that must hold for any bytes of a file: the bodies of the fuzz targets, which ordinary tests run as well.
//!
//! It is a library so that it is compiled once.

pub mod read_file;
mod seal;
pub mod verified;

pub use read_file::{read_file, read_sealed};
pub use seal::seal;
