//! Damaged files of either format.

mod v1;
mod v2;
