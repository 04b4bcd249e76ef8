//! The commands, one file each, in folders as in the program, with more files for what is specific to format 2.

mod export;
mod inspect;
mod query;
mod shell;
mod write;
