//! An iterator over items that a thread produces.
//!
//! Items are sent in batches, since each send wakes a thread. Nothing is queued: while one batch is consumed, the next is
//! produced.

use std::any::Any;
use std::mem;
use std::sync::mpsc::{Receiver, RecvError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::vec;

use anyhow::anyhow;

use crate::input::error::{Cancelled, InputError, Stop, panic_message};

/// Most items of a batch.
// 512 entries take 32 KiB. When a block of 64 KiB is freed, the allocator of glibc consolidates its free memory, which costs
// more than sending twice as often.
const BATCH_ITEMS: usize = 512;

/// A batch is also full when this many bytes were read for it or are in it. This bounds its memory; a larger item is sent at once.
const BATCH_BYTES: u64 = 1 << 18;

/// The items of a thread, up to the first failure.
///
/// Once it is dropped, the thread ends at the next batch.
pub(crate) struct Stream<T> {
    batch: vec::IntoIter<T>,
    state: State<T>,
}

enum State<T> {
    Running {
        batches: Receiver<Result<Vec<T>, InputError>>,
        thread: JoinHandle<()>,
    },
    /// The thread could not be started.
    Failed(InputError),
    Ended,
}

impl<T: Send + 'static> Stream<T> {
    /// Starts `produce` on a thread of its own.
    pub(in crate::input) fn start(
        produce: impl FnOnce(&mut Batches<T>) -> Result<(), Stop<InputError>> + Send + 'static,
    ) -> Self {
        let (sender, batches) = sync_channel(0);
        let work = move || {
            let mut produced = Batches {
                batch: Vec::new(),
                size: 0,
                bytes_before: 0,
                sender,
            };
            let failure = match produce(&mut produced) {
                Ok(()) => None,
                Err(Stop::Failed(failure)) => Some(failure),
                Err(Stop::Cancelled) => return,
            };
            if let (Ok(()), Some(failure)) = (produced.send_batch(), failure) {
                // The receiver may be gone.
                _ = produced.sender.send(Err(failure));
            }
        };
        let state = match thread::Builder::new().name("input".to_owned()).spawn(work) {
            Ok(thread) => State::Running { batches, thread },
            Err(error) => State::Failed(InputError::of_all(
                anyhow::Error::new(error).context("cannot start a thread that reads them"),
            )),
        };
        Self {
            batch: Vec::new().into_iter(),
            state,
        }
    }
}

impl<T> Iterator for Stream<T> {
    type Item = Result<T, InputError>;

    // Inlined so that items are not copied.
    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.batch.next() {
                return Some(Ok(item));
            }
            if let Err(failure) = self.next_batch()? {
                return Some(Err(failure));
            }
        }
    }
}

impl<T> Stream<T> {
    /// Waits for a batch; `None` at the end.
    #[cold]
    fn next_batch(&mut self) -> Option<Result<(), InputError>> {
        match mem::replace(&mut self.state, State::Ended) {
            State::Running { batches, thread } => match batches.recv() {
                Ok(Ok(batch)) => {
                    self.batch = batch.into_iter();
                    self.state = State::Running { batches, thread };
                    Some(Ok(()))
                }
                Ok(Err(failure)) => Some(Err(failure)),
                // The end, unless the thread panicked: then items may be missing.
                Err(RecvError) => thread.join().err().map(|panic| Err(panicked(&*panic))),
            },
            State::Failed(failure) => Some(Err(failure)),
            State::Ended => None,
        }
    }
}

fn panicked(panic: &(dyn Any + Send)) -> InputError {
    let message = panic_message(panic);
    InputError::of_all(anyhow!("the thread that reads them has panicked: {message}"))
}

/// Collects items and sends them in batches.
pub(in crate::input) struct Batches<T> {
    batch: Vec<T>,
    /// Size of the batch in memory, in bytes.
    size: u64,
    /// Number of bytes that had been read when the last batch was sent.
    bytes_before: u64,
    sender: SyncSender<Result<Vec<T>, InputError>>,
}

