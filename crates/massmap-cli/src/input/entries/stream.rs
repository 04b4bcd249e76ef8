//! Items made by a thread, as an iterator.
//!
//! They are handed over in batches, since each handover wakes a thread. Nothing is queued: while one batch is used, the next
//! is made.

use std::mem;
use std::sync::mpsc::{Receiver, RecvError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::vec;

use anyhow::anyhow;

use crate::input::error::{Halt, InputError, Unwanted};

/// A batch is full when it has so many items,
// Of entries that is 32 KiB. When a block of 64 KiB is freed, the allocator of glibc tidies up, which takes longer than to
// hand over twice as often.
const BATCH_ITEMS: usize = 512;

/// or when so many bytes were read for it or are in it, which bounds the memory that it takes. A larger item goes at once.
const BATCH_BYTES: u64 = 1 << 18;

/// Items that a thread makes, up to the first failure.
///
/// When it is dropped, the thread ends at the next batch that it would hand over.
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
    /// Begins to make items with `make`, on a thread of its own.
    pub(in crate::input) fn start(
        make: impl FnOnce(&mut Batches<T>) -> Result<(), Halt<InputError>> + Send + 'static,
    ) -> Self {
        let (sender, batches) = sync_channel(0);
        let work = move || {
            let mut made = Batches {
                batch: Vec::new(),
                size: 0,
                bytes_before: 0,
                sender,
            };
            let failure = match make(&mut made) {
                Ok(()) => None,
                Err(Halt::Faulty(failure)) => Some(failure),
                Err(Halt::Unwanted) => return,
            };
            if let (Ok(()), Some(failure)) = (made.hand_over(), failure) {
                // If nobody wants to know, nobody is told.
                _ = made.sender.send(Err(failure));
            }
        };
        let state = match thread::Builder::new().name("input".to_owned()).spawn(work) {
            Ok(thread) => State::Running { batches, thread },
            Err(error) => State::Failed(InputError::of_reading(
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

    // Inlined, so that an item is not copied on its way.
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
                // The end, unless the thread has panicked: then there might have been more.
                Err(RecvError) => thread.join().err().map(|_| Err(panicked())),
            },
            State::Failed(failure) => Some(Err(failure)),
            State::Ended => None,
        }
    }
}

fn panicked() -> InputError {
    InputError::of_reading(anyhow!("the thread that reads them has panicked"))
}

/// Collects items and hands them over.
pub(in crate::input) struct Batches<T> {
    batch: Vec<T>,
    /// How many bytes of memory it takes.
    size: u64,
    /// How many bytes had been read when the last batch was handed over.
    bytes_before: u64,
    sender: SyncSender<Result<Vec<T>, InputError>>,
}

impl<T> Batches<T> {
    /// Adds an item that takes `size` bytes of memory; by now `bytes` have been read for all of them.
    ///
    /// # Errors
    ///
    /// Fails if nobody wants it, nor any other.
    pub(in crate::input) fn push(&mut self, item: T, size: usize, bytes: u64) -> Result<(), Unwanted> {
        self.batch.push(item);
        // What is read says little of what it becomes: the names of a table's columns are in each of its records.
        self.size = self.size.saturating_add(size as u64);
        let read = bytes - self.bytes_before;
        if self.batch.len() < BATCH_ITEMS && read.max(self.size) < BATCH_BYTES {
            return Ok(());
        }
        self.bytes_before = bytes;
        self.size = 0;
        self.hand_over()
    }

    fn hand_over(&mut self) -> Result<(), Unwanted> {
        let batch = mem::take(&mut self.batch);
        self.sender.send(Ok(batch)).map_err(|_| Unwanted)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn items_come_in_order_and_the_failure_behind_them() {
        for count in [0, 1, BATCH_ITEMS - 1, BATCH_ITEMS, BATCH_ITEMS + 1, 5000] {
            let items = Stream::start(move |batches| {
                (0..count).try_for_each(|n| batches.push(n, 0, 0).map_err(|Unwanted| Halt::Unwanted))?;
                Err(Halt::Faulty(InputError::of_reading(anyhow!("the end"))))
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
    fn an_item_that_many_bytes_were_read_for_is_handed_over_at_once() {
        let (proceed, wait) = channel();
        let mut items = Stream::start(move |batches| {
            for n in 1..=3 {
                batches
                    .push(n, 0, n * BATCH_BYTES)
                    .map_err(|Unwanted| Halt::Unwanted)?;
                // Until the item has been seen.
                wait.recv().map_err(|_| Halt::Unwanted)?;
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
    fn items_that_are_large_are_handed_over_soon_however_little_was_read_for_them() {
        let (proceed, wait) = channel();
        let size = usize::try_from(BATCH_BYTES.div_ceil(2)).unwrap();
        let mut items = Stream::start(move |batches| {
            for n in 0..4 {
                batches.push(n, size, 0).map_err(|Unwanted| Halt::Unwanted)?;
                if n % 2 == 1 {
                    // Until both items have been seen.
                    wait.recv().map_err(|_| Halt::Unwanted)?;
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
    fn the_thread_ends_when_nobody_takes_its_items() {
        let (ended, end) = channel();
        let mut items = Stream::start(move |batches| {
            let outcome = (0u64..).try_for_each(|n| batches.push(n, 0, 0).map_err(|Unwanted| Halt::Unwanted));
            ended.send(()).unwrap();
            outcome
        });
        assert_eq!(items.next().and_then(Result::ok), Some(0));
        drop(items);
        end.recv().unwrap();
    }

    #[test]
    fn a_panic_of_the_thread_is_a_failure_and_not_the_end() {
        let mut items = Stream::<u8>::start(|batches| {
            _ = batches.push(1, 0, BATCH_BYTES);
            panic!("on purpose")
        });
        assert_eq!(items.next().and_then(Result::ok), Some(1));
        let failure = items.next().and_then(Result::err).unwrap();
        assert_eq!(
            failure.message(),
            "the inputs: the thread that reads them has panicked"
        );
        assert!(items.next().is_none());
    }
}
