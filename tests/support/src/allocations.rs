//! Counts the memory that a thread allocates.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator, with a count of what each thread holds and has held at most.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    /// Bytes allocated less bytes freed by this thread; negative where it frees what others allocated.
    static CURRENT: Cell<isize> = const { Cell::new(0) };
    /// The highest that `CURRENT` has been since the last [`peak_of`] began.
    static PEAK: Cell<isize> = const { Cell::new(0) };
    /// How often this thread has asked for memory.
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

fn grow(bytes: usize) {
    // No allocation can exceed isize::MAX. No cell has a destructor, so all live as long as their thread.
    COUNT.set(COUNT.get() + 1);
    let current = CURRENT.get().wrapping_add(bytes as isize);
    CURRENT.set(current);
    PEAK.set(PEAK.get().max(current));
}

fn shrink(bytes: usize) {
    CURRENT.set(CURRENT.get().wrapping_sub(bytes as isize));
}

#[expect(unsafe_code, reason = "there is no safe way to be a global allocator")]
// SAFETY: every method hands its arguments to the system's allocator and returns what that returns; counting neither
// allocates nor unwinds.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: the caller's promises are those that the system's allocator asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        shrink(layout.size());
        // SAFETY: as above; all memory given out came from the system's allocator.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // Both may exist for a moment.
        grow(new_size);
        shrink(layout.size());
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, new_size) }
    }
}

/// Runs `f` and returns with its result the most bytes that this thread held during it, beyond those it held before.
pub fn peak_of<T>(f: impl FnOnce() -> T) -> (T, usize) {
    let start = CURRENT.get();
    PEAK.set(start);
    let result = f();
    (result, usize::try_from(PEAK.get() - start).unwrap_or(0))
}

/// Runs `f` and returns with its result how often this thread asked for memory meanwhile, for more of it included.
pub fn allocations_of<T>(f: impl FnOnce() -> T) -> (T, usize) {
    let start = COUNT.get();
    let result = f();
    (result, COUNT.get() - start)
}

/// How many bytes this thread holds that it has allocated.
pub fn held() -> isize {
    CURRENT.get()
}
