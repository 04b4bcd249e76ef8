//! JSON and NDJSON.

pub(super) mod convert;
pub(super) mod document;
pub(super) mod error;
pub(super) mod lines;
pub(super) mod number;
pub(super) mod parser;
mod record;
pub(super) mod value;
