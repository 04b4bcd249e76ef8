//! From records to entries of the types that were asked for.

pub(in crate::input) mod convert;
pub(in crate::input) mod duplicate_key;
pub(in crate::input) mod stream;
