//! An error that several get.

use std::error::Error as StdError;
use std::fmt;
use std::io::Error;
use std::sync::Arc;

use crate::error::RemoteError;

/// The error of a request that several waited for.
#[derive(Debug, Clone)]
pub(super) struct Failure(Arc<Error>);

impl Failure {
    pub(super) fn new(error: Error) -> Self {
        Self(Arc::new(error))
    }

    /// An error for one of them, of the same kind, with the same message and cause, and the same payload if that is one of this
    /// crate.
    pub(super) fn to_error(&self) -> Error {
        let error = &self.0;
        if let Some(code) = error.raw_os_error() {
            return Error::from_raw_os_error(code);
        }
        let Some(payload) = error.get_ref() else {
            return error.kind().into();
        };
        match payload.downcast_ref::<RemoteError>() {
            Some(error) => error.clone().into(),
            None => Error::new(error.kind(), self.clone()),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;

    #[test]
    fn each_gets_an_error_of_the_same_kind_with_the_same_message() {
        let nested = || Error::other(Error::new(ErrorKind::AddrInUse, "the cause"));
        for error in [
            Error::from_raw_os_error(2),
            ErrorKind::BrokenPipe.into(),
            Error::new(ErrorKind::NotFound, "the store says so"),
            nested(),
        ] {
            let (kind, message, code) = (error.kind(), error.to_string(), error.raw_os_error());
            let source = error.source().map(ToString::to_string);
            let failure = Failure::new(error);
            for _ in 0..2 {
                let copy = failure.to_error();
                assert_eq!((copy.kind(), copy.raw_os_error()), (kind, code));
                assert_eq!(copy.to_string(), message);
                assert_eq!(copy.source().map(ToString::to_string), source);
            }
        }
    }

    #[test]
    fn an_error_of_this_crate_stays_the_payload() {
        let text = |text: &str| text.to_owned();
        let changed = RemoteError::Changed {
            location: text("a"),
            opened: text("1"),
            found: text("2"),
        };
        let timed_out = RemoteError::TimedOut {
            location: text("a"),
            asked: text("bytes 1 to 2"),
            limit: std::time::Duration::from_secs(1),
        };
        let unknown = RemoteError::UnknownVersion { location: text("a") };
        for error in [changed, timed_out, unknown] {
            let shown = format!("{error:?}");
            let error = Error::from(error);
            let (kind, message) = (error.kind(), error.to_string());
            let copy = Failure::new(error).to_error();
            assert_eq!((copy.kind(), copy.to_string()), (kind, message));
            let payload = copy.get_ref().expect("there was one");
            let payload = payload.downcast_ref::<RemoteError>();
            let payload = payload.map(|payload| format!("{payload:?}"));
            assert_eq!(payload, Some(shown));
        }
    }
}
