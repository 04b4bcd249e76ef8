//! Plans of reads: for many lookups at once, and for walks over all extents.

pub(crate) mod batch_plan;
pub(crate) mod read_ahead;