impl<T> Batches<T> {
    /// Adds an item that takes `size` bytes of memory. `bytes` is the number of bytes read for all items so far.
    ///
    /// # Errors
    ///
    /// Fails if the receiver takes no more items.
    pub(in crate::input) fn push(&mut self, item: T, size: usize, bytes: u64) -> Result<(), Cancelled> {
        self.batch.push(item);
        // Items may be larger than what was read for them: each record of a table contains the names of the columns.
        self.size = self.size.saturating_add(size as u64);
        let read = bytes - self.bytes_before;
        if self.batch.len() < BATCH_ITEMS && read.max(self.size) < BATCH_BYTES {
            return Ok(());
        }
        self.bytes_before = bytes;
        self.size = 0;
        self.send_batch()
    }

    fn send_batch(&mut self) -> Result<(), Cancelled> {
        let batch = mem::take(&mut self.batch);
        self.sender.send(Ok(batch)).map_err(|_| Cancelled)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn items_come_in_order_and_then_the_failure() {
        for count in [0, 1, BATCH_ITEMS - 1, BATCH_ITEMS, BATCH_ITEMS + 1, 5000] {
            let items = Stream::start(move |batches| {
                (0..count).try_for_each(|n| batches.push(n, 0, 0).map_err(|Cancelled| Stop::Cancelled))?;
                Err(Stop::Failed(InputError::of_all(anyhow!("the end"))))
            });
            let mut items = items.map(|item| item.map_err(|failure| failure.message()));
            for n in 0..count {
                assert_eq!(items.next(), Some(Ok(n)));
            }
            assert_eq!(items.next(), Some(Err("the inputs: the end".to_owned())));
            assert_eq!(items.next(), None);
        }
    }

    #[test]
    fn an_item_is_sent_at_once_after_many_bytes_were_read() {
        let (proceed, wait) = channel();
        let mut items = Stream::start(move |batches| {
            for n in 1..=3 {
                batches
                    .push(n, 0, n * BATCH_BYTES)
                    .map_err(|Cancelled| Stop::Cancelled)?;
                // Until the item has been received.
                wait.recv().map_err(|_| Stop::Cancelled)?;
            }
            Ok(())
        });
        for n in 1..=3 {
            assert_eq!(items.next().and_then(Result::ok), Some(n));
            proceed.send(()).unwrap();
        }
        assert!(items.next().is_none());
    }

    #[test]
    fn large_items_are_sent_soon_even_if_little_was_read() {
        let (proceed, wait) = channel();
        let size = usize::try_from(BATCH_BYTES.div_ceil(2)).unwrap();
        let mut items = Stream::start(move |batches| {
            for n in 0..4 {
                batches.push(n, size, 0).map_err(|Cancelled| Stop::Cancelled)?;
                if n % 2 == 1 {
                    // Until both items have been received.
                    wait.recv().map_err(|_| Stop::Cancelled)?;
                }
            }
            Ok(())
        });
        for n in 0..4 {
            assert_eq!(items.next().and_then(Result::ok), Some(n));
            if n % 2 == 1 {
                proceed.send(()).unwrap();
            }
        }
        assert!(items.next().is_none());
    }

    #[test]
    fn the_thread_ends_when_the_stream_is_dropped() {
        let (ended, end) = channel();
        let mut items = Stream::start(move |batches| {
            let outcome =
                (0u64..).try_for_each(|n| batches.push(n, 0, 0).map_err(|Cancelled| Stop::Cancelled));
            ended.send(()).unwrap();
            outcome
        });
        assert_eq!(items.next().and_then(Result::ok), Some(0));
        drop(items);
        end.recv().unwrap();
    }

    #[test]
    fn a_panic_of_the_thread_is_a_failure() {
        let mut items = Stream::<u8>::start(|batches| {
            _ = batches.push(1, 0, BATCH_BYTES);
            panic!("on purpose")
        });
        assert_eq!(items.next().and_then(Result::ok), Some(1));
        let failure = items.next().and_then(Result::err).unwrap();
        assert_eq!(
            failure.message(),
            "the inputs: the thread that reads them has panicked: on purpose"
        );
        assert!(items.next().is_none());
    }
}
