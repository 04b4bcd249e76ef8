//! Encoding keys and values, and refusing what no reader would give back.

mod error;
pub(super) mod messagepack;
mod output;
mod rules;
mod shape;

pub use error::{EncodeError, EntryError};
pub use rules::{EncodeRules, EntryLengths};
pub use shape::ShapeError;
