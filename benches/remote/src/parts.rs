//! The parts of a run.

mod batches;
mod caching;
mod hedging;
mod local;
mod lookups;
mod opening;
mod others;
mod page_sizes;

use crate::context::Context;
use crate::report::Section;

type Part = fn(&Context) -> anyhow::Result<Section>;

/// Titles, and what measures them.
pub(crate) const ALL: [(&str, Part); 8] = [
    ("Opening", opening::measure),
    ("Lookups", lookups::measure),
    ("Batches", batches::measure),
    ("Slow answers and hedging", hedging::measure),
    ("The page cache", caching::measure),
    ("Other stores on the same server", others::measure),
    ("Lookups on this machine", local::measure),
    ("Page sizes", page_sizes::measure),
];
