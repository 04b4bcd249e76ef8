//! What the results say of massmap in format 2.

pub(crate) mod behind;
pub(crate) mod expectations;
