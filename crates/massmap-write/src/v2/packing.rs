//! How format 2 lays entries out on pages, as far as `FORMAT.md` leaves that to "this library".
//!
//! Builds and merges follow these rules, and so does whoever foretells what pages a build would make, as `massmap stats` does for
//! pages of other sizes. They do no I/O and know no entries, only how many there are and how long they are:
//!
//! 1. [`page_layout`] chooses the pages from the sum of all entries, and [`bins`] the number of bins that the hashes are divided into.
//! 2. Entries in the order of their spread hashes fall into bins, [`bin_of`](massmap_format::bin_of) each.
//! 3. An [`OpenRun`] takes one bin with entries after the other, and says where the run ends.
//!
//! Readers follow what a file says, whatever these rules are.
//!
//! ```
//! use massmap_format::EntryLayout;
//! use massmap_write::packing::{EntriesSize, OpenRun, bins, page_layout};
//!
//! let all = EntriesSize { count: 64_000, length: 6_400_000 };
//! let layout = page_layout(all, EntryLayout::Variable, Some(4096))?;
//! // 64 for each of the 1616 pages that would be full.
//! assert_eq!(bins(all, layout, 1), 64 * 1616);
//!
//! // Bins of ten entries, of which four fill a page.
//! let mut run = OpenRun::new(layout, 1);
//! let bin = EntriesSize { count: 10, length: 1000 };
//! while run.add(bin)? {}
//! let end = run.end().expect("a run with bins has an end");
//! assert_eq!((end.bins, end.size.count, end.pages), (3, 30, 1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod entries_size;
mod open_run;
mod page_choice;
#[cfg(test)]
mod tests;

pub use entries_size::EntriesSize;
pub use open_run::{OpenRun, RunEnd};
pub use page_choice::{DEFAULT_PAGE_SIZE, bins, page_layout};
