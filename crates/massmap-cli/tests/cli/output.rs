//! Output files, streams and the terminal.

mod color;
pub(crate) mod files;
mod interrupted;
mod kill;
mod streams;
mod temporary_files;
mod terminal;
