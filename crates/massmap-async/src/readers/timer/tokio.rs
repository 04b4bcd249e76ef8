//! Time of the runtime tokio.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::readers::timer::Timer;

/// The clock and the timers of the runtime tokio.
///
/// Must be used in a runtime whose timers are enabled: as all of tokio's, they panic elsewhere.
#[derive(Debug, Clone, Copy)]
pub struct TokioTimer {
    start: Instant,
}

impl TokioTimer {
    /// A timer.
    #[must_use]
    pub fn new() -> Self {
        Self {
            start: Instant::now(),
        }
    }
}

impl Default for TokioTimer {
    fn default() -> Self {
        Self::new()
    }
}

impl Timer for TokioTimer {
    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> {
        sleep(duration)
    }
}
