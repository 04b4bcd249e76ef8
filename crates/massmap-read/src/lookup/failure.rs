//! The errors of lookups in memory.

use std::io;

use massmap_core::{Extent, Fallback, LookupError};
use massmap_io::IoError;

/// What a lookup in memory fails with: [`Fallback`] at first, then [`io::Error`], which explains.
pub(super) trait Failure: LookupError {
    /// The error that `error` explains.
    fn explain(error: impl FnOnce() -> io::Error) -> Self;

    /// The error of an extent that ends behind the `available` bytes of the file.
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
