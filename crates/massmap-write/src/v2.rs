//! Writing and merging files of format 2.

mod compress;
mod file_id;
mod merge;
mod miss_filter;
mod oversized_bin;
mod packer;
pub mod packing;
mod page_file;
mod write;

pub(crate) use merge::merge_sorted;
pub(crate) use write::write_pages;
