//! The tail: the sections behind the pages.

pub(crate) mod metadata;
pub(crate) mod miss_filter;
pub(crate) mod page_index;
pub(crate) mod section;
pub(crate) mod stored_bytes;
