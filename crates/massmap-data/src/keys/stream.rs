//! Hands batches of keys from the thread that reads them to those that look them up.

use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::anyhow;

use super::batch::{KeyBatch, KeyPlace};
use crate::input::InputError;
use crate::input::error::{Cancelled, Stop};
use crate::input::memory::OutOfMemory;

/// How long a batch that is not full may wait for more keys: somebody may type them in, or another program may wait for the
/// answers before it writes more.
const PATIENCE: Duration = Duration::from_millis(20);

/// The keys of a file in batches, up to the first failure.
///
/// Batches are full, unless keys come more slowly than they are taken. Once the stream is dropped or stopped, the thread ends at the
/// next key.
#[derive(Debug)]
pub struct KeyStream(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// The state has changed.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    pending: KeyBatch,
    /// Whether the thread has read everything, or failed.
    has_ended: bool,
    failure: Option<InputError>,
    /// Whether nobody takes any more.
    is_stopped: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // Each change of the state is complete.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }
}

impl KeyStream {
    /// Starts `read` on a thread of its own.
    pub(super) fn start(read: impl FnOnce(&Keys) -> Result<(), Stop<InputError>> + Send + 'static) -> Self {
        let shared = Arc::new(Shared::default());
        let keys = Keys {
            shared: Arc::clone(&shared),
            has_panicked: true,
            failure: None,
        };
        let work = move || {
            let outcome = read(&keys);
            keys.end(outcome);
        };
        if let Err(error) = thread::Builder::new().name("keys".to_owned()).spawn(work) {
            let cause = anyhow::Error::new(error).context("cannot start a thread that reads them");
            // Dropping the closure took note of a panic.
            shared.state().failure = Some(InputError::of_all(cause));
        }
        Self(shared)
    }

