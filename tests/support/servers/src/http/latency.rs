//! How long answers take.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Arc, Condvar, LazyLock, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

/// How long the first byte of every answer takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latency {
    /// Of most answers.
    pub usual: Duration,
    /// Of slow ones.
    pub slow: Duration,
    /// How many of a thousand answers are slow, chosen by chance.
    pub slow_per_mille: u64,
    /// For the chance: the same seed makes the same requests slow.
    pub seed: u64,
}

impl Latency {
    /// The same for all answers.
    #[must_use]
    pub const fn always(usual: Duration) -> Self {
        Self {
            usual,
            slow: usual,
            slow_per_mille: 0,
            seed: 0,
        }
    }

    /// That of the request with a number.
    pub(crate) fn of(self, number: usize) -> Duration {
        // SplitMix64.
        let mut mixed = (self.seed.wrapping_add(number as u64 + 1)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        match (mixed ^ (mixed >> 31)) % 1000 < self.slow_per_mille {
            true => self.slow,
            false => self.usual,
        }
    }
}

/// Waits until `deadline`, to about a tenth of a millisecond: tokio's timers count in whole milliseconds, which would be a twentieth of a
/// delay of 20 ms.
pub(crate) async fn wait_until(deadline: Instant) {
    static ALARMS: LazyLock<Arc<Alarms>> = LazyLock::new(Alarms::start);
    if deadline <= Instant::now() {
        return;
    }
    let (ring, rung) = oneshot::channel();
    ALARMS.set(deadline, ring);
    // The thread never ends.
    let _ = rung.await;
}

/// Alarms of all servers of the process, on one thread.
#[derive(Default)]
struct Alarms {
    due: Mutex<Due>,
    changed: Condvar,
}

#[derive(Default)]
struct Due {
    /// Deadlines, and numbers that tell equal ones apart.
    order: BinaryHeap<Reverse<(Instant, u64)>>,
    rings: std::collections::HashMap<u64, oneshot::Sender<()>>,
    next: u64,
}

impl Alarms {
    fn start() -> Arc<Self> {
        let alarms = Arc::new(Self::default());
        let of_thread = Arc::clone(&alarms);
        thread::Builder::new()
            .name("test-server-alarms".to_owned())
            .spawn(move || of_thread.run())
            .expect("the system has a thread to give");
        alarms
    }

    fn set(&self, deadline: Instant, ring: oneshot::Sender<()>) {
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        let number = due.next;
        due.next += 1;
        due.rings.insert(number, ring);
        due.order.push(Reverse((deadline, number)));
        self.changed.notify_one();
    }

    fn run(&self) {
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let now = Instant::now();
            match due.order.peek() {
                Some(&Reverse((deadline, number))) if deadline <= now => {
                    due.order.pop();
                    if let Some(ring) = due.rings.remove(&number) {
                        // Whoever waited may be gone.
                        let _ = ring.send(());
                    }
                }
                Some(Reverse((deadline, _))) => {
                    let left = *deadline - now;
                    due = self
                        .changed
                        .wait_timeout(due, left)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0;
                }
                None => due = self.changed.wait(due).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_answers_are_slow_as_it_says_and_always_the_same() {
        let latency = Latency {
            usual: Duration::ZERO,
            slow: Duration::from_secs(1),
            slow_per_mille: 20,
            seed: 7,
        };
        let slow = |number: &usize| !latency.of(*number).is_zero();
        let first: Vec<_> = (0..100_000).filter(slow).collect();
        assert!((1800..2200).contains(&first.len()), "{}", first.len());
        assert_eq!(first, (0..100_000).filter(slow).collect::<Vec<_>>());
    }
}
