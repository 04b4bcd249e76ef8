//! Finding the entries of a slot in a run of pages.

use std::ops::Range;

use massmap_format::Page;

use crate::low_level::select::select;

/// Number of words of a directory that lie in the first cache line of a run, behind its header.
const LINE_WORDS: usize = 7;

/// The numbers of the entries in `slot`, of a run that has such a slot. `None` if the directory is damaged.
///
/// Says the same as [`massmap_format::Directory::entries_of`]. A directory of seven words or fewer is searched without branches
/// that depend on it.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(super) fn entries_of_slot(page: &Page<'_>, slot: u64) -> Option<Range<usize>> {
    let bytes = page.bytes();
    let words = page.directory().words();
    let position = match words.len() {
        0..=LINE_WORDS => zero_in_line(bytes, slot)?,
        _ => zero_in_words(words, slot)?,
    };
    // The ones of the slot's entries stand directly before its zero. These are the bits before the zero, at the top: the header
    // comes before the directory, so there always are eight bytes.
    let before = usize::try_from(position / 8).ok()?;
    let before = u64::from_le_bytes(*bytes.get(before + 1..)?.first_chunk()?);
    let count = (before << (8 - position % 8)).leading_ones();
    if count >= MOST_COUNTED {
        return page.directory().entries_of(slot);
    }
    let end = usize::try_from(position.wrapping_sub(slot)).ok()?;
    // Ones of the header may come before those of the first slot.
    let start = end.saturating_sub(count as usize);
    (end <= page.len()).then_some(start..end)
}

/// So many ones before a zero may have further ones before them.
const MOST_COUNTED: u32 = 56;

/// Position of the zero number `slot` in a directory that lies in the first cache line of `run`. Behind the directory, the bytes of
/// entries count as well, which does no harm: the zero of a slot comes before them. In a damaged run, the position may lie behind
/// the directory.
#[cfg_attr(not(debug_assertions), inline(always))]
fn zero_in_line(run: &[u8], slot: u64) -> Option<u64> {
    let (_, words) = run.split_first_chunk::<{ Page::HEADER_LENGTH }>()?;
    let words: &[[u8; 8]; LINE_WORDS] = words.as_chunks().0.first_chunk()?;
    // Ones are counted, since that takes an instruction less: `bits` without `ones` are the zeros.
    let (mut bits, mut ones, mut ones_before, mut number) = (0, 0, 0, 0);
    for word in words.split_last()?.1 {
        bits += 64;
        ones += u64::from(u64::from_le_bytes(*word).count_ones());
        let is_behind = ones + slot >= bits;
        ones_before = if is_behind { ones } else { ones_before };
        number += usize::from(is_behind);
    }
    let word = !u64::from_le_bytes(*words.get(number)?);
    let start = 64 * number as u64;
    let bit = select(word, (slot + ones_before).wrapping_sub(start));
    Some(start + u64::from(bit))
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
                    let bit = select(!u64::from_le_bytes(*word), slot - zeros);
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
