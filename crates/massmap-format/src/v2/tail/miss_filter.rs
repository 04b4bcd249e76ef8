//! The miss filter, `FORMAT.md` section 2.7: in one piece, or in parts.

mod parts;
mod whole;

pub use parts::{MissFilterParts, MissFilterTable, encode_miss_filter_parts};
pub use whole::{MissFilter, MissFilterHeader};
