//! A request that others may wait for.
//!
//! A request is made by the future that needs it first, and only progresses while that future is polled. Others that need the same
//! bytes wait for it. The first future may no longer be polled, although it is not dropped: for example if it belongs to a stream of
//! lookups, and whoever takes results from the stream looks up something else in between. Those that wait would then wait forever,
//! perhaps for themselves. So they watch: when the request could go on, but the future that makes it is not polled however often
//! they are, one of them makes a request of its own, and the others wait for that one.

use std::collections::BTreeMap;
use std::mem::take;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::future::poll_fn;

/// A request that is being made, with an outcome `O`.
#[derive(Debug)]
pub(super) struct Flight<O>(Mutex<State<O>>);

#[derive(Debug)]
enum State<O> {
    Running(Waiting),
    Landed(Landing<O>),
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Landing<O> {
    /// With a result.
    Done(O),
    /// Without one: its future was dropped, or is not polled.
    Abandoned,
}

/// Those who wait.
#[derive(Debug, Default)]
struct Waiting {
    wakers: BTreeMap<u64, Waker>,
    next: u64,
    /// Whether the request can go on, and its future was not polled since.
    can_go_on: bool,
    /// How often its future was polled.
    polls: u64,
}

/// So often is one that waits polled before it takes the request for stalled: for about a millisecond. A future that another thread is
/// about to poll should not be taken for stalled, although that would cost no more than a needless request.
const PATIENCE: u32 = 4096;

impl<O> Flight<O> {
    pub(super) fn new() -> Self {
        Self(Mutex::new(State::Running(Waiting::default())))
    }

    fn state(&self) -> MutexGuard<'_, State<O>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_running(&self) -> bool {
        matches!(*self.state(), State::Running(_))
    }

    /// Sets how it ended, unless it has ended already, and wakes those who wait.
    pub(super) fn land(&self, landing: Landing<O>) {
        let mut state = self.state();
        if let State::Running(waiting) = &mut *state {
            let wakers = take(&mut waiting.wakers);
            *state = State::Landed(landing);
            drop(state);
            wakers.into_values().for_each(Waker::wake);
        }
    }

    /// The future that makes the request is polled.
    fn polled(&self) {
        if let State::Running(waiting) = &mut *self.state() {
            waiting.can_go_on = false;
            waiting.polls += 1;
        }
    }

    /// The request can go on: its future should be polled soon.
    fn woken(&self) {
        let wakers = match &mut *self.state() {
            State::Running(waiting) => {
                waiting.can_go_on = true;
                take(&mut waiting.wakers)
            }
            State::Landed(_) => return,
        };
        // All of them: any may itself be one that nobody polls.
        wakers.into_values().for_each(Waker::wake);
    }
}

impl<O: Send + 'static> Flight<O> {
    /// Polls `request`, which is this one, so that those who wait know whether it goes on.
    pub(super) async fn fly<T>(self: &Arc<Self>, request: impl Future<Output = T>) -> T {
        let mut request = pin!(request);
        let mut relay: Option<(Waker, Waker)> = None;
        poll_fn(|cx| {
            self.polled();
            let (_, waker) = match relay.take() {
                Some((task, waker)) if task.will_wake(cx.waker()) => relay.insert((task, waker)),
                _ => {
                    let task = cx.waker().clone();
                    let flight = Arc::clone(self);
                    let waker = Arc::new(Relay { flight, task }).into();
                    relay.insert((cx.waker().clone(), waker))
                }
            };
            request.as_mut().poll(&mut Context::from_waker(waker))
        })
        .await
    }
}

/// Wakes the future that makes a request, and those who wait for it.
struct Relay<O> {
    flight: Arc<Flight<O>>,
    task: Waker,
}

impl<O: Send + 'static> Wake for Relay<O> {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // First, so that it is most often polled before the others.
        self.task.wake_by_ref();
        self.flight.woken();
    }
}

/// Waits until a request has ended. If it stalls, it ends as [`Landing::Abandoned`].
#[derive(Debug)]
pub(super) struct Landed<O> {
    flight: Arc<Flight<O>>,
    /// The number of this one among those who wait.
    number: Option<u64>,
    /// How often this one was polled since the request could go on, which was after so many polls of its future.
    watched: u32,
    polls: u64,
}

impl<O> Landed<O> {
    pub(super) const fn new(flight: Arc<Flight<O>>) -> Self {
        Self {
            flight,
            number: None,
            watched: 0,
            polls: 0,
        }
    }
}

impl<O: Clone> Future for Landed<O> {
    type Output = Landing<O>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Landing<O>> {
        let this = self.get_mut();
        let mut state = this.flight.state();
        let waiting = match &mut *state {
            State::Landed(landing) => return Poll::Ready(landing.clone()),
            State::Running(waiting) => waiting,
        };
        let number = *this.number.get_or_insert_with(|| {
            waiting.next += 1;
            waiting.next
        });
        if this.polls != waiting.polls {
            this.polls = waiting.polls;
            this.watched = 0;
        }
        let watches = waiting.can_go_on;
        if watches {
            this.watched += 1;
            if this.watched > PATIENCE {
                drop(state);
                this.flight.land(Landing::Abandoned);
                return Poll::Ready(Landing::Abandoned);
            }
        }
        let old = waiting.wakers.insert(number, cx.waker().clone());
        // Dropping a waker may drop a task, and what waits in it, which takes the lock.
        drop(state);
        drop(old);
        if watches {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

impl<O> Drop for Landed<O> {
    fn drop(&mut self) {
        let Some(number) = self.number else { return };
        let waker = match &mut *self.flight.state() {
            State::Running(waiting) => waiting.wakers.remove(&number),
            State::Landed(_) => None,
        };
        drop(waker);
    }
}

#[cfg(test)]
mod tests;
