//! Maps over readers that count, fail, wait, or are replaced.

mod agreement;
mod cancelling;
mod index_in_parts;
mod key_checks;
mod lookups;
mod replacement;
mod requests;
mod threads;

pub(crate) mod file;
mod store;
