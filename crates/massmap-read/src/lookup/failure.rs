//! The errors of lookups in memory.

use std::io;

use massmap_core::{Extent, Fallback, LookupError};
use massmap_io::IoError;

/// The error of a lookup in memory: [`Fallback`] in the first attempt, an explained [`io::Error`] in the second.
pub(super) trait Failure: LookupError {
    /// The error with the explanation `error`.
    fn explain(error: impl FnOnce() -> io::Error) -> Self;

    /// The error of an extent that ends beyond the `available` bytes of the file.
    #[cold]
    #[inline(never)]
    fn beyond_end(extent: Extent, available: usize) -> Self {
        Self::explain(|| {
            IoError::UnexpectedEnd {
                offset: extent.offset(),
                length: extent.length(),
                available: (available as u64).saturating_sub(extent.offset()),
            }
            .into()
        })
    }
}

impl Failure for Fallback {
    #[inline]
    fn explain(_: impl FnOnce() -> io::Error) -> Self {
        Self
    }
}

impl Failure for io::Error {
    #[inline]
    fn explain(error: impl FnOnce() -> io::Error) -> Self {
        error()
    }
}
