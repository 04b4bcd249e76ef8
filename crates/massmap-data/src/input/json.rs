//! JSON and NDJSON.

pub(crate) mod convert;
pub(crate) mod document;
pub(crate) mod error;
pub(crate) mod lines;
pub(crate) mod number;
pub(crate) mod parser;
mod record;
pub(crate) mod typed;
pub(crate) mod value;
