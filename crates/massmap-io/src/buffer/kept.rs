//! The buffer that each thread keeps between reads.

use std::cell::Cell;

use super::aligned::{Buffer, PAGE};

/// The largest buffer that a thread keeps between reads: for 256 KiB, and what it takes to align them.
const LARGEST_KEPT_BUFFER: usize = (256 << 10) + PAGE;

thread_local! {
    /// Buffer that reads reuse, so that a lookup neither allocates nor clears memory.
    static BUFFER: Cell<Buffer> = const { Cell::new(Buffer::new()) };
}

/// Calls `f` with the thread's buffer.
pub(crate) fn with_buffer<R>(f: impl FnOnce(&mut Buffer) -> R) -> R {
    // Taken rather than borrowed: `f` may read as well. Without one while the thread ends and its buffer is gone.
    let mut buffer = BUFFER.try_with(Cell::take).unwrap_or_default();
    let result = f(&mut buffer);
    if buffer.size() <= LARGEST_KEPT_BUFFER {
        // Likewise: then the buffer is freed here.
        _ = BUFFER.try_with(|kept| kept.set(buffer));
    }
    result
}
