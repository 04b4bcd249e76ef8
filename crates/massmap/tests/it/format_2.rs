//! Format 2: what its lookups read, how it notices damage, and that it answers like a hash map.

mod building;
mod damage;
mod golden;
mod merging;
mod mismatch;
mod properties;
mod reading;
mod settings;
