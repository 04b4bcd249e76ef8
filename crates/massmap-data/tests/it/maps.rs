//! Maps beside tables: entries like those of a map, and lookups.

mod like;
mod lookups;
