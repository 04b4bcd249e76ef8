//! Keys in random order, and what looking them up has to give.

use std::io;
use std::time::{Duration, Instant};

use massmap_benches::mix;
use rayon::prelude::*;

use crate::data::Entries;
use crate::data::answers::{answer, weighted};
use crate::data::field::Field;

/// Keys between two looks at the clock.
pub(crate) const STRETCH: usize = 1024;

/// How many keys are looked up before the same ones come again. What so many lookups read is more than a processor's caches
/// hold, unless there are few entries.
fn draws(entries: u64) -> usize {
    entries.saturating_mul(4).clamp(8 * STRETCH as u64, 1 << 20) as usize
}

/// Keys in a random order, which is the same for each store.
pub(crate) struct Keys<K> {
    keys: Vec<K>,
    /// The sums of the answers of all keys before each one, and of all.
    sums: Vec<Sums>,
}

/// Of the answers of the first keys.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    plain: u64,
    /// Each weighted with its place among all keys.
    weighted: u64,
}

/// Lookups that were done, and how long that took.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Done {
    pub(crate) lookups: usize,
    pub(crate) took: Duration,
}

impl Done {
    pub(crate) fn per_second(self) -> f64 {
        self.lookups as f64 / self.took.as_secs_f64()
    }
}

impl<K: Field> Keys<K> {
    /// Keys that are there.
    pub(crate) fn present<V: Field>(entries: &Entries<K, V>) -> Self {
        // Another sequence than the keys, which may be mixed ordinals too.
        let ordinal = |draw: usize| mix(draw as u64 ^ 0x5eed << 40) % entries.count();
        let answers = (0..draws(entries.count())).into_par_iter().map(|draw| {
            let (key, value) = entries.entry(ordinal(draw));
            (key, answer(Some(value.digest())))
        });
        Self::new(answers.collect())
    }

    /// Keys that are not there.
    pub(crate) fn absent<V: Field>(entries: &Entries<K, V>) -> Self {
        let answers = (0..draws(entries.count()))
            .into_par_iter()
            // In no order: those of a file are in that of the file.
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

    /// How many there are before the first one comes again.
    pub(crate) fn count(&self) -> usize {
        self.keys.len()
    }

    /// The sum of the answers of `size` keys from number `at` on, each weighted with its place among these.
    fn sum(&self, at: usize, size: usize) -> u64 {
        let (before, all) = (self.sums[at], self.sums[at + size]);
        // Among all keys, the weight of each of these is more by as much.
        let more = all.plain.wrapping_sub(before.plain).wrapping_mul(2 * at as u64);
        all.weighted.wrapping_sub(before.weighted).wrapping_sub(more)
    }

    /// Looks up `size` keys at a time, from key number `start` on, until the lookups have taken `turn` or are `most`, and checks
    /// the answers.
    ///
    /// `look_up` returns the sum of the answers of the keys that it is given, each weighted with its place among these.
    pub(crate) fn run(
        &self,
        start: usize,
        size: usize,
        most: usize,
        turn: Duration,
        mut look_up: impl FnMut(&[K]) -> io::Result<u64>,
    ) -> io::Result<Done> {
        let mut done = Done::default();
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

    /// What a store returns that gives these answers.
    fn sum(answers: impl Iterator<Item = u64>) -> u64 {
        answers
            .enumerate()
            .map(|(place, answer)| weighted(place, answer))
            .sum()
    }

    #[test]
    fn wrong_answers_are_noticed() {
        let answer = |keys: &[u64]| Ok(sum(keys.iter().map(|key| 100 + key)));
        let done = keys().run(3, 2, 20, Duration::MAX, answer).unwrap();
        assert_eq!(done.lookups, 20);
        let wrong = |keys: &[u64]| Ok(sum(keys.iter().map(|key| 100 + key - u64::from(*key == 7))));
        let error = keys().run(3, 2, 20, Duration::MAX, wrong).unwrap_err();
        assert_eq!(error.to_string(), "a lookup gave a wrong answer");
    }

    #[test]
    fn right_answers_to_the_wrong_keys_are_noticed() {
        let swapped = |keys: &[u64]| Ok(sum(keys.iter().rev().map(|key| 100 + key)));
        for start in 0..8 {
            keys().run(start, 1, 20, Duration::MAX, swapped).unwrap();
            let error = keys().run(start, 2, 20, Duration::MAX, swapped).unwrap_err();
            assert_eq!(error.to_string(), "a lookup gave a wrong answer");
        }
    }

    #[test]
    fn lookups_end_with_the_turn() {
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
