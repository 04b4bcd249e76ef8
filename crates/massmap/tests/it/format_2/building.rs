//! Packing of entries into pages and runs of pages.

mod fill;
mod long_runs;
mod sizes;
