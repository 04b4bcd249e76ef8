//! The miss filter, in one piece or in parts, `FORMAT.md` section 2.7.

mod parts;
mod whole;

pub use parts::{MissFilterParts, MissFilterTable, encode_miss_filter_parts};
pub use whole::{MissFilter, MissFilterHeader};
