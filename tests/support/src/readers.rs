//! Readers and files that tests watch, or that fail.

mod counting;
mod hooked;
mod memory_file;

pub use counting::{CountingReader, Event, assert_sequential, batch};
pub use hooked::HookedReader;
pub use memory_file::MemoryFile;
