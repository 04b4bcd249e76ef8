//! The miss filter, `FORMAT.md` section 2.7: tells most keys that are not in the map, from one cache line.
//!
//! Each line is the solution of a system of linear equations over the field of two elements, one for each key of the line and
//! each of its eight words. Sources: P. C. Dillinger, S. Walzer, "Ribbon filter: practically smaller than Bloom and Xor", 2021, for
//! the equations; lines of their own, so that a lookup waits for one of them alone and no set of keys makes building fail, are ours.

mod encode;
mod filter;
mod key;

pub use encode::{MissFilterEncoder, MissFilterLine};
pub use filter::MissFilter;
