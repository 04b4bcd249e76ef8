//! Errors of readers that are not on this machine, besides those of the transport.

use std::io;
use std::sync::Arc;
use std::time::Duration;

/// Why a remote file cannot be read, or is not read.
///
/// Converted into [`std::io::Error`], the error is the payload.
#[derive(Debug, Clone, thiserror::Error)]
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
    /// Objects cannot be written to a place of this kind. Kind [`Unsupported`](io::ErrorKind::Unsupported).
    #[error("{location} cannot be written: {reason}")]
    NotWritable {
        /// The URL, without passwords.
        location: String,
        /// Why, and what to do.
        reason: &'static str,
    },
    /// A store refused an object, or a part of it, or cannot be asked. The kind is as in [`Store`](Self::Store).
    #[error("cannot write {location}: {step} failed")]
    Write {
        /// What the object is called.
        location: String,
        /// What was not done.
        step: String,
        /// Why.
        kind: io::ErrorKind,
        /// The error of the store.
        #[source]
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// Bytes of an object were to be written after they had been sent, or before those that precede them. Kind
    /// [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error(
        "cannot write {length} bytes at {offset} of {location}: an object is written from its start to its end, and by now only its \
         first {held_first} bytes and those from {held_from} to {end} can be written again"
    )]
    OutOfOrder {
        /// What the object is called.
        location: String,
        /// Where the bytes were to be written.
        offset: u64,
        /// How many there are.
        length: u64,
        /// Number of bytes at the start of the object that were not sent.
        held_first: u64,
        /// Where the bytes begin at the end of what was written that were not sent either.
        held_from: u64,
        /// Where all that was written ends.
        end: u64,
    },
    /// An object would have more parts than a store takes. Kind [`FileTooLarge`](io::ErrorKind::FileTooLarge).
    #[error(
        "{location} would be longer than {most} bytes, which are all that {parts} parts take: make the parts larger"
    )]
    TooManyParts {
        /// What the object is called.
        location: String,
        /// Number of parts that a store takes.
        parts: usize,
        /// Number of bytes in all of them.
        most: u64,
    },
    /// Writing an object was given up. Kind [`ConnectionAborted`](io::ErrorKind::ConnectionAborted).
    #[error("writing {location} was given up: nothing is left of it")]
    GivenUp {
        /// What the object is called.
        location: String,
    },
    /// An object was to be changed after it was finished. Kind [`InvalidInput`](io::ErrorKind::InvalidInput).
    #[error("{location} is finished and cannot be changed: write it anew")]
    Finished {
        /// What the object is called.
        location: String,
    },
    /// Writing an object failed, and so did removing its parts from the store. The kind is that of the first.
    #[error(
        "the parts of {location} that were written could not be removed: they cost money until the upload {upload} is aborted, which \
         a rule of the bucket for incomplete uploads does ({removal})"
    )]
    PartsLeft {
        /// What the object is called.
        location: String,
        /// What the store calls the upload.
        upload: String,
        /// Why they could not be removed.
        removal: io::ErrorKind,
        /// The kind of the source.
        kind: io::ErrorKind,
        /// Why the object was not written.
        #[source]
        source: Arc<io::Error>,
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
            RemoteError::NotWritable { .. } => io::ErrorKind::Unsupported,
            RemoteError::Write { kind, .. } | RemoteError::PartsLeft { kind, .. } => kind,
            RemoteError::OutOfOrder { .. } | RemoteError::Finished { .. } => io::ErrorKind::InvalidInput,
            RemoteError::TooManyParts { .. } => io::ErrorKind::FileTooLarge,
            RemoteError::GivenUp { .. } => io::ErrorKind::ConnectionAborted,
        };
        io::Error::new(kind, error)
    }
}
