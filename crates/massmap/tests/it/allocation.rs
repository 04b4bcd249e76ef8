//! Counts the memory that a thread allocates.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use massmap::{BytesReader, MassMapInner};

use crate::craft::build;

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
pub(crate) fn peak_of<T>(f: impl FnOnce() -> T) -> (T, usize) {
    let start = CURRENT.get();
    PEAK.set(start);
    let result = f();
    (result, usize::try_from(PEAK.get() - start).unwrap_or(0))
}

/// Runs `f` and returns with its result how often this thread asked for memory meanwhile, for more of it included.
pub(crate) fn allocations_of<T>(f: impl FnOnce() -> T) -> (T, usize) {
    let start = COUNT.get();
    let result = f();
    (result, COUNT.get() - start)
}

#[test]
fn allocations_are_counted() {
    let (kept, count) = allocations_of(|| {
        let mut growing = vec![0u8; 1000];
        growing.reserve_exact(1000);
        (growing, Box::new(1))
    });
    assert_eq!(count, 3);
    assert_eq!(allocations_of(|| drop(kept)).1, 0);
}

#[test]
fn the_peak_of_allocations_is_counted() {
    let (kept, peak) = peak_of(|| {
        drop(vec![0u8; 10_000]);
        vec![0u8; 4000]
    });
    assert_eq!((kept.len(), peak), (4000, 10_000));
    let ((), peak) = peak_of(|| drop(kept));
    assert_eq!(peak, 0);
    let (_, peak) = peak_of(|| {
        let mut growing = vec![0u8; 1000];
        growing.reserve_exact(1000);
        growing
    });
    assert_eq!(peak, 3000);
}

#[test]
fn an_open_map_of_format_1_takes_less_than_three_bytes_a_bucket_until_it_is_asked_for_the_index() {
    const BUCKETS: u64 = 50_000;
    for per_bucket in [1, 16] {
        let entries: Vec<(u64, u64)> = (0..BUCKETS * per_bucket).map(|i| (i << 20, i)).collect();
        let file = build(BUCKETS, &entries);
        let load = || MassMapInner::<_>::load(BytesReader::new(&file[..])).unwrap();
        let start = CURRENT.get();
        let (inner, peak) = peak_of(load);
        let open = usize::try_from(CURRENT.get() - start).unwrap();
        assert!(open < 3 * BUCKETS as usize + 1000, "{open} bytes");
        assert!(peak < 8 * BUCKETS as usize, "{peak} bytes while opening");
        let ((), peak) = peak_of(|| {
            let occupied = inner
                .occupied_buckets()
                .map(|(_, bucket)| u64::from(bucket.count));
            assert_eq!(occupied.sum::<u64>(), inner.len());
        });
        assert_eq!(peak, 0);
        assert_eq!(
            peak_of(|| inner.bucket_metas().len()),
            (BUCKETS as usize, 16 * BUCKETS as usize)
        );
    }
}
