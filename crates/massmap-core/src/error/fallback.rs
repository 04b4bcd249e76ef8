//! The error of lookups that leave every explanation to a second, slower one.

use massmap_format::FormatError;

use super::ReadError;

/// An error that explains nothing, for the first attempt at a lookup.
///
/// It has no size, so that a lookup returns in registers. Whoever gets one repeats the lookup with an error type that explains
/// itself, such as [`ReadError`] or [`std::io::Error`]; the repetition fails the same way. A lookup in memory takes a quarter fewer
/// instructions this way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fallback;

impl From<FormatError> for Fallback {
    #[cold]
    fn from(_: FormatError) -> Self {
        Self
    }
}

impl From<ReadError> for Fallback {
    #[cold]
    fn from(_: ReadError) -> Self {
        Self
    }
}

/// What a lookup can fail with: [`Fallback`], [`ReadError`], [`std::io::Error`] or an error type of your own.
pub trait LookupError: From<FormatError> + From<ReadError> {}

impl<E: From<FormatError> + From<ReadError>> LookupError for E {}
