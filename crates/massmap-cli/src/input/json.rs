//! JSON: its text, its values, and how they are records.

pub(crate) mod convert;
pub(super) mod document;
pub(super) mod error;
pub(super) mod lines;
pub(super) mod number;
pub(super) mod parser;
pub(super) mod value;
