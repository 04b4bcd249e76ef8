//! Work whose pieces wait for each other.

use std::hint::black_box;

/// Looks up one key after the other, none before the one in front of it has its answer, and returns the sum of the answers.
///
/// In a plain loop the processor works on several lookups at once, and the time that one takes is not seen. Here the place of
/// the next key is combined with bits of the answer that are always zero, which neither compiler nor processor knows.
pub fn chain<K>(keys: &[K], mut look_up: impl FnMut(&K) -> u64) -> u64 {
    let never = black_box(0);
    let (mut sum, mut waited_for) = (0u64, 0);
    for at in 0..keys.len() {
        let answer = look_up(&keys[at | waited_for]);
        waited_for = answer as usize & never;
        sum = sum.wrapping_add(answer);
    }
    sum
}

/// The same for keys that are not there, which give no answer to wait for: the processor guesses that the next one is missing
/// too, and goes ahead. A [`fence`] keeps it from that.
pub fn chain_of_misses<K>(keys: &[K], mut look_up: impl FnMut(&K) -> u64) -> u64 {
    chain(keys, |key| {
        let answer = look_up(key);
        fence();
        answer
    })
}

/// Waits until everything in front has been done, where the processor has an instruction for that (x86-64).
#[inline]
pub fn fence() {
    #[cfg(target_arch = "x86_64")]
    {
        #[expect(unsafe_code, reason = "the instruction has no safe name")]
        // SAFETY: every processor of this architecture has the instruction, and it does nothing but wait.
        unsafe {
            std::arch::x86_64::_mm_lfence();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_keys_are_looked_up_in_their_order() {
        let mut seen = Vec::new();
        let mut look_up = |key: &u64| {
            seen.push(*key);
            u64::MAX - key
        };
        let sums = [
            chain(&[3, 1, 2], &mut look_up),
            chain_of_misses(&[5, 4], &mut look_up),
        ];
        assert_eq!(sums, [u64::MAX - 2 - 6, u64::MAX - 1 - 9]);
        assert_eq!(seen, [3, 1, 2, 5, 4]);
    }
}
