//! Commands that look up keys.

mod get;
mod join;
mod keys_from;
