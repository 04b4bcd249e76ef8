//! Encoding the lines of a miss filter.

use super::filter::{MissFilter, passes};
use super::key::{Key, MAX_LEVEL, UNKNOWNS};
use crate::v2::placement::bin_of;

/// A line with more keys than this knows nothing. The systems of level 6, with two equations for each key, have no solution for
/// half as many.
const MOST_KEYS: usize = 400;

/// Encodes the lines of a miss filter.
#[derive(Debug, Clone, Copy)]
pub struct MissFilterEncoder {
    lines: u64,
}

/// The spread hashes of a line.
#[derive(Debug, Clone, Default)]
pub struct MissFilterLine {
    hashes: Vec<u64>,
}

impl MissFilterEncoder {
    /// Of a filter with this number of lines for all hashes, at least 1.
    #[must_use]
    pub const fn new(lines: u64) -> Self {
        Self { lines }
    }

    /// The line of a spread hash.
    #[must_use]
    #[inline]
    pub const fn line_of(self, spread: u64) -> u64 {
        bin_of(spread, self.lines)
    }

    /// The header of a filter that stores the lines from `first` on.
    #[must_use]
    pub fn encode_header(self, first: u64) -> [u8; MissFilter::<()>::HEADER_LENGTH] {
        let mut header = [0; MissFilter::<()>::HEADER_LENGTH];
        for (bytes, field) in header.as_chunks_mut().0.iter_mut().zip([self.lines, first]) {
            *bytes = field.to_le_bytes();
        }
        header
    }
}

impl MissFilterLine {
    /// Adds a spread hash, which must not be less than the one before.
    #[inline]
    pub fn add(&mut self, spread: u64) {
        if self.hashes.last() != Some(&spread) && self.hashes.len() <= MOST_KEYS {
            self.hashes.push(spread);
        }
    }

    /// Encodes the line and clears it.
    ///
    /// Its level is the lowest one at which its equations have a solution.
    pub fn encode(&mut self) -> [u8; MissFilter::<()>::LINE_LENGTH] {
        let keys: Vec<Key> = self.hashes.iter().map(|hash| Key::new(*hash)).collect();
        self.hashes.clear();
        let level = (0..MAX_LEVEL).find_map(|level| Some((level, solve_at(&keys, level)?)));
        let (level, mut words) = level.unwrap_or((MAX_LEVEL, [0; 8]));
        for (bit, word) in words.iter_mut().take(3).enumerate() {
            *word |= (level >> bit & 1) << 63;
        }
        let mut line = [0; MissFilter::<()>::LINE_LENGTH];
        for (bytes, word) in line.as_chunks_mut().0.iter_mut().zip(words) {
            *bytes = word.to_le_bytes();
        }
        debug_assert!(keys.iter().all(|key| passes(&line, *key)));
        line
    }
}

/// Words whose parities are right for all keys, those that count at `level`.
fn solve_at(keys: &[Key], level: u64) -> Option<[u64; 8]> {
    if keys.len() > MOST_KEYS {
        return None;
    }
    if level == 0 {
        let equations = keys.iter().map(|key| (key.coefficients, key.all_parities()));
        return solve(equations);
    }
    // A word counts for some of the keys only.
    let mut words = [0; 8];
    for (number, word) in words.iter_mut().enumerate() {
        let place = 8 * number;
        let counts = |key: &&Key| key.words(level) >> place & 1 == 1;
        let equations = keys.iter().filter(counts);
        *word = solve_one(equations.map(|key| key.coefficients | (key.parities >> place & 1) << 63))?;
    }
    Some(words)
}

/// Like [`solve`], for a single word. The highest bit of an equation is its parity.
fn solve_one(equations: impl Iterator<Item = u64>) -> Option<u64> {
    let mut pivots = [0u64; 64];
    for mut equation in equations {
        while equation & UNKNOWNS != 0 {
            let pivot = pivots.get_mut(equation.trailing_zeros() as usize)?;
            if *pivot == 0 {
                *pivot = equation;
                equation = 0;
                break;
            }
            equation ^= *pivot;
        }
        if equation != 0 {
            return None;
        }
    }
    let mut word = 0u64;
    for (number, equation) in pivots.iter().enumerate().rev() {
        // The word has no bit at the place of the parity yet.
        let parity = (equation & (word | 1 << 63)).count_ones() & 1;
        word |= u64::from(parity) << number;
    }
    Some(word)
}

/// Eight words whose parities, of the ones that they have in common with the coefficients of each equation, are its bits.
///
/// By elimination. Unknowns that nothing determines are 0.
fn solve(equations: impl Iterator<Item = (u64, u8)>) -> Option<[u64; 8]> {
    // The equation whose lowest unknown has this number; no coefficients if there is none.
    let mut pivots = [(0u64, 0u8); 64];
    for (mut coefficients, mut parities) in equations {
        while coefficients != 0 {
            let pivot = pivots.get_mut(coefficients.trailing_zeros() as usize)?;
            if pivot.0 == 0 {
                *pivot = (coefficients, parities);
                parities = 0;
                break;
            }
            coefficients ^= pivot.0;
            parities ^= pivot.1;
        }
        // An equation without unknowns.
        if parities != 0 {
            return None;
        }
    }
    // From the last unknown on, an equation determines its lowest one by the others.
    let mut unknowns = [0u8; 64];
    for number in (0..UNKNOWNS.count_ones() as usize).rev() {
        let (coefficients, mut parities) = *pivots.get(number)?;
        let mut others = coefficients & coefficients.wrapping_sub(1);
        while others != 0 {
            parities ^= *unknowns.get(others.trailing_zeros() as usize)?;
            others &= others - 1;
        }
        *unknowns.get_mut(number)? = parities;
    }
    Some(transpose(&unknowns))
}

