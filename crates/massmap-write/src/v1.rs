//! Writing and merging files of format 1.

mod bucket_file;
mod concatenate;
mod kernel_copy;
mod write;

pub(crate) use concatenate::concatenate;
pub(crate) use kernel_copy::KernelCopy;
pub(crate) use write::write_buckets;
