//! The directory of a run, `FORMAT.md` section 2.4.

use std::ops::Range;

use crate::slot_of;

/// The directory of a run: how many entries each of its slots has.
#[derive(Debug, Clone, Copy)]
pub struct Directory<'a> {
    words: &'a [[u8; 8]],
    entries: u32,
}

impl<'a> Directory<'a> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) const fn new(words: &'a [[u8; 8]], entries: u32) -> Self {
        Self { words, entries }
    }

    /// The words of the directory, little-endian.
    #[must_use]
    #[inline]
    pub const fn words(&self) -> &'a [[u8; 8]] {
        self.words
    }

    /// Number of entries of the run.
    #[must_use]
    #[inline]
    pub const fn entry_count(&self) -> u32 {
        self.entries
    }

    /// Number of slots, at least 1.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub const fn slot_count(&self) -> u64 {
        (64 * self.words.len() as u64).saturating_sub(self.entries as u64)
    }

    /// The numbers of the entries in `slot`. `None` if there is no such slot, or if the directory is damaged.
    ///
    /// Looks at the words one by one. A lookup can be faster: see the crate `massmap-core`.
    #[must_use]
    pub fn entries_of(&self, slot: u64) -> Option<Range<usize>> {
        let mut zeros = 0;
        for (position, word) in (0..).step_by(64).zip(self.words) {
            let mut open = !u64::from_le_bytes(*word);
            let here = u64::from(open.count_ones());
            if slot < zeros + here {
                (zeros..slot).for_each(|_| open &= open.wrapping_sub(1));
                let end = position + u64::from(open.trailing_zeros());
                return self.before(end, slot);
            }
            zeros += here;
        }
        None
    }

    /// The entries of the slot number `slot`, whose zero stands at `position`.
    fn before(&self, position: u64, slot: u64) -> Option<Range<usize>> {
        let mut begin = position;
        while let Some(before) = begin.checked_sub(1) {
            let word = self.words.get(usize::try_from(before / 64).ok()?)?;
            // The bits up to `before`, at the top.
            let ones = u64::from_le_bytes(*word) << (63 - before % 64);
            let adjacent = u64::from(ones.leading_ones()).min(before % 64 + 1);
            begin -= adjacent;
            if adjacent <= before % 64 {
                break;
            }
        }
        let end = position.checked_sub(slot)?;
        let range = usize::try_from(end - (position - begin)).ok()?..usize::try_from(end).ok()?;
        (range.end <= self.entries as usize).then_some(range)
    }

    /// The slot of each entry, in order. A damaged directory may have fewer or more than there are entries.
    pub fn slots(&self) -> impl Iterator<Item = u32> + use<'a> {
        slots_in(self.words, 0, 0)
    }

    /// Number of ones. In an intact directory, as many as there are entries.
    #[must_use]
    pub fn count_ones(&self) -> u64 {
        let ones = self
            .words
            .iter()
            .map(|word| u64::from_le_bytes(*word).count_ones());
        ones.map(u64::from).sum()
    }
}

/// The slots of the entries whose ones stand in `words`, a part of a directory: the words behind `words_before` others, which hold
/// the ones of `entries_before` entries.
pub(super) fn slots_in(
    words: &[[u8; 8]],
    words_before: u64,
    entries_before: u64,
) -> impl Iterator<Item = u32> {
    let mut positions = (64 * words_before..)
        .step_by(64)
        .zip(words)
        .flat_map(|(start, word)| {
            let mut word = u64::from_le_bytes(*word);
            std::iter::from_fn(move || {
                let place = (word != 0).then(|| start + u64::from(word.trailing_zeros()));
                word &= word.wrapping_sub(1);
                place
            })
        });
    let mut rank = entries_before;
    std::iter::from_fn(move || {
        let slot = positions.next()?.saturating_sub(rank);
        rank += 1;
        // A run has less than 2^32 slots.
        Some(u32::try_from(slot).unwrap_or(u32::MAX))
    })
}

/// Encodes the directory of a run that does not fit in memory.
#[derive(Debug, Clone)]
pub struct DirectoryEncoder {
    /// Number of words of the directory.
    words: u64,
    slots: u64,
    /// Number of entries so far.
    entries: u64,
    /// Number of complete words, and the bits of the next one.
    complete: u64,
    word: u64,
    encoded: Vec<u8>,
}

impl DirectoryEncoder {
    /// Number of bytes that are handed over at a time.
    const PIECE: usize = 64 << 10;

    pub(super) const fn new(words: u64, slots: u64) -> Self {
        Self {
            words,
            slots,
            entries: 0,
            complete: 0,
            word: 0,
            encoded: Vec::new(),
        }
    }

