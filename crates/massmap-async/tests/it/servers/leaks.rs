//! What may be left of requests.

use std::time::{Duration, Instant};

use servers::TestServer;
use support::allocations::held;
use tokio::runtime::{Builder, Runtime};
use tokio::time::sleep;

/// A runtime on this thread, whose allocations are therefore counted.
pub(super) fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Waits until the runtime has no task and the server no connection, which must come to pass, since all clients are gone.
#[track_caller]
pub(super) fn nothing_goes_on(runtime: &Runtime, server: &TestServer) {
    let begun = Instant::now();
    let left = || (runtime.metrics().num_alive_tasks(), server.connections());
    while left() != (0, 0) && begun.elapsed() < Duration::from_secs(60) {
        runtime.block_on(async { sleep(Duration::from_millis(1)).await });
    }
    assert_eq!(left(), (0, 0), "tasks and connections");
}

/// Asserts that this thread holds no more memory than `level`, which it held before.
#[track_caller]
pub(super) fn assert_nothing_kept(level: isize) {
    let kept = held() - level;
    assert!(kept < 1024, "{kept} bytes are left");
}