/// The words with these bits: bit `i` of a byte is that of word `i`, at the byte's number.
fn transpose(unknowns: &[u8; 64]) -> [u64; 8] {
    let mut words = [0; 8];
    for (shift, bytes) in (0..).step_by(8).zip(unknowns.as_chunks::<8>().0) {
        // Source: H. S. Warren, "Hacker's Delight", 2nd edition, section 7-3: a matrix of 8 times 8 bits.
        let mut bits = u64::from_le_bytes(*bytes);
        for (distance, mask) in [
            (7, 0x00aa_00aa_00aa_00aa),
            (14, 0x0000_cccc_0000_cccc),
            (28, 0x0000_0000_f0f0_f0f0),
        ] {
            let changed = (bits ^ bits >> distance) & mask;
            bits ^= changed ^ changed << distance;
        }
        for (word, byte) in words.iter_mut().zip(bits.to_le_bytes()) {
            *word |= u64::from(byte) << shift;
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::spread;

    /// A line of these hashes.
    fn line_of(hashes: impl Iterator<Item = u64>) -> [u8; 64] {
        let mut line = MissFilterLine::default();
        hashes.for_each(|hash| line.add(hash));
        line.encode()
    }

    fn level(line: &[u8; 64]) -> u8 {
        line[7] >> 7 | line[15] >> 7 << 1 | line[23] >> 7 << 2
    }

    #[test]
    fn a_line_has_exactly_these_bytes() {
        // No key determines anything, and one determines a bit of some words.
        assert_eq!(line_of(std::iter::empty()), [0; 64]);
        let key = Key::new(1);
        assert_eq!(key.coefficients, 0x1e37_79b9_e17d_05ac);
        assert_eq!(key.coefficients.trailing_zeros(), 2);
        let line = line_of([1, 1].into_iter());
        for (number, word) in line.as_chunks::<8>().0.iter().enumerate() {
            let expected = u64::from(key.all_parities() >> number & 1) << 2;
            assert_eq!(u64::from_le_bytes(*word), expected);
        }
    }

    #[test]
    fn lines_of_any_number_of_keys_know_all_of_them_and_less_about_others_the_more_there_are() {
        let others: Vec<Key> = (0..100_000).map(|n| Key::new(spread(1 << 40 | n))).collect();
        let mut before = 0;
        for count in [1, 20, 50, 58, 66, 76, 90, 120, 160, 400, 401, 5000] {
            let hashes = || (0..count).map(spread);
            let line = line_of(hashes());
            assert!(hashes().all(|hash| passes(&line, Key::new(hash))), "{count}");
            let level = level(&line);
            assert!(level >= before, "{count}: {level}");
            before = level;
            let allowed = others.iter().filter(|key| passes(&line, **key)).count();
            let expected = match level {
                7 => 1.0,
                level => 0.5f64.powi(8 - i32::from(level)),
            };
            let share = allowed as f64 / others.len() as f64;
            assert!(
                (share / expected - 1.0).abs() < 0.25,
                "{count} at {level}: {share}"
            );
        }
        assert_eq!(before, 7);
    }

    #[test]
    fn a_filter_of_52_keys_a_line_lets_less_than_half_a_percent_of_others_pass() {
        const KEYS: u64 = 50_000;
        let encoder = MissFilterEncoder::new(KEYS.div_ceil(52));
        let mut hashes: Vec<u64> = (0..KEYS).map(spread).collect();
        hashes.sort_unstable();
        let mut bytes = encoder.encode_header(0).to_vec();
        for keys in hashes.chunk_by(|a, b| encoder.line_of(*a) == encoder.line_of(*b)) {
            bytes.extend_from_slice(&line_of(keys.iter().copied()));
        }
        let filter = MissFilter::new(bytes).unwrap();
        assert!(hashes.iter().all(|hash| filter.may_contain(*hash) == Some(true)));
        let others = (0..200_000).filter(|n| filter.may_contain(spread(1 << 40 | n)) == Some(true));
        let share = others.count() as f64 / 200_000.0;
        assert!(share < 0.005, "{share}");
    }

    #[test]
    fn bits_are_transposed() {
        for number in 0..64 {
            for bit in 0..8 {
                let mut unknowns = [0; 64];
                unknowns[number] = 1 << bit;
                let mut words = [0; 8];
                words[bit] = 1 << number;
                assert_eq!(transpose(&unknowns), words);
            }
        }
    }

    proptest! {
        #[test]
        fn a_line_knows_all_of_its_keys(mut hashes in proptest::collection::vec(any::<u64>(), 0..150)) {
            hashes.sort_unstable();
            let line = line_of(hashes.iter().copied());
            prop_assert!(hashes.iter().all(|hash| passes(&line, Key::new(*hash))));
        }
    }
}
