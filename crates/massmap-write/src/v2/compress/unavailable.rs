//! The compression of a program that was built without it: there is none.

use std::convert::Infallible;

use crate::error::WriteError;

/// The version of the library.
pub(super) fn version() -> u32 {
    0
}

/// Makes no dictionary.
pub(super) fn train(_: &[u8], _: &[usize], _: usize) -> Option<Vec<u8>> {
    None
}

/// Compresses values. Needs the feature `zstd`: without it there is none.
#[derive(Debug, Clone)]
pub(super) struct ValueEncoder(Infallible);

/// What a thread needs to compress values.
pub(super) struct EncoderContext(Infallible);

impl ValueEncoder {
    /// Always fails.
    pub(super) fn new(_: &[u8], _: i32) -> Result<Self, WriteError> {
        Err(WriteError::NoCompression)
    }

    /// Cannot be called.
    pub(super) fn context(&self) -> Result<EncoderContext, WriteError> {
        match self.0 {}
    }
}

impl EncoderContext {
    /// Cannot be called.
    pub(super) fn encode(&mut self, _: &[u8], _: &mut Vec<u8>) -> Result<(), WriteError> {
        match self.0 {}
    }
}
