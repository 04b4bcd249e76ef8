//! Commands that look up keys.

mod columnar;
mod get;
mod join;
mod keys_from;
