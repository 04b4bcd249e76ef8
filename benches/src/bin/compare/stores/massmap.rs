//! massmap, current and 0.1.5.

pub(super) mod buckets;
pub(super) mod current;
pub(super) mod v0_1_5;
