//! Maps, with types and without.

mod description;
pub(crate) mod typed;
pub(crate) mod untyped;
