//! What of a replaced file its successor has too, on systems other than Unix: what the directory gives to any new file.
//!
//! There is nothing else that the standard library could keep. The one attribute that it knows protects files from writing, and
//! such files are not replaced.

use std::fs::File;
use std::io::Result;
use std::path::Path;

use super::not_kept::NotKept;
use super::temporary::Temporary;
use crate::IoError;

/// What is to be kept of a file.
#[derive(Debug)]
pub(super) struct Attributes;

/// What a file gets when it is complete.
#[derive(Debug)]
pub(super) struct Remainder;

impl Attributes {
    pub(super) fn of(_: &File) -> Result<Self> {
        Ok(Self)
    }

    /// Creates a file with `create`.
    pub(super) fn prepare(
        &self,
        _: &Path,
        create: impl Fn(u32) -> std::result::Result<Temporary, IoError>,
    ) -> std::result::Result<(Temporary, Remainder, Vec<NotKept>), IoError> {
        Ok((create(0)?, Remainder, Vec::new()))
    }
}

impl Remainder {
    pub(super) fn give(&self, _: &File) -> Result<()> {
        Ok(())
    }
}
