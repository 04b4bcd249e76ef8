//! Lookups one after the other: none begins before the one in front of it has its answer.
//!
//! In a plain loop over keys the processor works on several lookups at once, since none needs what another one finds. How
//! many depends on how much code a lookup is and how well its branches are guessed, and the time that one lookup takes would
//! not be seen. Here the place of the next key follows from the answer: it is combined with bits of it that are always zero,
//! which neither compiler nor processor knows. That holds for every contestant, and for the limits that they are compared
//! with.
//!
//! A turn of a contestant begins with keys that do not count, so that the processor's caches hold what they would if there
//! were no others. In short turns all that read the same file would find there what the one before has left.
//!
//! What is not found has no bits to wait for: the processor guesses that the next key is missing, too, and goes ahead. A fence
//! keeps it from that, where there is one (x86-64), for all contestants again.

use std::hint::black_box;
use std::time::{Duration, Instant};

use massmap_benches::{Contestant, Dataset, Prepared, digest, entries, fence, is_full_run, mix};

/// Keys to draw from, at most: what so many lookups read is more than the processor's caches hold.
const KEYS: u64 = 1 << 22;

/// How many keys a contestant looks up before it is timed: then all of what it maps is mapped, and all pages are verified.
pub(crate) const WARM_UP: usize = 1 << 20;

/// The answer of a key that is not there.
const MISS: u64 = 1;

/// Keys in random order, and what looking them up has to give.
pub(crate) struct Keys<K> {
    keys: Vec<K>,
    /// The sum of the answers of all keys before each one, and of all.
    sums: Vec<u64>,
    /// Whether none of the keys is there.
    missing: bool,
}

impl<K> Keys<K> {
    /// Keys that are there.
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

    /// Keys that are not there.
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
    /// First it has to show that its answers are right, and in each turn again.
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

    /// What stands for an answer of a lookup.
    pub(crate) fn answer(digest: Option<u64>) -> u64 {
        digest.unwrap_or(MISS)
    }

    /// A contestant that gives no answers: a limit.
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
        let mut stretches = self.stretches(&name, SIZE);
        let shown = name.clone();
        let mut run = move |count: usize| {
            let (at, uncounted) = stretches.next(count / 2);
            black_box(self.run(at, uncounted, &mut look_up));
            let (at, done) = stretches.next(count);
            let start = Instant::now();
            let sum = self.run(at, done, &mut look_up);
            let took = start.elapsed();
            assert!(!answers || sum == self.sum(at, done), "{shown}: wrong answers");
            black_box(sum);
            // For so many as it was to be about.
            took.mul_f64(count as f64 / done as f64)
        };
        run(if is_full_run() { WARM_UP } else { SIZE });
        Contestant::new(name, move |pieces| -> Duration { run(pieces as usize) })
    }

    /// Looks up `count` keys from number `start` on, and returns the sum of the answers.
    #[inline]
    pub(crate) fn run<const SIZE: usize>(
        &self,
        start: usize,
        count: usize,
        look_up: &mut impl FnMut(&[K; SIZE]) -> u64,
    ) -> u64 {
        let never = black_box(0);
        let (mut sum, mut waited_for) = (0u64, 0);
        for at in (start..start + count).step_by(SIZE) {
            let keys = self.keys[at | waited_for..].first_chunk();
            let answer = look_up(keys.expect("no stretch ends behind the keys"));
            waited_for = answer as usize & never;
            sum = sum.wrapping_add(answer);
            if self.missing {
                fence();
            }
        }
        sum
    }

    /// What that has to give.
    pub(crate) fn sum(&self, start: usize, count: usize) -> u64 {
        self.sums[start + count].wrapping_sub(self.sums[start])
    }

    /// Places for the turns of a contestant that looks up `size` keys at a time.
    pub(crate) fn stretches(&self, name: &str, size: usize) -> Stretches {
        Stretches {
            keys: self.keys.len(),
            size,
            // Others begin elsewhere: what one has read, the next one would find in the caches.
            draw: digest(name.as_bytes()),
        }
    }
}

/// Another place among the keys for each turn.
pub(crate) struct Stretches {
    keys: usize,
    size: usize,
    draw: u64,
}

impl Stretches {
    /// Where to begin, and how many keys to look up, if it is to be about `count`.
    pub(crate) fn next(&mut self, count: usize) -> (usize, usize) {
        let most = self.keys - self.keys % self.size;
        let count = count.next_multiple_of(self.size).min(most);
        self.draw = mix(self.draw);
        (self.draw as usize % (self.keys - count + 1), count)
    }
}
