//! Hash tables.

pub(super) mod cdb64;
pub(super) mod hash_map;
pub(super) mod odht;
