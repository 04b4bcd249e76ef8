//! The buffer that each thread keeps between reads.

use std::cell::Cell;

use super::aligned::{Buffer, PAGE};

/// The largest buffer that a thread keeps between reads: for 256 KiB, and their alignment.
const LARGEST_KEPT_BUFFER: usize = (256 << 10) + PAGE;

thread_local! {
    /// The buffer that reads reuse, so that lookups neither allocate nor clear memory.
    static BUFFER: Cell<Buffer> = const { Cell::new(Buffer::new()) };
}

/// Calls `f` with the thread's buffer.
pub(crate) fn with_buffer<R>(f: impl FnOnce(&mut Buffer) -> R) -> R {
    // Taken rather than borrowed: `f` may read too. While the thread ends, the buffer may be gone; then a new one is used.
    let mut buffer = BUFFER.try_with(Cell::take).unwrap_or_default();
    let result = f(&mut buffer);
    if buffer.size() <= LARGEST_KEPT_BUFFER {
        // While the thread ends, the buffer is dropped here.
        _ = BUFFER.try_with(|kept| kept.set(buffer));
    }
    result
}
