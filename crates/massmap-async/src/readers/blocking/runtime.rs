//! The runtime that serves the sockets and timers of blocking readers.

use std::fmt;
use std::io::{Error, ErrorKind, Result};
use std::mem::ManuallyDrop;
use std::process;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::{Builder, Handle, Runtime, RuntimeFlavor};
use tokio::task::JoinHandle;

use super::wait::{Interruption, wait};

/// Gives the runtime of this process.
pub(super) type RuntimeOfProcess = dyn Fn() -> Result<Handle> + Send + Sync;

/// A runtime, in the process where it has threads.
#[derive(Clone)]
pub(crate) struct Driver {
    runtime: Source,
    interruption: Option<Arc<Interruption>>,
}

/// Where the runtime comes from.
#[derive(Clone)]
enum Source {
    /// It has threads in the process with this number.
    Given { runtime: Handle, process: u32 },
    /// Whoever gave the function knows of forks.
    Asked(Arc<RuntimeOfProcess>),
}

impl Driver {
    /// The driver with a runtime; the shared one if none is given.
    pub(crate) fn new(runtime: Option<Handle>) -> Result<Self> {
        let runtime = match runtime {
            Some(given) => with_threads(given)?,
            None => shared()?,
        };
        Ok(Self {
            runtime: Source::Given {
                runtime,
                process: process::id(),
            },
            interruption: None,
        })
    }

    /// A driver that asks for the runtime at each wait.
    pub(super) fn of_process(runtime: Arc<RuntimeOfProcess>) -> Self {
        Self {
            runtime: Source::Asked(runtime),
            interruption: None,
        }
    }

    /// Calls `interruption` while it waits.
    pub(super) fn with_interruption(mut self, interruption: Option<Arc<Interruption>>) -> Self {
        self.interruption = interruption;
        self
    }

    /// Waits until `future` is ready.
    pub(crate) fn wait<F: Future>(&self, future: F) -> Result<F::Output> {
        let runtime = self.runtime()?;
        let _entered = runtime.enter();
        wait(future, self.interruption.as_deref())
    }

    /// Runs `future` on a thread of the runtime.
    pub(crate) fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) -> Result<JoinHandle<()>> {
        Ok(self.runtime()?.spawn(future))
    }

    /// Whether this is the process in which the runtime has threads.
    pub(crate) fn is_here(&self) -> bool {
        match &self.runtime {
            Source::Given { process, .. } => *process == process::id(),
            Source::Asked(_) => true,
        }
    }

    fn runtime(&self) -> Result<Handle> {
        match &self.runtime {
            Source::Asked(runtime) => with_threads(runtime()?),
            Source::Given { runtime, .. } if self.is_here() => Ok(runtime.clone()),
            Source::Given { .. } => Err(Error::new(
                ErrorKind::Unsupported,
                "the file was opened before the process was forked, and its connections belong to the parent: open it again",
            )),
        }
    }
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").finish_non_exhaustive()
    }
}

/// The runtime, unless it runs only while somebody runs it, who would be waiting here.
fn with_threads(runtime: Handle) -> Result<Handle> {
    match runtime.runtime_flavor() {
        RuntimeFlavor::CurrentThread => Err(Error::new(
            ErrorKind::InvalidInput,
            "the runtime has no threads of its own: give one with many threads",
        )),
        _ => Ok(runtime),
    }
}

/// The runtime that all readers of the process share. It is never shut down.
fn shared() -> Result<Handle> {
    static SHARED: Mutex<Option<(u32, ManuallyDrop<Runtime>)>> = Mutex::new(None);
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    let process = process::id();
    if let Some((owner, runtime)) = &*shared
        && *owner == process
    {
        return Ok(runtime.handle().clone());
    }
    // That of a parent process is left alone: its threads are not here to be ended.
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("massmap-requests")
        .enable_all()
        .build()?;
    let handle = runtime.handle().clone();
    *shared = Some((process, ManuallyDrop::new(runtime)));
    Ok(handle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_read_in_a_forked_process() {
        let mut driver = Driver::new(None).unwrap();
        assert_eq!(driver.wait(async { 7 }).unwrap(), 7);
        let Source::Given { process, .. } = &mut driver.runtime else {
            unreachable!("no function was given");
        };
        *process += 1;
        let error = driver.wait(async { 7 }).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().ends_with("open it again"), "{error}");
    }

    #[test]
    fn a_runtime_without_threads_of_its_own_is_refused() {
        let runtime = Builder::new_current_thread().build().unwrap();
        let error = Driver::new(Some(runtime.handle().clone())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}
