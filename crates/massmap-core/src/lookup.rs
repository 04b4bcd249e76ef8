//! Lookups of many keys at once, and hints for lookups in memory.

pub(crate) mod batch_plan;
pub(crate) mod prefetch;
