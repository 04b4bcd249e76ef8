//! Memory and open files.

mod little_memory;
mod many_files;
mod memory;
