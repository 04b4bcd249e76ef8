//! The ring that each thread keeps.

use std::cell::Cell;
use std::ops::{Deref, DerefMut};

use super::ring::Ring;

thread_local! {
    static KEPT: Cell<Kept> = const { Cell::new(Kept::None) };
}

/// The state of a thread's ring.
#[derive(Default)]
enum Kept {
    #[default]
    None,
    Ring(Box<Ring>),
    /// A batch is using the ring.
    Lent,
}

/// The thread's ring, taken for a batch.
///
/// When the lease is dropped, the ring is kept for the next batch if nothing is in flight. Otherwise the batch has ended early,
/// and the ring is dropped once the kernel no longer uses its buffers.
pub(super) struct Lease(
    /// `None` only while the lease is being dropped.
    Option<Box<Ring>>,
);

impl Lease {
    /// A ring for `depth` reads at a time. `None` if a batch of this thread is using it, if the kernel refuses one, or if the
    /// thread is ending.
    pub(super) fn take(depth: usize) -> Option<Self> {
        let kept = KEPT.try_with(|kept| kept.replace(Kept::Lent)).ok()?;
        let ring = match kept {
            Kept::Lent => return None,
            Kept::Ring(ring) if ring.serves(depth) => Some(ring),
            // Tried again each time: it is one call, and memory or file descriptors may be available by now.
            Kept::Ring(_) | Kept::None => Ring::new(depth).ok().map(Box::new),
        };
        // A lease without a ring is dropped here, which stores `Kept::None`.
        Some(Self(ring)).filter(|lease| lease.0.is_some())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let kept = match self.0.take() {
            Some(mut ring) if ring.in_flight() == 0 => {
                ring.trim();
                Kept::Ring(ring)
            }
            _ => Kept::None,
        };
        // While the thread ends, the thread-local may be gone; then the ring is dropped here.
        _ = KEPT.try_with(|cell| cell.set(kept));
    }
}

impl Deref for Lease {
    type Target = Ring;

    fn deref(&self) -> &Ring {
        self.0
            .as_deref()
            .expect("there is a ring until the lease is dropped")
    }
}

impl DerefMut for Lease {
    fn deref_mut(&mut self) -> &mut Ring {
        self.0
            .as_deref_mut()
            .expect("there is a ring until the lease is dropped")
    }
}
