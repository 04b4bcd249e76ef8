//! The error of lookups that leave explanations to a second, slower lookup.

use massmap_format::FormatError;

use super::ReadError;

/// An error that explains nothing, for the first attempt at a lookup.
///
/// It has no size, so a lookup returns in registers. The caller then repeats the lookup with an error type that explains itself,
/// such as [`ReadError`] or [`std::io::Error`], and the repeated lookup fails in the same way. A lookup in memory takes a quarter
/// fewer instructions this way.
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

/// Errors of lookups: [`Fallback`], [`ReadError`], [`std::io::Error`] or your own error type.
pub trait LookupError: From<FormatError> + From<ReadError> {}

impl<E: From<FormatError> + From<ReadError>> LookupError for E {}
