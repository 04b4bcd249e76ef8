//! The machine and its system.

pub(crate) mod fio;
pub(crate) mod machine;
mod process;

pub(crate) use process::*;
