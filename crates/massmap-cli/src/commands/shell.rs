//! Commands that help to use the program from a shell.

pub(crate) mod completions;
pub(crate) mod man;
