//! Commands that look up keys.

mod get;