    /// Adds an entry by its fraction, from [`fraction_of`](crate::fraction_of), which must not be less than that of the one before.
    /// Calls `write` with pieces of the directory.
    ///
    /// # Errors
    ///
    /// Those of `write`.
    pub fn push<E>(&mut self, fraction: u32, write: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let position = slot_of(fraction, self.slots) + self.entries;
        self.complete_to(position / 64, write)?;
        self.word |= 1 << (position % 64);
        self.entries += 1;
        Ok(())
    }

    /// Calls `write` with the rest of the directory.
    ///
    /// # Errors
    ///
    /// Those of `write`.
    pub fn finish<E>(mut self, mut write: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        self.complete_to(self.words, &mut write)?;
        write(&self.encoded)
    }

    fn complete_to<E>(&mut self, word: u64, mut write: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        while self.complete < word {
            self.encoded.extend_from_slice(&self.word.to_le_bytes());
            self.word = 0;
            self.complete += 1;
            if self.encoded.len() >= Self::PIECE {
                write(&self.encoded)?;
                self.encoded.clear();
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The words of a directory of entries in these slots.
    fn encode(slots: &[u64], words: u64) -> Vec<[u8; 8]> {
        let slot_count = 64 * words - slots.len() as u64;
        let mut encoder = DirectoryEncoder::new(words, slot_count);
        let mut bytes = Vec::new();
        let mut write = |piece: &[u8]| {
            bytes.extend_from_slice(piece);
            Ok::<_, ()>(())
        };
        for slot in slots {
            let fraction = ((slot << 32).div_ceil(slot_count)) as u32;
            assert_eq!(slot_of(fraction, slot_count), *slot);
            encoder.push(fraction, &mut write).unwrap();
        }
        encoder.finish(&mut write).unwrap();
        assert_eq!(bytes.len() as u64, 8 * words);
        bytes.as_chunks().0.to_vec()
    }

    #[test]
    fn a_directory_has_exactly_these_bits() {
        // Slots 0, 0, 2 and 59 of 60: 1 1 0, 0, 1 0, 56 zeros, 1 0.
        let words = encode(&[0, 0, 2, 59], 1);
        assert_eq!(u64::from_le_bytes(words[0]), 0b1_0011 | 1 << 62);
        let directory = Directory::new(&words, 4);
        assert_eq!((directory.slot_count(), directory.count_ones()), (60, 4));
        for (slot, entries) in [(0, 0..2), (1, 2..2), (2, 2..3), (3, 3..3), (58, 3..3), (59, 3..4)] {
            assert_eq!(directory.entries_of(slot), Some(entries), "{slot}");
        }
        assert_eq!(directory.entries_of(60), None);
        assert!(directory.slots().eq([0, 0, 2, 59]));
    }

    #[test]
    fn a_slot_may_have_entries_in_many_words() {
        let words = encode(&[5; 1000], 20);
        let directory = Directory::new(&words, 1000);
        assert_eq!(directory.entries_of(4), Some(0..0));
        assert_eq!(directory.entries_of(5), Some(0..1000));
        assert_eq!(directory.entries_of(6), Some(1000..1000));
    }

    proptest! {
        #[test]
        fn entries_are_found_by_their_slots(
            words in 1..20u64,
            places in proptest::collection::vec(0.0..1.0f64, 0..1200),
        ) {
            let count = places.len().min(64 * words as usize - 1);
            let slot_count = 64 * words - count as u64;
            let mut slots: Vec<u64> = places[..count].iter().map(|place| (place * slot_count as f64) as u64).collect();
            slots.sort_unstable();
            let words = encode(&slots, words);
            let directory = Directory::new(&words, count as u32);
            prop_assert_eq!(directory.count_ones(), count as u64);
            prop_assert!(directory.slots().map(u64::from).eq(slots.iter().copied()));
            for slot in 0..slot_count {
                let from = slots.partition_point(|other| *other < slot);
                let to = slots.partition_point(|other| *other <= slot);
                prop_assert_eq!(directory.entries_of(slot), Some(from..to));
            }
            prop_assert_eq!(directory.entries_of(slot_count), None);
        }

        #[test]
        fn whatever_the_words_entries_lie_within_the_run(
            words in proptest::collection::vec(prop_oneof![Just(0u64), Just(u64::MAX), any::<u64>()], 1..12),
            entries in 0..800u32,
            slot in 0..900u64,
        ) {
            let words: Vec<_> = words.iter().map(|word| word.to_le_bytes()).collect();
            let directory = Directory::new(&words, entries);
            if let Some(range) = directory.entries_of(slot) {
                prop_assert!(range.start <= range.end && range.end <= entries as usize);
            }
            prop_assert_eq!(directory.slots().count() as u64, directory.count_ones());
        }
    }
}
