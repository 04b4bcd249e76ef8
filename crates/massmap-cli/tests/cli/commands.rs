//! The commands, one a file; what is particular to format 2 in files of its own.

mod build;
mod convert;
mod get;
mod info;
mod info_v2;
mod merge;
mod merge_v2;
mod verify;
