//! Data sets, and files made from them.

pub(crate) mod dataset;
pub(crate) mod digest;
pub(crate) mod first_bins;
pub(crate) mod prepared;
