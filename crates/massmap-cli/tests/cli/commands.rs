//! The commands, one file each, with more files for what is specific to format 2.

mod bench;
mod build;
mod convert;
mod get;
mod info;
mod info_v2;
mod merge;
mod merge_v2;
mod shell;
mod stats;
mod verify;
