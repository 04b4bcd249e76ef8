//! The quantities that stores are compared by.

pub(crate) mod column;
pub(crate) mod summary;
