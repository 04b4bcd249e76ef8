//! What lookups, openings, iterations and verifications of massmap files decide, without I/O.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::cast_possible_truncation))]

pub mod codec;
pub mod dynamic;
