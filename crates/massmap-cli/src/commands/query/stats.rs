//! What lookups took.

use std::sync::Arc;

use crate::map::traffic::{Counts, Traffic};
use crate::output::console;

/// What was read, for `--stats`.
pub(super) struct Stats {
    traffic: Arc<Traffic>,
    opening: Counts,
}

impl Stats {
    /// All that was read so far opened the file.
    pub(super) fn new(traffic: Arc<Traffic>) -> Self {
        let opening = traffic.counts();
        Self { traffic, opening }
    }

    /// Prints it.
    pub(super) fn report(&self) {
        let Self { traffic, opening } = self;
        let lookups = traffic.counts().since(*opening);
        console::stats(&format!("opening: {opening}; lookups: {lookups}"));
    }
}
