//! Damaged files.

mod v1;
mod v2;
