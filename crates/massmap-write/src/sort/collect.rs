//! Taking entries in.

mod collected;
mod parallel;
mod sequential;

pub(crate) use collected::Collected;
pub(crate) use parallel::collect_parallel;
pub(crate) use sequential::Collector;
