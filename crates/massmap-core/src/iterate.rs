//! Reading extents in order, many of them at once.

pub(crate) mod read_ahead;
