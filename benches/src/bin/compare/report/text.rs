//! How figures are written.

pub(crate) mod json;
pub(crate) mod markdown;
pub(crate) mod unit;
