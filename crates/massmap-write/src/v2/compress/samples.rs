//! Samples of the values, of which a dictionary is made.

use std::collections::BTreeSet;

use massmap_format::RawEntry;

use crate::entry::Totals;

/// The longest part of a value that is a sample, in bytes: so many of the first ones.
const LONGEST: usize = 16 << 10;

/// Shorter values are no samples, in bytes. The library cannot learn from them.
const SHORTEST: usize = 8;

/// The values of the entries with the lowest hashes: as many as take a number of bytes.
///
/// The hash is that of key and value in the digest of the entries (`FORMAT.md` section 2.3). So samples depend neither on the order of
/// the entries nor on how they are distributed over files: the union of the samples of all parts has those of the whole, and joining
/// parts finds them.
#[derive(Debug, Clone, Default)]
pub(in crate::v2) struct Samples {
    /// Samples are taken until they have so many bytes. None are if it is 0.
    budget: u64,
    /// Hashes and samples. Of equal entries there is one.
    taken: BTreeSet<(u64, Box<[u8]>)>,
    /// Number of bytes of the samples.
    length: u64,
    /// Number of bytes of all values that could be samples.
    of_all: u64,
}

impl Samples {
    /// Offers the value of an entry with this hash.
    fn offer(&mut self, hash: u64, value: &[u8]) {
        if self.budget == 0 || value.len() < SHORTEST {
            return;
        }
        self.of_all += value.len() as u64;
        let is_full = self.length >= self.budget;
        if is_full && self.taken.last().is_some_and(|(last, _)| *last < hash) {
            return;
        }
        let sample = value.get(..LONGEST).unwrap_or(value);
        self.take(hash, sample.into());
    }

    fn take(&mut self, hash: u64, sample: Box<[u8]>) {
        let length = sample.len() as u64;
        if !self.taken.insert((hash, sample)) {
            return;
        }
        self.length += length;
        // The last one stays if the others have too few bytes.
        while let Some((_, last)) = self.taken.last()
            && self.length - last.len() as u64 >= self.budget
        {
            self.length -= last.len() as u64;
            self.taken.pop_last();
        }
    }

    fn merge(&mut self, other: Self) {
        self.of_all = self.of_all.saturating_add(other.of_all);
        for (hash, sample) in other.taken {
            self.take(hash, sample);
        }
    }

    /// The samples, in the order of their hashes.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.taken.iter().map(|(_, sample)| sample.as_ref())
    }

    /// Number of bytes of all values that could be samples.
    pub(super) fn length_of_all(&self) -> u64 {
        self.of_all
    }
}

/// What a pass over the entries finds: sums over all of them, and samples.
#[derive(Debug, Clone, Default)]
pub(in crate::v2) struct Survey {
    pub(in crate::v2) totals: Totals,
    pub(in crate::v2) samples: Samples,
}

impl Survey {
    /// A survey of no entries, which takes samples of so many bytes.
    pub(in crate::v2) fn new(sample_budget: u64) -> Self {
        Self {
            totals: Totals::default(),
            samples: Samples {
                budget: sample_budget,
                ..Samples::default()
            },
        }
    }

    /// Adds an entry, given with its spread hash.
    pub(in crate::v2) fn add(&mut self, spread: u64, entry: &RawEntry<'_>) {
        let hash = self.totals.add(spread, entry);
        self.samples.offer(hash, entry.value);
    }

    /// Adds other entries.
    pub(in crate::v2) fn merge(&mut self, other: Self) {
        self.totals.merge(other.totals);
        self.samples.merge(other.samples);
    }
}

#[cfg(test)]
mod tests {
    use massmap_format::spread;

    use super::*;

    fn survey(budget: u64, numbers: impl Iterator<Item = u64>) -> Survey {
        let mut survey = Survey::new(budget);
        for number in numbers {
            let value = vec![number as u8; 8 + (number % 90) as usize];
            let entry = RawEntry {
                key: &number.to_le_bytes(),
                value: &value,
            };
            survey.add(spread(number), &entry);
        }
        survey
    }

    fn samples(survey: &Survey) -> Vec<(u64, Box<[u8]>)> {
        survey.samples.taken.iter().cloned().collect()
    }

    #[test]
    fn samples_are_those_with_the_lowest_hashes_in_any_order_and_any_parts() {
        for budget in [1, 500, 5_000, 1 << 20] {
            let whole = survey(budget, 0..1000);
            let all = survey(u64::MAX, 0..1000);
            let mut expected = Vec::new();
            let mut length = 0;
            for (hash, sample) in samples(&all) {
                if length < budget {
                    length += sample.len() as u64;
                    expected.push((hash, sample));
                }
            }
            assert_eq!(samples(&whole), expected, "{budget}");
            assert_eq!(samples(&survey(budget, (0..1000).rev())), expected);
            let mut joined = Survey::new(budget);
            for part in [900..1000, 0..3, 3..500, 500..900] {
                joined.merge(survey(budget, part));
            }
            assert_eq!(samples(&joined), expected);
            assert_eq!(joined.samples.length, whole.samples.length);
            assert_eq!(joined.samples.of_all, all.samples.of_all);
            assert_eq!(joined.totals, whole.totals);
        }
    }

    #[test]
    fn without_a_budget_there_are_no_samples_and_short_values_are_none() {
        let none = survey(0, 0..100);
        assert_eq!((samples(&none), none.samples.of_all), (vec![], 0));
        let mut survey = Survey::new(100);
        let value = [7; SHORTEST - 1];
        survey.add(
            1,
            &RawEntry {
                key: b"\x01",
                value: &value,
            },
        );
        assert_eq!((samples(&survey), survey.samples.of_all), (vec![], 0));
    }

    #[test]
    fn a_long_value_gives_a_sample_of_its_beginning() {
        let mut survey = Survey::new(1 << 20);
        let value = vec![7; 100_000];
        survey.add(
            1,
            &RawEntry {
                key: b"\x01",
                value: &value,
            },
        );
        let lengths: Vec<_> = survey.samples.iter().map(<[u8]>::len).collect();
        assert_eq!((lengths, survey.samples.of_all), (vec![LONGEST], 100_000));
    }
}
