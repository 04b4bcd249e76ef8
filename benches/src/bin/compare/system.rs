//! The operating system and the machine.

pub(crate) mod fio;
pub(crate) mod machine;
mod process;

pub(crate) use process::*;
