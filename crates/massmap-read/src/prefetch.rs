//! Having the processor fetch memory that will be needed soon.

use std::hint::black_box;

/// How much is fetched at a time by most processors, in bytes.
pub(crate) const CACHE_LINE: usize = 64;

/// Has the processor fetch the cache line that is `position` bytes behind the beginning of `bytes`, wherever that is.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
#[expect(unsafe_code, reason = "there is no safe way to prefetch")]
pub(crate) fn prefetch(bytes: &[u8], position: usize) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    // SAFETY: a hint, which changes nothing and never faults, whatever the address.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(bytes.as_ptr().wrapping_add(position).cast()) }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
pub(crate) fn prefetch(_: &[u8], _: usize) {}

/// Has the processor fetch the cache lines of `bytes`, or the first ones if there are many: while it goes over those, it
/// fetches the others by itself.
#[inline(always)]
pub(crate) fn prefetch_all(bytes: &[u8]) {
    // As many as an entry of some hundred bytes takes: with four, entries of 256 bytes were found a quarter slower.
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

/// Has the processor fetch the first `lines` cache lines of `bytes`, or all if there are fewer.
///
/// By reading a byte of each that nothing waits for. A processor may hold up all else until it knows the address of what it is
/// told to prefetch, while it goes ahead of a read: where an address has to be looked up, as in a large map, a lookup that is
/// about to use it is faster with this. Not so where much else is done before: the read then holds that up.
#[inline(always)]
pub(crate) fn touch(bytes: &[u8], lines: usize) {
    let bytes = bytes.iter().step_by(CACHE_LINE).take(lines);
    black_box(bytes.fold(0, |all, byte| all ^ byte));
}

#[cfg(test)]
mod tests {
    use super::prefetch;

    #[test]
    fn any_place_may_be_asked_for() {
        let bytes = [1, 2, 3];
        for position in [0, 2, 3, 4096, usize::MAX] {
            prefetch(&bytes, position);
        }
        prefetch(&[], 0);
        assert_eq!(bytes, [1, 2, 3]);
    }
}
