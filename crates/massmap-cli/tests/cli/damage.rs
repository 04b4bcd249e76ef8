//! Damaged files.

mod exports;
mod v1;
mod v2;
