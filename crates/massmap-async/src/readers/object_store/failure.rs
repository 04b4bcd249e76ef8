//! Errors of stores.

use std::error::Error;
use std::io;

use object_store::Error as StoreError;

/// The error that says most. Where a body was resumed, that is the cause of one that says nothing.
pub(crate) fn telling(error: &StoreError) -> &StoreError {
    causes(error)
        .filter_map(|cause| cause.downcast_ref())
        .find(|error| !matches!(error, StoreError::Generic { .. }))
        .unwrap_or(error)
}

/// The kind of an error.
pub(crate) fn kind_of(error: &StoreError) -> io::ErrorKind {
    match telling(error) {
        StoreError::NotFound { .. } => io::ErrorKind::NotFound,
        StoreError::PermissionDenied { .. } | StoreError::Unauthenticated { .. } => {
            io::ErrorKind::PermissionDenied
        }
        StoreError::InvalidPath { .. } => io::ErrorKind::InvalidInput,
        StoreError::NotSupported { .. } | StoreError::NotImplemented { .. } => io::ErrorKind::Unsupported,
        error => causes(error)
            .find_map(kind_of_cause)
            .unwrap_or(io::ErrorKind::Other),
    }
}

fn kind_of_cause(cause: &(dyn Error + 'static)) -> Option<io::ErrorKind> {
    #[cfg(any(feature = "aws", feature = "azure", feature = "gcp", feature = "http"))]
    if let Some(error) = cause.downcast_ref::<object_store::client::HttpError>() {
        use object_store::client::HttpErrorKind;
        match error.kind() {
            HttpErrorKind::Timeout => return Some(io::ErrorKind::TimedOut),
            HttpErrorKind::Interrupted => return Some(io::ErrorKind::ConnectionAborted),
            // Its causes may say more, such as that the connection was refused.
            _ => {}
        }
    }
    let kind = cause.downcast_ref::<io::Error>()?.kind();
    (kind != io::ErrorKind::Other).then_some(kind)
}

/// Errors that say how a store treats a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OfRange {
    /// The object has no bytes in it: status 416, or the word of a store that knows the length.
    NoBytes,
    /// The server answered with the whole object: status 200.
    Whole,
    /// The store cannot ask for such a range, and has not tried.
    NotAsked,
}

/// What an error says about a range.
///
/// `object_store` keeps this to itself, but for these texts; the tests notice if they change.
pub(crate) fn of_range(error: &StoreError) -> Option<OfRange> {
    const TEXTS: [(&str, OfRange); 4] = [
        ("Server returned non-2xx status code: 416", OfRange::NoBytes),
        ("Wanted range starting at", OfRange::NoBytes),
        ("Received non-partial response", OfRange::Whole),
        ("Range request not supported by", OfRange::Whole),
    ];
    let otherwise = match error {
        StoreError::NotSupported { .. } => Some(OfRange::NotAsked),
        StoreError::Generic { .. } => None,
        _ => return None,
    };
    let of_cause = |cause: &(dyn Error + 'static)| {
        let text = cause.to_string();
        TEXTS
            .iter()
            .find_map(|(start, meaning)| text.starts_with(start).then_some(*meaning))
    };
    causes(error).find_map(of_cause).or(otherwise)
}

/// An error and its causes.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}
