//! Finding the entries of a slot in a run of pages.

use std::ops::Range;

use massmap_format::Page;

use crate::low_level::bit_instructions::BitInstructions;
use crate::low_level::select::select;

/// Length of the line that a run begins with, in bytes.
pub(crate) const LINE_LENGTH: usize = 64;

/// Number of words of a directory that lie in that line, behind the header of the run.
pub(crate) const LINE_WORDS: usize = 7;

/// So many ones before a zero may have further ones before them.
const MOST_COUNTED: u32 = 56;

/// The numbers of the entries in `slot`, of a run that has such a slot. `None` if the directory is damaged.
///
/// Says the same as [`massmap_format::Directory::entries_of`]. A directory of seven words or fewer is searched without branches
/// that depend on it.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(super) fn entries_of_slot(page: &Page<'_>, slot: u64) -> Option<Range<usize>> {
    let bytes = page.bytes();
    let words = page.directory().words();
    let entries = match words.len() {
        0..=LINE_WORDS => entries_in_line(bytes.first_chunk()?, slot, BitInstructions::UNKNOWN),
        _ => entries_before(bytes, zero_in_words(words, slot)?, slot),
    };
    match entries {
        // Ones of the header may come before those of the first slot.
        Some(Entries { end, count }) => (end <= page.len()).then(|| end.saturating_sub(count as usize)..end),
        None => page.directory().entries_of(slot),
    }
}

/// The entries of a slot: `count` of them, the last of which has the number `end` − 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entries {
    pub(crate) end: usize,
    pub(crate) count: u32,
}

/// The entries in `slot` of a run that begins with `line`, whose directory is no longer than that line. `None` if there are too many
/// to be counted at once, or if the directory is damaged; but a damaged one may give any.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(crate) fn entries_in_line(
    line: &[u8; LINE_LENGTH],
    slot: u64,
    instructions: BitInstructions,
) -> Option<Entries> {
    entries_before(line, zero_in_line(line, slot, instructions)?, slot)
}

/// The entries in `slot`, whose zero is the bit `position` of the directory of `run`.
#[cfg_attr(not(debug_assertions), inline(always))]
fn entries_before(run: &[u8], position: u64, slot: u64) -> Option<Entries> {
    // The ones of the slot's entries stand directly before its zero. These are the bits before the zero, at the top: the header
    // comes before the directory, so there always are eight bytes.
    let byte = usize::try_from(position / 8).ok()?;
    const { assert!(Page::HEADER_LENGTH == 8) };
    let before = run.get(byte + 1..byte + 9)?.first_chunk()?;
    let before = u64::from_le_bytes(*before) << 1 << (7 - position % 8);
    let count = before.leading_ones();
    if count >= MOST_COUNTED {
        return None;
    }
    let end = usize::try_from(position.wrapping_sub(slot)).ok()?;
    Some(Entries { end, count })
}

/// Position of the zero number `slot` of a directory that lies in `line`, the first one of the run. Behind the directory, the bytes of
/// entries count as well, which does no harm: the zero of a slot comes before them. In a damaged run, the position may lie behind
/// the directory.
#[cfg_attr(not(debug_assertions), inline(always))]
fn zero_in_line(line: &[u8; LINE_LENGTH], slot: u64, instructions: BitInstructions) -> Option<u64> {
    let words: &[[u8; 8]; 1 + LINE_WORDS] = line.as_chunks().0.first_chunk()?;
    let [_, directory @ ..] = words;
    // For each word, the sum of the slot and the ones before. As long as the zero has not come, the slot is at least the number of
    // zeros passed, and so the sum at least that of all bits passed.
    let mut sums = [slot; LINE_WORDS];
    let (mut sum, mut bits, mut number) = (slot, 0, 0);
    for (word, next) in directory.iter().zip(sums.iter_mut().skip(1)) {
        sum = sum.wrapping_add(u64::from_le_bytes(*word).count_ones().into());
        bits += 64;
        number += usize::from(sum >= bits);
        *next = sum;
    }
    // Up to whole words, this is the number of zeros to pass in the word.
    let rank = sums.get(number)? % 64;
    let word = !u64::from_le_bytes(*directory.get(number)?);
    Some(64 * number as u64 + u64::from(select(word, rank, instructions)))
}

