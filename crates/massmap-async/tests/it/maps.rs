//! Maps over readers that count, fail, wait, or are replaced.

mod agreement;
mod cancelling;
mod key_checks;
mod lookups;
mod replacement;
mod requests;
mod threads;

mod file;
mod store;
