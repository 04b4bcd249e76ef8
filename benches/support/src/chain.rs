//! Dependent lookups.

use std::hint::black_box;

/// Looks up keys one by one, each only after the previous answer. Returns the sum of the answers.
///
/// In a plain loop, the processor overlaps several lookups, which hides the time of a single one. Here, the index of the next key
/// is combined with bits of the answer that are always zero, which neither compiler nor processor can know.
pub fn chain<K>(keys: &[K], mut look_up: impl FnMut(&K) -> u64) -> u64 {
    let never = black_box(0);
    let (mut sum, mut dependency) = (0u64, 0);
    for at in 0..keys.len() {
        let answer = look_up(&keys[at | dependency]);
        dependency = answer as usize & never;
        sum = sum.wrapping_add(answer);
    }
    sum
}

/// The same for absent keys. Their answers are no real dependency: the processor predicts the next miss and continues. A [`fence`]
/// prevents this.
pub fn chain_of_misses<K>(keys: &[K], mut look_up: impl FnMut(&K) -> u64) -> u64 {
    chain(keys, |key| {
        let answer = look_up(key);
        fence();
        answer
    })
}

/// Waits until all earlier instructions are complete, on processors with an instruction for that (x86-64).
#[inline]
pub fn fence() {
    #[cfg(target_arch = "x86_64")]
    {
        #[expect(unsafe_code, reason = "the intrinsic is unsafe")]
        // SAFETY: every processor of this architecture has the instruction, which only waits.
        unsafe {
            std::arch::x86_64::_mm_lfence();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_keys_are_looked_up_in_order() {
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
