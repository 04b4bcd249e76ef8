//! Counts the allocations of each thread.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator, with counts of the current and the peak memory of each thread.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    /// Bytes allocated minus bytes freed by this thread. Negative if it frees memory of other threads.
    static CURRENT: Cell<isize> = const { Cell::new(0) };
    /// The maximum of `CURRENT` since the last [`peak_of`] began.
    static PEAK: Cell<isize> = const { Cell::new(0) };
    /// Number of allocations and reallocations by this thread.
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

fn grow(bytes: usize) {
    // No allocation can exceed isize::MAX. The cells have no destructors, so they live as long as their thread.
    COUNT.set(COUNT.get() + 1);
    let current = CURRENT.get().wrapping_add(bytes as isize);
    CURRENT.set(current);
    PEAK.set(PEAK.get().max(current));
}

fn shrink(bytes: usize) {
    CURRENT.set(CURRENT.get().wrapping_sub(bytes as isize));
}

#[expect(unsafe_code, reason = "there is no safe way to be a global allocator")]
// SAFETY: every method passes its arguments to the system's allocator and returns its result. Counting neither allocates nor
// unwinds.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: the caller's promises are those that the system's allocator requires.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        shrink(layout.size());
        // SAFETY: as above; all memory comes from the system's allocator.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // Both blocks may exist for a moment.
        grow(new_size);
        shrink(layout.size());
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, new_size) }
    }
}

/// Runs `f`. Returns its result and the peak memory of this thread meanwhile, in bytes beyond what it held before.
pub fn peak_of<T>(f: impl FnOnce() -> T) -> (T, usize) {
    let start = CURRENT.get();
    PEAK.set(start);
    let result = f();
    (result, usize::try_from(PEAK.get() - start).unwrap_or(0))
}

/// Runs `f`. Returns its result and the number of allocations and reallocations by this thread meanwhile.
pub fn allocations_of<T>(f: impl FnOnce() -> T) -> (T, usize) {
    let start = COUNT.get();
    let result = f();
    (result, COUNT.get() - start)
}

/// Bytes that this thread has allocated and not freed.
pub fn held() -> isize {
    CURRENT.get()
}
