//! Format 2, chapter 2 of `FORMAT.md`: one file or folder for each of its structures.

pub(crate) mod checksum;
pub(crate) mod compression;
pub(crate) mod file_id;
pub(crate) mod header;
pub(crate) mod page;
pub(crate) mod placement;
pub(crate) mod schema;
pub(crate) mod tail;

#[cfg(test)]
mod example;
