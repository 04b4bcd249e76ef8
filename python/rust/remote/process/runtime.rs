//! The runtime of the process.

use std::io::Result;
use std::sync::Arc;
use std::time::Duration;

use pyo3::prelude::*;
use tokio::runtime::{Builder, Handle, Runtime};

use super::per_process::PerProcess;
use crate::remote::awaited::delivery::Delivery;

/// Most threads that wait for names of hosts, or for the GIL to give results back.
const BLOCKING_THREADS: usize = 8;

/// What all maps at URLs of a process share.
#[derive(Debug)]
struct Shared {
    runtime: Runtime,
    delivery: Arc<Delivery>,
}

/// Never shut down, since threads of Python may wait for it until the process ends.
static SHARED: PerProcess<Shared> = PerProcess::new();

fn shared() -> Result<&'static Shared> {
    SHARED.current(|_| {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(BLOCKING_THREADS)
            .thread_keep_alive(Duration::from_secs(10))
            .thread_name("massmap-requests")
            .enable_all()
            .build()?;
        Ok(Shared {
            runtime,
            delivery: Arc::default(),
        })
    })
}

/// Ends the delivery of results in this process, if it has begun: before the interpreter is shut down.
#[pyfunction]
pub(crate) fn end_delivery(py: Python<'_>) {
    if let Some(shared) = SHARED.get() {
        shared.delivery.end(py);
    }
}

/// The runtime of this process, with one thread for all connections. The first call starts it.
pub(crate) fn handle() -> Result<Handle> {
    Ok(shared()?.runtime.handle().clone())
}

/// What gives results to the event loops of this process.
pub(crate) fn delivery() -> Result<Arc<Delivery>> {
    Ok(Arc::clone(&shared()?.delivery))
}
