//! Packing of entries into pages and runs of pages.

mod fill;
mod filter_in_parts;
mod long_runs;
mod sizes;
