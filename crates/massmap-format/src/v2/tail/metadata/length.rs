//! The length limit of the metadata section, `FORMAT.md` section 2.6.

use crate::FormatError;

/// Longest metadata section, in bytes. Readers hold all of it in memory.
const MAX_LENGTH: u64 = 16 << 20;

/// Checks that a section of `length` bytes is no longer than the format allows.
pub(in crate::v2) const fn check(length: u64) -> Result<(), FormatError> {
    match length {
        0..=MAX_LENGTH => Ok(()),
        _ => Err(FormatError::MetadataTooLong {
            length,
            limit: MAX_LENGTH,
        }),
    }
}
