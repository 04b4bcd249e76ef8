//! Readers and files that tests can watch, or make fail.

mod counting;
mod failing_file;
mod hooked;
mod memory_file;

pub use counting::{CountingReader, Event, assert_sequential, batch};
pub use failing_file::FailingFile;
pub use hooked::HookedReader;
pub use memory_file::MemoryFile;
