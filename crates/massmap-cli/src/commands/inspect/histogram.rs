//! How numbers are distributed: lengths, or times.

/// Number of bins for each power of two, as a power of two itself. Each is at most 1/128 of its numbers wide.
const BIN_BITS: u32 = 7;
const BINS: u64 = 1 << BIN_BITS;

/// Counts of numbers in fixed bins, whose memory does not depend on the numbers. Numbers below 256 have a bin each.
#[derive(Debug, Clone)]
pub(super) struct Histogram {
    counts: Vec<u64>,
    count: u64,
    sum: u64,
    least: u64,
    greatest: u64,
}

/// The numbers between two powers of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Octave {
    pub(super) from: u64,
    /// The last of the numbers.
    pub(super) to: u64,
    /// How many there are.
    pub(super) count: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            counts: vec![0; bin_of(u64::MAX) + 1],
            count: 0,
            sum: 0,
            least: u64::MAX,
            greatest: 0,
        }
    }
}

impl Histogram {
    pub(super) fn add(&mut self, number: u64) {
        self.add_many(number, 1);
    }

    /// Adds a number so many times.
    pub(super) fn add_many(&mut self, number: u64, count: u64) {
        if count == 0 {
            return;
        }
        if let Some(bin) = self.counts.get_mut(bin_of(number)) {
            *bin += count;
        }
        self.count += count;
        self.sum = self.sum.saturating_add(number.saturating_mul(count));
        self.least = self.least.min(number);
        self.greatest = self.greatest.max(number);
    }

    /// Adds the numbers of another.
    pub(super) fn merge(&mut self, other: &Self) {
        for (bin, more) in self.counts.iter_mut().zip(&other.counts) {
            *bin += more;
        }
        self.count += other.count;
        self.sum = self.sum.saturating_add(other.sum);
        self.least = self.least.min(other.least);
        self.greatest = self.greatest.max(other.greatest);
    }

    /// How many numbers there are.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Exact, unless it exceeds 64 bits.
    pub(super) fn sum(&self) -> u64 {
        self.sum
    }

    /// The least number; exact. 0 if there are none.
    pub(super) fn least(&self) -> u64 {
        self.least.min(self.greatest)
    }

    /// The greatest number; exact. 0 if there are none.
    pub(super) fn greatest(&self) -> u64 {
        self.greatest
    }

    /// The number that `percent` of all numbers are not greater than: exact below 256, and otherwise to within 0.4 %. 0 if there are
    /// none.
    pub(super) fn percentile(&self, percent: u8) -> u64 {
        let rank = (u128::from(self.count) * u128::from(percent)).div_ceil(100);
        if rank == u128::from(self.count) {
            return self.greatest;
        }
        let mut before: u128 = 0;
        for (bin, count) in self.counts.iter().enumerate() {
            before += u128::from(*count);
            if *count > 0 && before >= rank {
                let (from, to) = range_of(bin as u64);
                return (from + (to - from) / 2).clamp(self.least(), self.greatest);
            }
        }
        0
    }

    /// Numbers between powers of two, from the first that are there to the last, without gaps.
    pub(super) fn octaves(&self) -> Vec<Octave> {
        let mut octaves = Vec::new();
        if self.count == 0 {
            return octaves;
        }
        let mut from = match self.least {
            0 => 0,
            least => 1 << least.ilog2(),
        };
        loop {
            let to = match from {
                0 => 0,
                from => from + (from - 1),
            };
            let range = bin_of(from)..=bin_of(to);
            let count = self.counts.get(range).map_or(0, |bins| bins.iter().sum());
            octaves.push(Octave { from, to, count });
            if to >= self.greatest {
                return octaves;
            }
            from = to + 1;
        }
    }
}

/// A quotient; 0 of nothing.
pub(super) fn ratio(dividend: u64, divisor: u64) -> f64 {
    match divisor {
        0 => 0.0,
        divisor => dividend as f64 / divisor as f64,
    }
}

/// The bin of a number.
fn bin_of(number: u64) -> usize {
    let bin = match number.checked_ilog2() {
        Some(log) if log >= BIN_BITS => {
            let shift = log - BIN_BITS;
            u64::from(shift) * BINS + (number >> shift)
        }
        _ => number,
    };
    // Less than 58 times 128.
    usize::try_from(bin).unwrap_or(0)
}

/// The first and the last number of a bin.
fn range_of(bin: u64) -> (u64, u64) {
    if bin < 2 * BINS {
        return (bin, bin);
    }
    let shift = bin / BINS - 1;
    let from = (BINS + bin % BINS) << shift;
    (from, from + ((1 << shift) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_adjacent_and_narrow() {
        let mut next = 0;
        for bin in 0..=bin_of(u64::MAX) {
            let (from, to) = range_of(bin as u64);
            assert_eq!(from, next);
            assert_eq!((bin_of(from), bin_of(to)), (bin, bin));
            assert!((to - from) as f64 <= from as f64 / 128.0, "{from} to {to}");
            next = to.wrapping_add(1);
        }
        assert_eq!(next, 0, "the last bin ends with the greatest number");
    }

    #[test]
    fn sums_and_extremes_are_exact_and_percentiles_nearly() {
        let mut histogram = Histogram::default();
        assert_eq!(
            (histogram.least(), histogram.greatest(), histogram.percentile(50)),
            (0, 0, 0)
        );
        assert_eq!(histogram.octaves(), []);
        for number in 1..=100_000 {
            histogram.add(number);
        }
        assert_eq!(histogram.count(), 100_000);
        assert_eq!(histogram.sum(), 5_000_050_000);
        assert_eq!((histogram.least(), histogram.greatest()), (1, 100_000));
        for (percent, expected) in [(0, 1), (50, 50_000), (99, 99_000), (100, 100_000)] {
            let found = histogram.percentile(percent) as f64;
            assert!(
                (found / f64::from(expected) - 1.0).abs() < 0.004,
                "{percent}: {found}"
            );
        }
        let mut other = Histogram::default();
        other.add_many(0, 300_000);
        other.add(u64::MAX);
        other.merge(&histogram);
        assert_eq!(
            (other.count(), other.least(), other.greatest()),
            (400_001, 0, u64::MAX)
        );
        assert_eq!((other.percentile(74), other.percentile(100)), (0, u64::MAX));
    }

    #[test]
    fn octaves_lie_between_powers_of_two() {
        let mut histogram = Histogram::default();
        for number in [0, 1, 2, 3, 8, 15] {
            histogram.add(number);
        }
        let expected = [(0, 0, 1), (1, 1, 1), (2, 3, 2), (4, 7, 0), (8, 15, 2)];
        let expected = expected.map(|(from, to, count)| Octave { from, to, count });
        assert_eq!(histogram.octaves(), expected);
        let mut histogram = Histogram::default();
        histogram.add(u64::MAX);
        assert_eq!(histogram.octaves().len(), 1);
    }
}