    /// Waits for the next keys; `None` at the end. After an error, it is the end.
    ///
    /// # Errors
    ///
    /// Fails, behind the keys before it, if the file cannot be read, or something in it is no key.
    pub fn next_batch(&mut self) -> Result<Option<KeyBatch>, InputError> {
        let mut state = self.0.state();
        let mut began = None;
        while !state.pending.is_full() && !state.has_ended {
            if state.is_stopped {
                return Ok(None);
            }
            if state.pending.is_empty() {
                state = self.0.wait(state);
                continue;
            }
            let left = PATIENCE.saturating_sub(began.get_or_insert_with(Instant::now).elapsed());
            if left.is_zero() {
                break;
            }
            let waited = self.0.changed.wait_timeout(state, left);
            (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
        if state.pending.is_empty() {
            return state.failure.take().map_or(Ok(None), Err);
        }
        let batch = mem::take(&mut state.pending);
        self.0.changed.notify_one();
        Ok(Some(batch))
    }

    /// Ends the stream from another thread.
    #[must_use]
    pub fn stopper(&self) -> KeyStopper {
        KeyStopper(Arc::clone(&self.0))
    }
}

impl Drop for KeyStream {
    fn drop(&mut self) {
        self.stopper().stop();
    }
}

/// Ends a stream of keys.
#[derive(Debug)]
pub struct KeyStopper(Arc<Shared>);

impl KeyStopper {
    /// Ends the stream: whoever waits for keys gets none.
    pub fn stop(&self) {
        self.0.state().is_stopped = true;
        self.0.changed.notify_all();
    }
}

/// Where the thread puts the keys that it reads.
pub(super) struct Keys {
    shared: Arc<Shared>,
    /// Whether the thread ends without having said how.
    has_panicked: bool,
    failure: Option<InputError>,
}

/// Why a key is not taken.
pub(super) enum NotTaken {
    /// Nobody takes any more.
    Cancelled(Cancelled),
    /// There is no place for it.
    OutOfMemory(OutOfMemory),
}

impl Keys {
    /// Adds an encoded key, and its row, of which so many bytes are kept `elsewhere`.
    pub(super) fn push(
        &self,
        place: KeyPlace,
        row: &[u8],
        key: &[u8],
        elsewhere: usize,
    ) -> Result<(), NotTaken> {
        let mut state = self.shared.state();
        while state.pending.is_full() && !state.is_stopped {
            state = self.shared.wait(state);
        }
        if state.is_stopped {
            return Err(NotTaken::Cancelled(Cancelled));
        }
        let was_empty = state.pending.is_empty();
        let pushed = state.pending.push(place, row, key, elsewhere);
        pushed.map_err(NotTaken::OutOfMemory)?;
        if was_empty || state.pending.is_full() {
            self.shared.changed.notify_one();
        }
        Ok(())
    }

    /// Ends the stream.
    fn end(mut self, outcome: Result<(), Stop<InputError>>) {
        self.has_panicked = false;
        self.failure = match outcome {
            Err(Stop::Failed(failure)) => Some(failure),
            Ok(()) | Err(Stop::Cancelled) => None,
        };
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.has_ended = true;
        state.failure = match self.has_panicked {
            true => Some(InputError::of_all(anyhow!(
                "the thread that reads them has panicked"
            ))),
            false => self.failure.take(),
        };
        self.shared.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    fn push(keys: &Keys, number: u64) -> Result<(), Stop<InputError>> {
        keys.push(KeyPlace::Record(number), &[], &number.to_be_bytes(), 0)
            .map_err(|_| Stop::Cancelled)
    }

    #[test]
    fn keys_come_in_order_in_full_batches_and_then_the_failure() {
        let mut stream = KeyStream::start(|keys| {
            (0..100_000).try_for_each(|number| push(keys, number))?;
            Err(Stop::Failed(InputError::of_all(anyhow!("the end"))))
        });
        let mut next = 0;
        let failure = loop {
            match stream.next_batch() {
                Ok(Some(batch)) => {
                    for index in 0..batch.len() {
                        assert_eq!(batch.key(index), u64::to_be_bytes(next));
                        assert_eq!(batch.place(index), KeyPlace::Record(next));
                        next += 1;
                    }
                }
                Ok(None) => panic!("the failure is missing"),
                Err(failure) => break failure,
            }
        };
        assert_eq!(next, 100_000);
        assert_eq!(failure.message(), "the inputs: the end");
        assert!(stream.next_batch().unwrap().is_none());
    }

    #[test]
    fn keys_that_come_slowly_are_not_kept_until_there_are_many() {
        let (proceed, wait) = channel();
        let mut stream = KeyStream::start(move |keys| {
            for number in 0..3 {
                push(keys, number)?;
                // Until the key has been received.
                wait.recv().map_err(|_| Stop::Cancelled)?;
            }
            Ok(())
        });
        for number in 0..3 {
            let batch = stream.next_batch().unwrap().unwrap();
            assert_eq!((batch.len(), batch.key(0)), (1, &u64::to_be_bytes(number)[..]));
            proceed.send(()).unwrap();
        }
        assert!(stream.next_batch().unwrap().is_none());
    }

    #[test]
    fn the_thread_ends_when_the_stream_is_stopped() {
        let (ended, end) = channel();
        let mut stream = KeyStream::start(move |keys| {
            let outcome = (0..).try_for_each(|number| push(keys, number));
            ended.send(()).unwrap();
            outcome
        });
        assert!(!stream.next_batch().unwrap().unwrap().is_empty());
        drop(stream);
        end.recv().unwrap();
    }

    #[test]
    fn a_panic_of_the_thread_is_a_failure() {
        let mut stream = KeyStream::start(|keys| {
            push(keys, 1)?;
            panic!("on purpose")
        });
        assert_eq!(stream.next_batch().unwrap().unwrap().len(), 1);
        let failure = stream.next_batch().unwrap_err();
        assert_eq!(
            failure.message(),
            "the inputs: the thread that reads them has panicked"
        );
        assert!(stream.next_batch().unwrap().is_none());
    }
}
