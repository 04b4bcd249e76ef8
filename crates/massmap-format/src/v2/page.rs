//! A run of pages and its entries, `FORMAT.md` section 2.4.

mod decode;
mod encode;
mod entry_layout;
mod long_run;

pub use decode::Page;
pub use encode::{RunEncoder, encode_run, pages_needed};
pub use entry_layout::EntryLayout;
pub use long_run::{LongRun, RunChecksum};

#[cfg(test)]
mod tests;
