//! Writing and merging files of format 2.

mod merge;
mod miss_filter;
mod packer;
mod page_file;
mod write;

pub(crate) use merge::merge_sorted;
pub(crate) use write::write_pages;
