//! The outcome of a comparison with a schema.

use std::fmt;

/// A value that is not as the schema says.
#[derive(Debug)]
pub(in crate::codec::schema) struct Differs;

impl fmt::Display for Differs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value is not as the schema says")
    }
}

impl std::error::Error for Differs {}

impl serde::ser::Error for Differs {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}
