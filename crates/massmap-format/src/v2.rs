//! Format 2, chapter 2 of `FORMAT.md`: one file for each of its structures.

pub(crate) mod checksum;
pub(crate) mod entry_layout;
pub(crate) mod header;
pub(crate) mod long_run;
pub(crate) mod metadata;
pub(crate) mod miss_filter;
pub(crate) mod miss_filter_parts;
pub(crate) mod page;
pub(crate) mod page_index;
pub(crate) mod placement;
pub(crate) mod section;

#[cfg(test)]
mod example;
