//! The way of results back to event loops.

use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use pyo3::prelude::*;
use tokio::task::spawn_blocking;

use super::future::{Answer, Recipient};

type Answers = Vec<(Recipient, Answer)>;

/// Gives answers to event loops.
///
/// The thread that serves connections never waits for the GIL: another one does, and takes all answers that have come meanwhile.
#[derive(Default)]
pub(crate) struct Delivery {
    /// With the first of them, a thread is on its way to fetch all.
    answers: Mutex<Answers>,
    /// Whether the interpreter is about to be shut down. Locked for reading by threads that give answers.
    has_ended: RwLock<bool>,
}

impl Delivery {
    /// Gives an answer to the event loop of its recipient. To be called on the runtime.
    pub(super) fn deliver(self: &Arc<Self>, recipient: Recipient, answer: Answer) {
        let mut answers = self.answers();
        answers.push((recipient, answer));
        if answers.len() == 1 {
            drop(answers);
            let this = Arc::clone(self);
            spawn_blocking(move || this.give());
        }
    }

    fn answers(&self) -> MutexGuard<'_, Answers> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the threads that give answers. Those that come later are given to nobody.
    ///
    /// To be called before the interpreter is shut down: it ends threads that wait for the GIL then, or that give it up for a moment, as
    /// an event loop does when it is woken, and some versions do so by unwinding the stack of a thread, which Rust does not survive.
    pub(crate) fn end(&self, py: Python<'_>) {
        py.detach(|| *self.has_ended.write().unwrap_or_else(PoisonError::into_inner) = true);
    }

    fn give(&self) {
        let has_ended = self.has_ended.read().unwrap_or_else(PoisonError::into_inner);
        let give = |py: Python<'_>| {
            let mut of_loops: Vec<(Py<PyAny>, Answers)> = Vec::new();
            for (recipient, answer) in mem::take(&mut *self.answers()) {
                let same = of_loops
                    .iter_mut()
                    .find(|(event_loop, _)| event_loop.is(&recipient.event_loop));
                match same {
                    Some((_, answers)) => answers.push((recipient, answer)),
                    None => of_loops.push((recipient.event_loop.clone_ref(py), vec![(recipient, answer)])),
                }
            }
            for (event_loop, answers) in of_loops {
                let batch = Batch(Mutex::new(answers));
                // Fails for a loop that is closed, where nobody awaits anything.
                let _ = event_loop.call_method1(py, "call_soon_threadsafe", (batch,));
            }
        };
        if *has_ended || Python::try_attach(give).is_none() {
            // The interpreter takes no objects back.
            mem::forget(mem::take(&mut *self.answers()));
        }
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Delivery")
    }
}

/// Answers for one event loop, which calls this in its thread.
#[pyclass(frozen, module = "massmap")]
struct Batch(Mutex<Answers>);

#[pymethods]
impl Batch {
    fn __call__(&self, py: Python<'_>) -> PyResult<()> {
        let answers = mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for (recipient, answer) in answers {
            recipient.set(py, answer(py))?;
        }
        Ok(())
    }
}
