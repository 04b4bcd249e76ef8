//! Comparing eight positions at once.

/// A one in each byte.
const ONES: u64 = 0x0101_0101_0101_0101;

/// The highest bit of each byte.
const HIGHEST: u64 = ONES << 7;

/// How many of the eight bytes of `next`, from the lowest on, are at most `position` and not less than the byte before: the positions
/// of first bins up to `position`, in the group that `next` begins in. More than 8 if all are.
#[must_use]
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn positions_begun(next: u64, position: u8) -> u32 {
    let begun = at_most(next, u64::from(position) * ONES) & at_most(next << 8, next);
    match !begun & HIGHEST {
        0 => 16,
        others => others.trailing_zeros() / 8,
    }
}

/// The highest bit of each byte is one if that of `a` is at most that of `b`; the others are anything.
#[cfg_attr(not(debug_assertions), inline(always))]
const fn at_most(a: u64, b: u64) -> u64 {
    // The lower seven bits of each byte: no borrow goes from one byte to the next.
    let lower = (b | HIGHEST) - (a & !HIGHEST);
    (b & !a) | (!(a ^ b) & lower)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn expected(next: [u8; 8], position: u8) -> u32 {
        let mut before = 0;
        let begins = |byte: &&u8| {
            let begins = **byte <= position && **byte >= before;
            before = **byte;
            begins
        };
        match next.iter().take_while(begins).count() {
            8 => 16,
            count => count as u32,
        }
    }

    proptest! {
        #[test]
        fn positions_are_counted_up_to_the_first_that_is_beyond(mut next: [u8; 8], position: u8, sorted in 0..=8usize) {
            next[..sorted].sort_unstable();
            for position in [position, 0, 127, 128, 254, 255] {
                prop_assert_eq!(positions_begun(u64::from_le_bytes(next), position), expected(next, position));
            }
        }
    }
}
