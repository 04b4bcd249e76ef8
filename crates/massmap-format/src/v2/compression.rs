//! Compressed values, `FORMAT.md` section 2.4.2.

pub(crate) mod description;
pub(crate) mod stored_value;