/// Position of the zero number `slot` in `words`.
#[cfg_attr(not(debug_assertions), inline(always))]
fn zero_in_words(words: &[[u8; 8]], slot: u64) -> Option<u64> {
    const BLOCK: usize = 8;
    let zeros_of = |word: &[u8; 8]| u64::from((!u64::from_le_bytes(*word)).count_ones());
    let mut zeros = 0;
    for (start, block) in (0..).step_by(64 * BLOCK).zip(words.chunks(BLOCK)) {
        let here: u64 = block.iter().map(zeros_of).sum();
        if slot < zeros + here {
            for (start, word) in (start..).step_by(64).zip(block) {
                let here = zeros_of(word);
                if slot < zeros + here {
                    let word = !u64::from_le_bytes(*word);
                    let bit = select(word, slot - zeros, BitInstructions::UNKNOWN);
                    return Some(start + u64::from(bit));
                }
                zeros += here;
            }
        }
        zeros += here;
    }
    None
}

#[cfg(test)]
mod tests {
    use massmap_format::{EntryLayout, PageLayout, encode_run};
    use proptest::prelude::*;

    use super::*;

    const ENTRIES: EntryLayout = EntryLayout::Variable;

    /// A run of entries with these fractions.
    fn run(fractions: &[u32], page_size: u32, words: u32) -> (Vec<u8>, PageLayout) {
        let layout = PageLayout::new(ENTRIES, page_size, words).unwrap();
        let pages = layout
            .pages_needed(fractions.len() as u64, 2 * fractions.len() as u64)
            .unwrap();
        let entries = fractions.iter().map(|fraction| (*fraction, &b"\x01\x02"[..]));
        let mut bytes = Vec::new();
        encode_run(entries, layout, pages, 7, 0, &mut bytes);
        (bytes, layout)
    }

    proptest! {
        #[test]
        fn entries_are_those_that_the_format_says(
            mut fractions in proptest::collection::vec(prop_oneof![3 => any::<u32>(), 1 => Just(7u32), 1 => Just(u32::MAX)], 1..600),
            // Few slots, so that some have many entries.
            divisor in prop_oneof![2 => Just(1u32), 1 => Just(1 << 25), 1 => Just(1 << 31)],
            (page_size, words) in prop_oneof![Just((512, 1)), Just((512, 7)), Just((512, 8)), Just((4096, 7)), Just((4096, 64))],
        ) {
            fractions.iter_mut().for_each(|fraction| *fraction -= *fraction % divisor);
            fractions.sort_unstable();
            let (bytes, layout) = run(&fractions, page_size, words);
            let page = Page::decode(&bytes, layout).unwrap();
            for slot in 0..page.directory().slot_count() {
                prop_assert_eq!(entries_of_slot(&page, slot), page.directory().entries_of(slot));
            }
        }

        #[test]
        fn whatever_the_directory_entries_lie_within_the_run(
            words in proptest::collection::vec(prop_oneof![Just(0u64), Just(u64::MAX), any::<u64>()], 64),
            count in 0..500u32,
            (page_size, directory_words) in prop_oneof![Just((512, 1)), Just((512, 7)), Just((512, 8))],
            slot: u64,
        ) {
            let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
            bytes[4..8].copy_from_slice(&count.to_le_bytes());
            let layout = PageLayout::new(ENTRIES, page_size, directory_words).unwrap();
            if let Ok(page) = Page::decode(&bytes, layout) {
                let slots = page.directory().slot_count();
                for slot in [0, slots - 1, slot % slots] {
                    let found = entries_of_slot(&page, slot);
                    prop_assert!(found.is_none_or(|found| found.start <= found.end && found.end <= page.len()));
                }
            }
        }
    }
}
