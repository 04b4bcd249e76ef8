//! Reads of lookups, and checksums.

mod adversarial;
mod checksums;
mod lookups;
#[cfg(unix)]
mod open_files;
#[cfg(unix)]
mod opening;
mod slots;
