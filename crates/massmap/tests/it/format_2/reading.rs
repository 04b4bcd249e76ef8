//! What lookups read, and when they check it.

mod adversarial;
mod checksums;
mod lookups;
#[cfg(unix)]
mod open_files;
