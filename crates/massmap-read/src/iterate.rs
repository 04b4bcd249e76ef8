//! Walking over all entries.

pub(crate) mod block_entries;
pub(crate) mod entries;
#[cfg(feature = "rayon")]
pub(crate) mod par_iter;
pub(crate) mod raw;
pub(crate) mod sequential;
