//! Looks up the keys of a stream in batches, and gives the answers in the order of the keys.
//!
//! Threads take batches in turn, so that the drive is busy while answers are written. Each batch is read in the order of the file,
//! with many reads in flight. Memory is bounded: a batch whose values are too large is looked up in parts, and a value that is too
//! large alone is not kept, but read again when it is written.

mod answers;

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use massmap::{MassMapReader, UntypedMap};
use massmap_data::InputError;
use massmap_data::keys::KeyStream;

use answers::Finder;
pub(super) use answers::{Answers, Found};

/// Batches that are looked up at a time.
const AT_ONCE: usize = 2;

/// Why lookups end before the keys do.
pub(super) enum NoMore {
    /// The keys cannot be read.
    Keys(InputError),
    /// No thread can be started.
    Thread(anyhow::Error),
}

/// Some answers, or why there are no more.
pub(super) type Part = Result<Answers, NoMore>;

/// Where threads take keys from, and leave the receivers of the answers in their order.
struct Queue {
    keys: KeyStream,
    /// `None` once there are no more keys.
    order: Option<SyncSender<Receiver<Part>>>,
}

/// Looks up `keys` in `map`, and calls `f` with answers in the order of the keys, until it fails.
///
/// # Errors
///
/// Those of `f`, which also gets the failures.
pub(super) fn look_up<R: MassMapReader + Sync, E>(
    map: &UntypedMap<R>,
    keys: KeyStream,
    mut f: impl FnMut(Part) -> Result<(), E>,
) -> Result<(), E> {
    let stopper = keys.stopper();
    let (order, parts_in_order) = sync_channel(AT_ONCE);
    let queue = Mutex::new(Queue {
        keys,
        order: Some(order),
    });
    thread::scope(|scope| {
        let mut started = 0;
        let mut failure = None;
        for _ in 0..AT_ONCE {
            match thread::Builder::new().spawn_scoped(scope, || work(map, &queue)) {
                Ok(_) => started += 1,
                Err(error) => failure = Some(error),
            }
        }
        if let (0, Some(error)) = (started, failure) {
            let error = anyhow::Error::new(error).context("cannot start a thread");
            return f(Err(NoMore::Thread(error)));
        }
        let outcome = parts_in_order.iter().flatten().try_for_each(&mut f);
        // Threads may wait for keys.
        stopper.stop();
        drop(parts_in_order);
        outcome
    })
}

/// Looks up batches until there are none, or nobody takes the answers.
fn work<R: MassMapReader>(map: &UntypedMap<R>, queue: &Mutex<Queue>) {
    let mut finder = Finder::new(map);
    loop {
        let mut taken = queue.lock().unwrap_or_else(PoisonError::into_inner);
        let Queue { keys, order } = &mut *taken;
        if order.is_none() {
            return;
        }
        let batch = keys.next_batch();
        let (parts, receiver) = sync_channel(1);
        let is_wanted = match (&batch, &order) {
            (Ok(None), _) | (_, None) => false,
            (_, Some(order)) => order.send(receiver).is_ok(),
        };
        match batch {
            Ok(Some(batch)) if is_wanted => {
                drop(taken);
                finder.find(&Arc::new(batch), |answers| parts.send(Ok(answers)).is_ok());
            }
            Err(error) if is_wanted => {
                *order = None;
                _ = parts.send(Err(NoMore::Keys(error)));
                return;
            }
            _ => {
                *order = None;
                return;
            }
        }
    }
}

impl From<NoMore> for anyhow::Error {
    fn from(failure: NoMore) -> Self {
        match failure {
            NoMore::Keys(error) => Self::msg(error.message()),
            NoMore::Thread(error) => error,
        }
    }
}
