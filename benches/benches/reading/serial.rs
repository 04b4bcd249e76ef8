//! Dependent lookups: each begins only after the previous answer.
//!
//! In a plain loop over keys, the processor overlaps several lookups, as they are independent. How many depends on the amount of code
//! and on branch prediction, and the time of a single lookup would not be visible. Here, the index of the next key is combined with
//! bits of the answer that are always zero, which neither compiler nor processor can know. This applies to every contestant, and to
//! the lower bounds.
//!
//! A turn begins with keys that are not measured, so that the caches hold what they would without other contestants. Otherwise, all
//! contestants with the same file would benefit from the one before.
//!
//! A miss is no real dependency: the processor predicts that the next key is missing too, and continues. A fence prevents this for all
//! contestants, on processors that have one (x86-64).

use std::hint::black_box;
use std::time::{Duration, Instant};

use massmap_benches::{Contestant, Dataset, Prepared, digest, entries, fence, is_full_run, mix};

/// Most keys. The lookups of so many read more than the caches of the processor hold.
const KEYS: u64 = 1 << 22;

/// Number of lookups before the first measurement, which map all pages and verify their checksums.
pub(crate) const WARM_UP: usize = 1 << 20;

/// The answer for an absent key.
const MISS: u64 = 1;

/// Keys in random order, and the expected answers.
pub(crate) struct Keys<K> {
    keys: Vec<K>,
    /// The sum of the answers of all keys before each one, and of all keys.
    sums: Vec<u64>,
    /// Whether the keys are absent.
    missing: bool,
}

impl<K> Keys<K> {
    /// Present keys.
    pub(crate) fn present<D: Dataset<Key = K>>(
        prepared: &Prepared<D>,
        digest: impl Fn(&D::Value) -> u64,
    ) -> Self {
        let draws = prepared.present(entries(KEYS));
        Self::new(
            draws.map(|ordinal| (D::key(ordinal), digest(&D::value(ordinal)))),
            false,
        )
    }

    /// Absent keys.
    pub(crate) fn absent<D: Dataset<Key = K>>(prepared: &Prepared<D>) -> Self {
        let draws = prepared.absent(entries(KEYS));
        Self::new(draws.map(|ordinal| (D::key(ordinal), MISS)), true)
    }

    fn new(answers: impl Iterator<Item = (K, u64)>, missing: bool) -> Self {
        let (mut keys, mut sums) = (Vec::new(), vec![0]);
        let mut sum = 0u64;
        for (key, answer) in answers {
            keys.push(key);
            sum = sum.wrapping_add(answer);
            sums.push(sum);
        }
        Self { keys, sums, missing }
    }

    /// A contestant that looks up single keys. `look_up` returns the [`digest`] of the value.
    ///
    /// Its answers are checked first, and again in each turn.
    pub(crate) fn contestant<'a>(
        &'a self,
        name: impl Into<String>,
        mut look_up: impl FnMut(&K) -> Option<u64> + 'a,
    ) -> Contestant<'a> {
        self.batches(name, move |[key]: &[K; 1]| look_up(key).unwrap_or(MISS))
    }

    /// A contestant that looks up `SIZE` keys at a time, for which `look_up` returns the sum of [`Keys::answer`].
    pub(crate) fn batches<'a, const SIZE: usize>(
        &'a self,
        name: impl Into<String>,
        mut look_up: impl FnMut(&[K; SIZE]) -> u64 + 'a,
    ) -> Contestant<'a> {
        let name = name.into();
        for at in (0..self.keys.len().min(1024) - SIZE).step_by(SIZE) {
            assert_eq!(self.run(at, SIZE, &mut look_up), self.sum(at, SIZE), "{name}");
        }
        self.timed(name, true, look_up)
    }

    /// The number that represents the answer of a lookup.
    pub(crate) fn answer(digest: Option<u64>) -> u64 {
        digest.unwrap_or(MISS)
    }

    /// A lower bound: a contestant without answers.
    pub(crate) fn limit<'a>(
        &'a self,
        name: impl Into<String>,
        mut read: impl FnMut(&K) -> u64 + 'a,
    ) -> Contestant<'a> {
        self.timed(name.into(), false, move |[key]: &[K; 1]| read(key))
    }

    fn timed<'a, const SIZE: usize>(
        &'a self,
        name: String,
        answers: bool,
        mut look_up: impl FnMut(&[K; SIZE]) -> u64 + 'a,
    ) -> Contestant<'a> {
        let mut chunks = self.chunks(&name, SIZE);
        let shown = name.clone();
        let mut run = move |count: usize| {
            let (at, uncounted) = chunks.next(count / 2);
            black_box(self.run(at, uncounted, &mut look_up));
            let (at, done) = chunks.next(count);
            let start = Instant::now();
            let sum = self.run(at, done, &mut look_up);
            let took = start.elapsed();
            assert!(!answers || sum == self.sum(at, done), "{shown}: wrong answers");
            black_box(sum);
            // Scaled to the requested number.
            took.mul_f64(count as f64 / done as f64)
        };
        run(if is_full_run() { WARM_UP } else { SIZE });
        Contestant::new(name, move |pieces| -> Duration { run(pieces as usize) })
    }

    /// Looks up `count` keys from `start` on. Returns the sum of the answers.
    #[inline]
    pub(crate) fn run<const SIZE: usize>(
        &self,
        start: usize,
        count: usize,
        look_up: &mut impl FnMut(&[K; SIZE]) -> u64,
    ) -> u64 {
        let never = black_box(0);
        let (mut sum, mut dependency) = (0u64, 0);
        for at in (start..start + count).step_by(SIZE) {
            let keys = self.keys[at | dependency..].first_chunk();
            let answer = look_up(keys.expect("chunks end within the keys"));
            dependency = answer as usize & never;
            sum = sum.wrapping_add(answer);
            if self.missing {
                fence();
            }
        }
        sum
    }

    /// The expected sum.
    pub(crate) fn sum(&self, start: usize, count: usize) -> u64 {
        self.sums[start + count].wrapping_sub(self.sums[start])
    }

    /// The chunks of keys for a contestant that looks up `size` keys at a time.
    pub(crate) fn chunks(&self, name: &str, size: usize) -> Chunks {
        Chunks {
            keys: self.keys.len(),
            size,
            // Contestants begin elsewhere, so that none finds in the caches what another has read.
            draw: digest(name.as_bytes()),
        }
    }
}

/// A different chunk of keys for each turn.
pub(crate) struct Chunks {
    keys: usize,
    size: usize,
    draw: u64,
}

impl Chunks {
    /// The start and length of the next chunk, of about `count` keys.
    pub(crate) fn next(&mut self, count: usize) -> (usize, usize) {
        let most = self.keys - self.keys % self.size;
        let count = count.next_multiple_of(self.size).min(most);
        self.draw = mix(self.draw);
        (self.draw as usize % (self.keys - count + 1), count)
    }
}
