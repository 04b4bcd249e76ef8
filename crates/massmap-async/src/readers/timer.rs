//! Time, as a runtime tells it.

#[cfg(feature = "tokio")]
pub(crate) mod tokio;

use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// A clock, and futures that wait, from whatever runtime they are used in.
///
/// `TokioTimer`, with the cargo feature `tokio`, is one.
pub trait Timer {
    /// The time since some moment in the past, always the same one. Never goes back.
    fn now(&self) -> Duration;

    /// Waits until `duration` has passed, counted from this call.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()>;
}

/// Timers behind pointers are timers.
macro_rules! for_pointers {
    ($($pointer:ty),+) => {$(
        impl<T: Timer + ?Sized> Timer for $pointer {
            fn now(&self) -> Duration {
                self.deref().now()
            }

            fn sleep(&self, duration: Duration) -> impl Future<Output = ()> {
                self.deref().sleep(duration)
            }
        }
    )+};
}

for_pointers!(&T, Arc<T>, Rc<T>);
