//! Format 2: what its lookups read, how it notices damage, and that it answers like a hash map.

mod adversarial;
mod assembly;
mod checksums;
mod fill;
mod flips;
mod golden;
mod grafts;
mod long_runs;
mod lookups;
mod merging;
mod mismatch;
#[cfg(unix)]
mod open_files;
mod parts;
mod properties;
mod settings;
mod sizes;
mod verdicts;
mod verify;
