//! Measuring time.

pub(crate) mod chain;
pub(crate) mod rounds;
pub(crate) mod scale;
pub(crate) mod suite;
pub(crate) mod targets;
