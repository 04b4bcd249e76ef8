//! Commands that look up keys.

mod get;
mod keys_from;
