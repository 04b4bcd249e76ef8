//! Keys in random order, and the expected answers.

use std::io;
use std::time::{Duration, Instant};

use massmap_benches::mix;
use rayon::prelude::*;

use crate::data::Entries;
use crate::data::answers::{answer, weighted};
use crate::data::field::Field;

/// Number of keys between two readings of the clock.
pub(crate) const CHUNK: usize = 1024;

/// Number of keys before they repeat. Unless there are few entries, the lookups read more than the caches of the processor hold.
fn draws(entries: u64) -> usize {
    entries.saturating_mul(4).clamp(8 * CHUNK as u64, 1 << 20) as usize
}

/// Keys in a random order, the same for each store.
pub(crate) struct Keys<K> {
    keys: Vec<K>,
    /// The sums of the answers of all keys before each one, and of all keys.
    sums: Vec<Sums>,
}

/// Sums of the answers of the first keys.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    plain: u64,
    /// With each answer weighted with its place among all keys.
    weighted: u64,
}

/// Number and time of lookups.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct TimedLookups {
    pub(crate) lookups: usize,
    pub(crate) took: Duration,
}

impl TimedLookups {
    pub(crate) fn per_second(self) -> f64 {
        self.lookups as f64 / self.took.as_secs_f64()
    }
}

impl<K: Field> Keys<K> {
    /// Present keys.
    pub(crate) fn present<V: Field>(entries: &Entries<K, V>) -> Self {
        // Another sequence than that of the keys, which may be mixed ordinals too.
        let ordinal = |draw: usize| mix(draw as u64 ^ 0x5eed << 40) % entries.count();
        let answers = (0..draws(entries.count())).into_par_iter().map(|draw| {
            let (key, value) = entries.entry(ordinal(draw));
            (key, answer(Some(value.digest())))
        });
        Self::new(answers.collect())
    }

    /// Absent keys.
    pub(crate) fn absent<V: Field>(entries: &Entries<K, V>) -> Self {
        let answers = (0..draws(entries.count()))
            .into_par_iter()
            // Random, since the absent keys of a file are in its order.
            .map(|draw| {
                (
                    entries.absent(mix(draw as u64 ^ 0xab5e << 40) >> 24),
                    answer(None),
                )
            });
        Self::new(answers.collect())
    }

    fn new(answers: Vec<(K, u64)>) -> Self {
        let mut sum = Sums::default();
        let mut sums = vec![sum];
        let add = |(place, (key, answer))| {
            sum.plain = sum.plain.wrapping_add(answer);
            sum.weighted = sum.weighted.wrapping_add(weighted(place, answer));
            sums.push(sum);
            key
        };
        let keys = answers.into_iter().enumerate().map(add).collect();
        Self { keys, sums }
    }

    /// Number of keys before they repeat.
    pub(crate) fn count(&self) -> usize {
        self.keys.len()
    }

    /// The sum of the answers of the `size` keys from `at` on, each weighted with its place among these.
    fn sum(&self, at: usize, size: usize) -> u64 {
        let (before, all) = (self.sums[at], self.sums[at + size]);
        // Among all keys, the weight of each of these is larger by 2 * at.
        let more = all.plain.wrapping_sub(before.plain).wrapping_mul(2 * at as u64);
        all.weighted.wrapping_sub(before.weighted).wrapping_sub(more)
    }

    /// Looks up `size` keys at a time, beginning at `start`, for the time `turn` or until there were `most` lookups. Checks the
    /// answers.
    ///
    /// `look_up` returns the sum of the answers of its keys, each weighted with its place among these.
    pub(crate) fn run(
        &self,
        start: usize,
        size: usize,
        most: usize,
        turn: Duration,
        mut look_up: impl FnMut(&[K]) -> io::Result<u64>,
    ) -> io::Result<TimedLookups> {
        let mut done = TimedLookups::default();
        let mut at = start % (self.keys.len() - size);
        while done.lookups < most && done.took < turn {
            if at + size > self.keys.len() {
                at = 0;
            }
            let size = size.min(most - done.lookups);
            let keys = &self.keys[at..at + size];
            let start = Instant::now();
            let sum = look_up(keys)?;
            done.took += start.elapsed();
            if sum != self.sum(at, size) {
                return Err(io::Error::other("a lookup gave a wrong answer"));
            }
            done.lookups += size;
            at += size;
        }
        Ok(done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys<u64> {
        Keys::new((0..10).map(|key| (key, 100 + key)).collect())
    }

    /// The sum that a store with these answers returns.
    fn sum(answers: impl Iterator<Item = u64>) -> u64 {
        answers
            .enumerate()
            .map(|(place, answer)| weighted(place, answer))
            .sum()
    }

    #[test]
    fn wrong_answers_are_detected() {
        let answer = |keys: &[u64]| Ok(sum(keys.iter().map(|key| 100 + key)));
        let done = keys().run(3, 2, 20, Duration::MAX, answer).unwrap();
        assert_eq!(done.lookups, 20);
        let wrong = |keys: &[u64]| Ok(sum(keys.iter().map(|key| 100 + key - u64::from(*key == 7))));
        let error = keys().run(3, 2, 20, Duration::MAX, wrong).unwrap_err();
        assert_eq!(error.to_string(), "a lookup gave a wrong answer");
    }

    #[test]
    fn correct_answers_to_the_wrong_keys_are_detected() {
        let swapped = |keys: &[u64]| Ok(sum(keys.iter().rev().map(|key| 100 + key)));
        for start in 0..8 {
            keys().run(start, 1, 20, Duration::MAX, swapped).unwrap();
            let error = keys().run(start, 2, 20, Duration::MAX, swapped).unwrap_err();
            assert_eq!(error.to_string(), "a lookup gave a wrong answer");
        }
    }

    #[test]
    fn lookups_end_after_the_time() {
        let slow = |keys: &[u64]| {
            std::thread::sleep(Duration::from_millis(2));
            Ok(sum(keys.iter().map(|key| 100 + key)))
        };
        let done = keys()
            .run(0, 2, usize::MAX, Duration::from_millis(5), slow)
            .unwrap();
        assert!(done.lookups <= 6 && done.took >= Duration::from_millis(5));
    }
}
