//! Commands that write massmap files.

mod build;
mod convert;
mod merge;
mod merge_v2;
