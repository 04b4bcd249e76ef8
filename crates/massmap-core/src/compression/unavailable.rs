//! The decoder of compressed values of a program that was built without it: there is none.

use std::convert::Infallible;

use super::error::ValueError;
use crate::ReadError;

/// Decompresses the values of a file. Needs the feature `zstd`: without it there is none.
#[derive(Debug, Clone)]
pub struct ValueDecoder(Infallible);

impl ValueDecoder {
    /// Always fails.
    ///
    /// # Errors
    ///
    /// [`ReadError::NoDecompression`].
    pub fn new(_: &[u8]) -> Result<Self, ReadError> {
        Err(ReadError::NoDecompression)
    }

    /// Cannot be called.
    ///
    /// # Errors
    ///
    /// None.
    pub fn with_value<T>(&self, _: &[u8], _: impl FnOnce(&[u8]) -> T) -> Result<T, ValueError> {
        match self.0 {}
    }

    /// Cannot be called.
    ///
    /// # Errors
    ///
    /// None.
    pub fn append(&self, _: &[u8], _: &mut Vec<u8>) -> Result<(), ValueError> {
        match self.0 {}
    }

    /// Cannot be called.
    ///
    /// # Errors
    ///
    /// None.
    pub fn check(&self, _: &[u8]) -> Result<(), ValueError> {
        match self.0 {}
    }
}
