//! The page index, `FORMAT.md` section 2.5: the first bin of each page, in the Elias-Fano encoding of a sorted sequence.
//!
//! Lookups use the bytes as they are stored. Sources: P. Elias, "Efficient storage and retrieval by content and address
//! of static files", 1974; R. Fano, "On the number of bits required to implement an associative memory", 1971.

mod bits;
mod encode;
mod index;
mod layout;
mod search;
mod verify;
mod walk;
mod window;

pub use encode::{encode_page_index, stream_page_index};
pub use index::{PageIndex, PageRun};
pub use walk::PageRuns;

#[cfg(test)]
mod tests;
