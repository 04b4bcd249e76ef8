//! Attributes of a replaced file on systems other than Unix: none are kept.
//!
//! The standard library knows only write protection, and write-protected files are not replaced.

use std::fs::File;
use std::io::Result;
use std::path::Path;

use super::not_kept::NotKept;
use super::temporary::Temporary;
use crate::IoError;

/// The attributes of a file that its replacement should keep.
#[derive(Debug)]
pub(super) struct Attributes;

/// Attributes that are applied when the file is complete.
#[derive(Debug)]
pub(super) struct DeferredAttributes;

impl Attributes {
    pub(super) fn of(_: &File) -> Result<Self> {
        Ok(Self)
    }

    /// Creates a file with `create`.
    pub(super) fn prepare(
        &self,
        _: &Path,
        create: impl Fn(u32) -> std::result::Result<Temporary, IoError>,
    ) -> std::result::Result<(Temporary, DeferredAttributes, Vec<NotKept>), IoError> {
        Ok((create(0)?, DeferredAttributes, Vec::new()))
    }
}

impl DeferredAttributes {
    pub(super) fn apply(&self, _: &File) -> Result<()> {
        Ok(())
    }
}
