//! The page index, `FORMAT.md` section 2.5: the first bin of each run of pages, found by one comparison of eight bytes.
//!
//! Bins are divided into groups of 256. Of each page, the index stores the position of its first bin in its group, a byte; of each
//! group, how far the number of pages before it lies off a straight line, half a byte. Lookups use the bytes as they are stored.

mod encode;
mod index;
mod layout;
mod positions;
mod record;
mod search;
mod single_page;
mod verify;
mod walk;

pub use encode::{encode_page_index, stream_page_index};
pub use index::{PageIndex, PageRun};
pub use positions::positions_begun;
pub use single_page::SinglePage;
pub use walk::PageRuns;

#[cfg(test)]
mod tests;
