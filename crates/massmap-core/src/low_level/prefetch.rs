//! Prefetching memory that will be needed soon.

use std::hint::black_box;

/// Size of a cache line of most processors, in bytes.
pub(crate) const CACHE_LINE: usize = 64;

/// Prefetches the cache line `position` bytes after the start of `bytes`, which may lie outside of them.
#[cfg(target_arch = "x86_64")]
#[cfg_attr(not(debug_assertions), inline(always))]
#[expect(unsafe_code, reason = "there is no safe way to prefetch")]
pub(crate) fn prefetch(bytes: &[u8], position: usize) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    // SAFETY: a hint, which changes nothing and never faults, whatever the address.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(bytes.as_ptr().wrapping_add(position).cast()) }
}

#[cfg(not(target_arch = "x86_64"))]
#[cfg_attr(not(debug_assertions), inline(always))]
pub(crate) fn prefetch(_: &[u8], _: usize) {}

/// Prefetches the cache lines of `bytes`; only the first ones if there are many, since the processor fetches the rest by itself
/// while it reads those.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(crate) fn prefetch_all(bytes: &[u8]) {
    // Enough for an entry of a few hundred bytes. With four, lookups of entries of 256 bytes took a quarter longer.
    const MOST_LINES: usize = 8;
    prefetch(bytes, 0);
    prefetch(bytes, bytes.len().min(CACHE_LINE));
    if bytes.len() <= CACHE_LINE {
        return;
    }
    for line in 2..MOST_LINES {
        let position = line * CACHE_LINE;
        if position < bytes.len() + CACHE_LINE {
            prefetch(bytes, position.min(bytes.len()));
        }
    }
}

/// Loads the first `lines` cache lines of `bytes`, or all if there are fewer.
///
/// Reads a byte of each line, and nothing waits for the result. A processor may stall on a prefetch until the address has been
/// translated, but not on a read. In a large map, where translation is slow, a lookup that is about to use the lines is faster
/// with this. It is slower where much other work comes before the use, since the read then delays that work.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(crate) fn touch(bytes: &[u8], lines: usize) {
    let bytes = bytes.iter().step_by(CACHE_LINE).take(lines);
    black_box(bytes.fold(0, |all, byte| all ^ byte));
}

#[cfg(test)]
mod tests {
    use super::prefetch;

    #[test]
    fn any_position_may_be_prefetched() {
        let bytes = [1, 2, 3];
        for position in [0, 2, 3, 4096, usize::MAX] {
            prefetch(&bytes, position);
        }
        prefetch(&[], 0);
        assert_eq!(bytes, [1, 2, 3]);
    }
}
