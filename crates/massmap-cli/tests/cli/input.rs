//! The input of `massmap build`.

mod columnar;
mod columns;
mod duplicate_keys;
mod empty;
mod formats;
mod long_records;
mod malformed;
pub(crate) mod misdetected;
mod tables;
