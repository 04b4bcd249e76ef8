//! Commands that write massmap files.

pub(crate) mod build;
pub(crate) mod convert;
pub(crate) mod merge;
mod output_file;
