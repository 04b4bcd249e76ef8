//! Waiting for futures.

use std::io::Result;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// Is called while a request is waited for, and may end the wait.
pub(super) type Interruption = dyn Fn() -> Result<()> + Send + Sync;

/// Time between two calls of an interruption.
const INTERRUPTION_PERIOD: Duration = Duration::from_millis(50);

/// Waits in this thread until `future` is ready, or until `interruption`, which is called from time to time, gives an error. The runtime
/// that the future needs must be entered.
///
/// Tokio's own `block_on` panics within tasks, where blocking programs may well be called.
pub(super) fn wait<F: Future>(future: F, interruption: Option<&Interruption>) -> Result<F::Output> {
    // Within a task, the future would otherwise use up what tokio lets the task do before it yields, and then wait for that forever.
    let mut future = pin!(tokio::task::unconstrained(future));
    let sleeper = Arc::new(Sleeper {
        thread: thread::current(),
        is_woken: AtomicBool::new(false),
    });
    let waker = Arc::clone(&sleeper).into();
    let mut context = Context::from_waker(&waker);
    let mut next_interruption = Instant::now() + INTERRUPTION_PERIOD;
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Ok(output);
        }
        // Threads may be unparked for other reasons.
        while !sleeper.is_woken.swap(false, Ordering::Acquire) {
            let Some(interrupt) = interruption else {
                thread::park();
                continue;
            };
            thread::park_timeout(next_interruption.saturating_duration_since(Instant::now()));
            if Instant::now() >= next_interruption {
                interrupt()?;
                next_interruption = Instant::now() + INTERRUPTION_PERIOD;
            }
        }
    }
}

/// A thread that waits.
struct Sleeper {
    thread: Thread,
    is_woken: AtomicBool,
}

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.is_woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}
