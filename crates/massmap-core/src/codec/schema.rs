//! Finding out what keys and values are: their [`Schema`](massmap_format::Schema), from how they are serialized.
//!
//! A schema is that of the encoding: what it says of fields, names and lengths is what the encoder writes.

mod arrays;
mod canonical;
mod conform;
mod differs;
mod encoded;
mod infer;
mod mismatch;
mod plain;
mod trace;

pub use canonical::is_canonical;
pub use encoded::{check_encoded, describes};
pub use infer::widen;
pub use mismatch::{EncodedError, SchemaMismatch, SchemaStep};
pub use plain::PlainParts;
pub use trace::{Role, TypeDifference, check_type};

#[cfg(test)]
mod tests;
