//! Encoding keys and values as MessagePack, and refusing what no reader would give back.
//!
//! The bytes are those of rmp-serde, which readers decode with. A serializer of our own writes them, since it sees what a
//! wrapper around another one would not: where a field is written behind a skipped one, and what a `Some` has become.

mod compound;
mod derived;
mod error;
mod fields;
mod scalar;
mod serializer;
mod shape;
mod sorted;
#[cfg(test)]
mod tests;

use serde::Serialize;

pub(crate) use error::Error;
pub use shape::ShapeError;

use crate::growing::Growing;
use serializer::Encoder;

/// How values are encoded, and which are refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Rules {
    /// Whether structs are written as maps with their field names rather than as arrays.
    pub(crate) field_names: bool,
    /// Whether a `Some` whose content is encoded as nil, like `None`, is refused.
    pub(crate) distinct_options: bool,
    /// Whether derived types are refused that are known not to be decoded. It shows by how they are written. Not needed where
    /// every entry is decoded.
    pub(crate) readable: bool,
    /// Whether entries of maps and elements of sets are written in the order of their encodings, for comparing them.
    pub(crate) sorted: bool,
}

/// Encodes `value` behind what `out` holds.
#[inline]
pub(crate) fn encode<T: Serialize + ?Sized>(
    out: &mut Growing<'_>,
    value: &T,
    rules: Rules,
) -> Result<(), Error> {
    value.serialize(&mut Encoder::new(out, rules))
}
