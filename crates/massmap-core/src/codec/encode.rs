//! Encoding keys and values, and refusing what no reader would give back.

mod error;
pub(super) mod messagepack;
mod output;
mod rules;
mod shape;

pub(super) use error::Error;
pub use error::{EncodeError, EntryError};
pub(super) use messagepack::scalar;
pub(super) use output::{Append, Output};
pub use rules::{EncodeRules, EntryLengths};
pub use shape::ShapeError;
