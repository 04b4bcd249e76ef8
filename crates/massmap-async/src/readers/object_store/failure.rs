//! Errors of stores.

use std::error::Error;
use std::io;

use object_store::Error as StoreError;

/// The kind of an error.
pub(crate) fn kind_of(error: &StoreError) -> io::ErrorKind {
    match error {
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

/// Whether the object has no bytes in the range that was asked for: status 416, or what stores say that know the length.
///
/// `object_store` keeps both to itself, but for these texts.
pub(crate) fn is_unsatisfiable(error: &StoreError) -> bool {
    const TEXTS: [&str; 2] = [
        "Server returned non-2xx status code: 416",
        "Wanted range starting at",
    ];
    matches!(error, StoreError::Generic { .. })
        && causes(error).any(|cause| {
            let text = cause.to_string();
            TEXTS.iter().any(|start| text.starts_with(start))
        })
}

/// An error and its causes.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}
