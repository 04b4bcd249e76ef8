//! Writing and merging files of format 1.

mod bucket_file;
mod concatenate;
mod copy_file;
mod write;

pub(crate) use concatenate::concatenate;
pub(crate) use copy_file::Files;
pub(crate) use write::write_buckets;
