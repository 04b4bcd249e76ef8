//! The lookups that all contestants do.

use std::time::{Duration, Instant};

use massmap_benches::{Contestant, chain, entries, mix};

use crate::How;
use crate::contender::Small;
use crate::stores::Files;

/// Number of keys in a batch.
pub(crate) const BATCH: usize = 32;

/// Number of keys, whose lookups read more than the caches of the processor hold.
const KEYS: u64 = 1 << 22;

/// Number of answers that are checked before the measurement.
const CHECKED: usize = 1000;

/// Keys in random order, present or absent.
pub(crate) struct Keys<D: Small> {
    how: How,
    keys: Vec<D::Key>,
    /// The answers of the first ones.
    answers: Vec<u64>,
}

/// The answer for an absent key.
const MISS: u64 = 1;

impl<D: Small> Keys<D> {
    /// The keys for lookups of this kind in these files.
    pub(crate) fn new(files: &Files<D>, how: How) -> Self {
        let count = files.entries();
        let ordinals = (0..entries(KEYS)).map(|draw| match how {
            How::Misses => count + draw,
            // Another sequence than that of the keys, which are mixed ordinals too.
            _ => mix(draw ^ 0x5eed << 40) % count,
        });
        let answer = |ordinal| match how {
            How::Misses => MISS,
            _ => D::digest(&D::value(ordinal)),
        };
        Self {
            how,
            answers: ordinals.clone().take(CHECKED).map(answer).collect(),
            keys: ordinals.map(D::key).collect(),
        }
    }

    /// A contestant that looks up single keys. `look_up` returns the digest of a value.
    pub(crate) fn contestant<'a>(
        &'a self,
        name: &str,
        look_up: impl Fn(&D::Key) -> Option<u64> + 'a,
    ) -> Contestant<'a> {
        let look_up = move |key: &D::Key| look_up(key).unwrap_or(MISS);
        let checked = self.keys.iter().zip(&self.answers);
        checked.for_each(|(key, answer)| assert_eq!(look_up(key), *answer, "{name}: {key:?}"));
        let is_chained = self.how == How::Chained;
        self.timed(name, 1, move |keys| match is_chained {
            true => chain(keys, &look_up),
            false => keys.iter().map(&look_up).fold(0, u64::wrapping_add),
        })
    }

    /// A contestant that looks up [`BATCH`] keys at a time. `look_up` returns the digests of their values.
    pub(crate) fn batches<'a>(
        &'a self,
        name: &str,
        look_up: impl Fn(&[D::Key]) -> Vec<Option<u64>> + 'a,
    ) -> Contestant<'a> {
        let checked = self
            .keys
            .chunks_exact(BATCH)
            .zip(self.answers.chunks_exact(BATCH));
        for (keys, answers) in checked {
            let found = look_up(keys).into_iter().map(|answer| answer.unwrap_or(MISS));
            assert!(found.eq(answers.iter().copied()), "{name}");
        }
        self.timed(name, BATCH, move |keys| {
            let batches = keys.chunks(BATCH).map(&look_up);
            let sums = batches.map(|found| found.into_iter().flatten().fold(0, u64::wrapping_add));
            sums.fold(0, u64::wrapping_add)
        })
    }

    /// A contestant without answers.
    pub(crate) fn limit<'a>(&'a self, name: &str, read: impl Fn(&D::Key) -> u64 + 'a) -> Contestant<'a> {
        self.timed(name, 1, move |keys| chain(keys, &read))
    }

    /// A contestant that does `work` with a multiple of `step` keys.
    fn timed<'a>(
        &'a self,
        name: &str,
        step: usize,
        mut work: impl FnMut(&[D::Key]) -> u64 + 'a,
    ) -> Contestant<'a> {
        let mut at = 0;
        Contestant::new(name, move |pieces| {
            let mut left = pieces as usize;
            let mut took = Duration::ZERO;
            while left > 0 {
                at = if at + step > self.keys.len() { 0 } else { at };
                let most = (self.keys.len() - at) / step * step;
                let count = left.next_multiple_of(step).min(most);
                let start = Instant::now();
                std::hint::black_box(work(&self.keys[at..at + count]));
                took += start.elapsed();
                at += count;
                left = left.saturating_sub(count);
            }
            took
        })
    }
}
