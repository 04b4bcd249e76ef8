//! The stores, by data structure.

pub(crate) mod contenders;
mod hash_tables;
pub(crate) mod interface;
mod log_structured;
mod massmap;
#[cfg(test)]
mod tests;
mod trees;

pub(crate) use contenders::{ALL, Contender, contender, store, unfit};
