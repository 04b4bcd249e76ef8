//! A run of pages and its entries, `FORMAT.md` section 2.4.

mod decode;
mod directory;
mod encode;
mod entry_layout;
mod entry_widths;
mod long_run;
mod page_layout;
mod piece_sums;
mod sums;

pub use decode::Page;
pub use directory::{Directory, DirectoryEncoder};
pub use encode::{PageEncoder, RunChecksums, RunEncoder, encode_run};
pub use entry_layout::EntryLayout;
pub use entry_widths::EntryWidths;
pub use long_run::{LongRun, RunChecksum};
pub use page_layout::{MAX_PAGE_SIZE, MIN_PAGE_SIZE, PageLayout};

#[cfg(test)]
mod tests;
