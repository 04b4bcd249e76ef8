//! The buffer that each thread keeps for MessagePack that has to be made.

use std::cell::Cell;

/// The largest buffer that a thread keeps, in bytes.
const LARGEST_KEPT: usize = 64 << 10;

thread_local! {
    /// The buffer that lookups reuse, so that they do not allocate.
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Calls `f` with the thread's buffer, which may have any content.
pub(super) fn with_buffer<T>(f: impl FnOnce(&mut Vec<u8>) -> T) -> T {
    // Taken rather than borrowed: `f` may look up other keys. While the thread ends, the buffer may be gone; then a new one is used.
    let mut buffer = BUFFER.try_with(Cell::take).unwrap_or_default();
    let result = f(&mut buffer);
    if buffer.capacity() <= LARGEST_KEPT {
        // While the thread ends, the buffer is dropped here.
        _ = BUFFER.try_with(|kept| kept.set(buffer));
    }
    result
}
