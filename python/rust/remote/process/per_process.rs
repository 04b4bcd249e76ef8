//! A value for each process.

use std::fmt;
use std::io::{Error, Result};
use std::mem;
use std::sync::OnceLock;

use pyo3::Python;

use super::forks;

/// A value that is made once in each process that needs it.
///
/// Values of ancestors are kept, and never used, changed or dropped, but for what [`current`](Self::current) passes on of them.
///
/// It is safe to fork at any time: reading takes no lock, and a value is added by a thread that holds the GIL, without which Python does
/// not fork, or that is attached to an interpreter without one, which Python stops between two calls before it forks.
pub(crate) struct PerProcess<T> {
    first: OnceLock<Box<Link<T>>>,
}

struct Link<T> {
    /// The process, as [`forks::count`] tells it from its ancestors.
    process: u64,
    /// `None` once it is dropped.
    value: Option<T>,
    /// Of a forked process.
    next: OnceLock<Box<Link<T>>>,
}

impl<T> PerProcess<T> {
    pub(crate) const fn new() -> Self {
        Self {
            first: OnceLock::new(),
        }
    }

    /// The value of this process, which `make` makes if there is none. It is given that of the first process.
    ///
    /// # Errors
    ///
    /// Those of `make`; that the interpreter is being shut down.
    pub(crate) fn current(&self, make: impl FnOnce(Option<&T>) -> Result<T>) -> Result<&T> {
        if let Some(value) = self.get() {
            return Ok(value);
        }
        let value = make(self.first.get().and_then(|link| link.value.as_ref()))?;
        let added = Python::try_attach(|_| self.add(value));
        if added.is_none() {
            return Err(Error::other("Python is being shut down"));
        }
        Ok(self.get().expect("one was added, here or by another thread"))
    }

    /// The value of this process, if there is one.
    pub(crate) fn get(&self) -> Option<&T> {
        let process = forks::count();
        let mut place = &self.first;
        while let Some(link) = place.get() {
            if link.process == process {
                return link.value.as_ref();
            }
            place = &link.next;
        }
        None
    }

    /// Adds the value unless another thread was faster.
    fn add(&self, value: T) {
        let process = forks::count();
        let mut place = &self.first;
        let mut link = Box::new(Link {
            process,
            value: Some(value),
            next: OnceLock::new(),
        });
        loop {
            match place.set(link) {
                Ok(()) => return,
                Err(refused) => link = refused,
            }
            let taken = place.get().expect("it was refused for what is there");
            if taken.process == process {
                return;
            }
            place = &taken.next;
        }
    }
}

impl<T> Drop for Link<T> {
    fn drop(&mut self) {
        // Locks of an ancestor may be held by threads that are not here, and closing its sockets would disturb it.
        if self.process != forks::count() {
            mem::forget(self.value.take());
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for PerProcess<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PerProcess").field(&self.get()).finish()
    }
}
