//! Output files, streams and the terminal.

pub(crate) mod files;
mod kill;
mod streams;
mod temporary_files;
mod terminal;
