//! Format 2: building, reads of lookups, detection of damage, and answers like those of a hash map.

mod building;
mod compression;
mod damage;
mod golden;
mod later_versions;
mod merging;
mod mismatch;
mod properties;
mod reading;
mod settings;
