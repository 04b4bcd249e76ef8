//! Errors of readers that are not on this machine, besides those of the transport.

use std::io;
use std::sync::Arc;
use std::time::Duration;

/// Why a remote file cannot be read, or is not read.
///
/// Converted into [`std::io::Error`], the error is the payload.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RemoteError {
    /// The file was replaced after it was opened. Kind [`StaleNetworkFileHandle`](io::ErrorKind::StaleNetworkFileHandle).
    #[error(
        "{location} was replaced since it was opened (it was {opened}, and is {found} now): open it again"
    )]
    Changed {
        /// What the file is called.
        location: String,
        /// The version that was opened.
        opened: String,
        /// What is there now.
        found: String,
    },
    /// The version of a file of format 1, which has no checksums, is not known for sure, so that a replacement could go unnoticed. Kind
    /// [`Unsupported`](io::ErrorKind::Unsupported).
    #[error(
        "{location} is of format 1, which has no checksums, and its store tells no version of it (a strong ETag), so that parts of \
         two versions could be taken for one: convert it to format 2, or allow it if the file is never replaced"
    )]
    UnknownVersion {
        /// What the file is called.
        location: String,
    },
    /// A store gave other bytes than it was asked for. Kind [`InvalidData`](io::ErrorKind::InvalidData).
    #[error("{location} was asked for {asked} and answered with {found}: {advice}")]
    WrongAnswer {
        /// What the file is called.
        location: String,
        /// The range that was asked for.
        asked: String,
        /// What came instead.
        found: String,
        /// What may be the reason, and what to do.
        advice: &'static str,
    },
    /// A store cannot be asked, or refuses. The kind is [`NotFound`](io::ErrorKind::NotFound),
    /// [`PermissionDenied`](io::ErrorKind::PermissionDenied), [`TimedOut`](io::ErrorKind::TimedOut) or another that says why.
    #[error("cannot read {asked} of {location}")]
    Store {
        /// What the file is called.
        location: String,
        /// The range that was asked for.
        asked: String,
        /// Why.
        kind: io::ErrorKind,
        /// The error of the store.
        #[source]
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// A URL, or an option that was given with it, is not understood. Kind [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error("{location} is not understood: {reason}")]
    Url {
        /// The URL, without passwords.
        location: String,
        /// Why, and what to do.
        reason: String,
    },
    /// This program was built without what a URL takes. Kind [`Unsupported`](io::ErrorKind::Unsupported).
    #[error(
        "{location} cannot be read by this program, which was built without the cargo feature `{feature}` of massmap-async: build it \
         with that feature"
    )]
    FeatureOff {
        /// The URL, without passwords.
        location: String,
        /// The feature.
        feature: &'static str,
    },
    /// A read took longer than its limit. Kind [`TimedOut`](io::ErrorKind::TimedOut).
    #[error(
        "{location} was asked for {asked} and did not answer within {limit:?}: try again, or raise the limit"
    )]
    TimedOut {
        /// What the file is called.
        location: String,
        /// What it was asked for.
        asked: String,
        /// The limit.
        limit: Duration,
    },
}

impl From<RemoteError> for io::Error {
    fn from(error: RemoteError) -> Self {
        let kind = match error {
            RemoteError::Changed { .. } => io::ErrorKind::StaleNetworkFileHandle,
            RemoteError::UnknownVersion { .. } => io::ErrorKind::Unsupported,
            RemoteError::WrongAnswer { .. } => io::ErrorKind::InvalidData,
            RemoteError::Store { kind, .. } => kind,
            RemoteError::Url { .. } => io::ErrorKind::InvalidInput,
            RemoteError::FeatureOff { .. } => io::ErrorKind::Unsupported,
            RemoteError::TimedOut { .. } => io::ErrorKind::TimedOut,
        };
        io::Error::new(kind, error)
    }
}
