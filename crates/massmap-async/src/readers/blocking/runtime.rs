//! The runtime that serves the sockets and timers of blocking readers.

use std::io::{Error, ErrorKind, Result};
use std::mem::ManuallyDrop;
use std::process;
use std::sync::{Mutex, PoisonError};

use tokio::runtime::{Builder, Handle, Runtime, RuntimeFlavor};
use tokio::task::JoinHandle;

use super::wait::wait;

/// A runtime, in the process where it has threads.
#[derive(Debug)]
pub(crate) struct Driver {
    runtime: Handle,
    process: u32,
}

impl Driver {
    /// The driver with a runtime; the shared one if none is given.
    pub(crate) fn new(runtime: Option<Handle>) -> Result<Self> {
        let runtime = match runtime {
            // It runs only while somebody runs it, who would be waiting here.
            Some(given) if given.runtime_flavor() == RuntimeFlavor::CurrentThread => {
                return Err(Error::new(
                    ErrorKind::InvalidInput,
                    "the runtime has no threads of its own: give one with many threads",
                ));
            }
            Some(given) => given,
            None => shared()?,
        };
        Ok(Self {
            runtime,
            process: process::id(),
        })
    }

    /// Waits until `future` is ready.
    pub(crate) fn wait<F: Future>(&self, future: F) -> Result<F::Output> {
        self.check_process()?;
        let _entered = self.runtime.enter();
        Ok(wait(future))
    }

    /// Runs `future` on a thread of the runtime.
    pub(crate) fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) -> Result<JoinHandle<()>> {
        self.check_process()?;
        Ok(self.runtime.spawn(future))
    }

    /// Whether this is the process in which the runtime has threads.
    pub(crate) fn is_here(&self) -> bool {
        process::id() == self.process
    }

    fn check_process(&self) -> Result<()> {
        match self.is_here() {
            true => Ok(()),
            false => Err(Error::new(
                ErrorKind::Unsupported,
                "the file was opened before the process was forked, and its connections belong to the parent: open it again",
            )),
        }
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
        driver.process += 1;
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
