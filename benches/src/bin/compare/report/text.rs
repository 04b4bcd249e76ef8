//! Text formats for figures.

pub(crate) mod json;
pub(crate) mod markdown;
pub(crate) mod unit;
