//! Checking that the bytes of a page index follow the format.

use super::encode::stream_page_index;
use super::index::PageIndex;
use super::layout::{HEADER_LENGTH, Layout, RECORD_LENGTH};
use super::walk::FirstBins;
use crate::FormatError;

/// From this many positions on, [`PageIndex::check_prefix`] refuses them if almost all are zero.
const MANY_POSITIONS: usize = 1 << 20;

/// At least one of so many positions is not zero. Of the first bins of an ordinary file one of 256 is, and a run of many pages, of
/// which all have the same, is limited to [`MANY_POSITIONS`] for pages of 4 KiB.
const MOST_ZEROS: usize = 16;

impl<B: AsRef<[u8]>> PageIndex<B> {
    /// Checks the first bytes of an index of `length` bytes, for `pages` pages over `bins` bins, before memory is allocated for
    /// the rest. Zeros, as in a sparse file, are not an index.
    ///
    /// # Errors
    ///
    /// [`FormatError::PageIndexLength`] if the length does not fit these numbers of pages and bins,
    /// [`FormatError::PageIndexBytes`] if the ranks of the records do not ascend, or if the positions of many first bins are zeros.
    pub fn check_prefix(prefix: &[u8], length: u64, pages: u64, bins: u64) -> Result<(), FormatError> {
        let layout = Layout::decode(prefix, length, pages, bins);
        let layout = layout.ok_or(FormatError::PageIndexLength { length, pages, bins })?;
        let mut before = None;
        for record in 0..=layout.records {
            let position = HEADER_LENGTH + RECORD_LENGTH * record;
            let Some(rank) = prefix.get(position..).and_then(<[u8]>::first_chunk) else {
                break;
            };
            let (position, rank) = (position as u64, u32::from_le_bytes(*rank));
            // The first page begins in the first record: no other rank is 0.
            if before.map_or(rank > 0, |before| rank < before || rank == 0) {
                return Err(FormatError::PageIndexBytes { position });
            }
            before = Some(rank);
        }
        let end = layout.numbers.min(prefix.len());
        let positions = prefix.get(layout.positions..end).unwrap_or_default();
        let others = positions.iter().filter(|position| **position != 0).count();
        if positions.len() >= MANY_POSITIONS && others < positions.len() / MOST_ZEROS {
            let position = layout.positions as u64;
            return Err(FormatError::PageIndexBytes { position });
        }
        Ok(())
    }

    /// Checks that the index is exactly the encoding of the first bins of its pages: that they are sorted, that their positions
    /// and the ranks of groups and records match them, and that unused bits are zero. Every search then succeeds.
    ///
    /// # Errors
    ///
    /// [`FormatError::PageNotIndexed`] if it does not lead to each page, [`FormatError::FirstBins`] if it does not encode a
    /// sequence of first bins, [`FormatError::PageIndexBytes`] if other bytes differ from the encoding.
    pub fn verify(&self) -> Result<(), FormatError> {
        let scan = |page_begins: &mut dyn FnMut(u64) -> Result<(), FormatError>| {
            let mut first_bins = FirstBins::from(self, 0, 0);
            (0..self.layout.pages).try_for_each(|page| {
                let bin = first_bins
                    .next(self)
                    .ok_or(FormatError::PageNotIndexed { page })?;
                page_begins(bin)
            })
        };
        let bytes = self.bytes().as_ref();
        let mut rest = bytes;
        stream_page_index(self.layout.pages, self.layout.end_bin, scan, |expected| {
            let position = (bytes.len() - rest.len()) as u64;
            rest = rest
                .strip_prefix(expected)
                .ok_or(FormatError::PageIndexBytes { position })?;
            Ok(())
        })?;
        match rest {
            [] => Ok(()),
            _ => Err(FormatError::PageIndexBytes {
                position: (bytes.len() - rest.len()) as u64,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::encode_page_index;
    use super::*;

    #[test]
    fn every_bit_of_an_index_is_verified() {
        let long: Vec<u64> = (0..300u64).map(|page| page / 3 * 40).collect();
        let far: Vec<u64> = (5..150u64).map(|page| page * 60 + page / 50 * 500).collect();
        for (first_bins, bins) in [
            (&[0, 65, 70, 192][..], 256),
            (&[0], 127),
            (&[0, 0, 0, 1], 2),
            (&long, 10_000),
            (&far, 12_000),
        ] {
            let pages = first_bins.len() as u64;
            let mut bytes = encode_page_index(first_bins, bins).unwrap();
            PageIndex::new(&bytes, pages, bins).unwrap().verify().unwrap();
            for bit in 0..8 * bytes.len() {
                bytes[bit / 8] ^= 1 << (bit % 8);
                if let Ok(index) = PageIndex::new(&bytes, pages, bins)
                    && index.verify().is_ok()
                {
                    // It is the index of other first bins, or of more bins behind the last of them.
                    let walked: Vec<u64> = (0..pages)
                        .map(|page| index.first_bin_of_page(page).unwrap())
                        .collect();
                    assert!(walked != first_bins || index.bins().end != bins);
                    assert_eq!(encode_page_index(&walked, index.bins().end).unwrap(), bytes);
                }
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
        }
    }

    #[test]
    fn errors_in_the_bytes_of_an_index_give_the_position() {
        let first_bins: Vec<u64> = (0..200).map(|page| page * 64).collect();
        let bins = 200 * 64;
        let bytes = encode_page_index(&first_bins, bins).unwrap();
        // Records at 16 and 36. The deviation of a group that does not exist, and a table that no record needs.
        let mut unused = bytes.clone();
        unused[36 + 19] ^= 0x80;
        let mut longer = bytes;
        longer.extend([0; 132]);
        for (bytes, position) in [(&unused, 36), (&longer, longer.len() as u64 - 132)] {
            let error = PageIndex::new(bytes, 200, bins).unwrap().verify().unwrap_err();
            assert!(
                matches!(error, FormatError::PageIndexBytes { position: found } if found == position),
                "{error}"
            );
        }
    }

    #[test]
    fn zeros_in_place_of_an_index_are_noticed_in_its_first_bytes() {
        type Index<'a> = PageIndex<&'a [u8]>;
        let pages = (1 << 20) + 2000;
        let bins = 64 * pages;
        let first_bins: Vec<u64> = (0..pages).map(|page| page * 64).collect();
        let bytes = encode_page_index(&first_bins, bins).unwrap();
        let length = bytes.len() as u64;
        for part in [16, 1000, 100_000, bytes.len()] {
            let prefix = &bytes[..part.min(bytes.len())];
            Index::check_prefix(prefix, length, pages, bins).unwrap();
        }
        let layout = PageIndex::new(&bytes, pages, bins).unwrap().layout;
        // Behind the covered bins, ranks or positions are zeros.
        for start in [HEADER_LENGTH, layout.positions] {
            let mut zeros = bytes.clone();
            zeros[start..].fill(0);
            Index::check_prefix(&zeros[..zeros.len() - 1000], length, pages, bins).unwrap_err();
        }
        for (prefix, length) in [(&bytes[..16], length + 8), (&[0; 100], length), (&[], length)] {
            let error = Index::check_prefix(prefix, length, pages, bins).unwrap_err();
            assert!(matches!(error, FormatError::PageIndexLength { .. }), "{error}");
        }
    }

    proptest! {
        #[test]
        fn an_index_that_verifies_answers_for_every_bin_and_page_as_the_walk_does(
            gaps in proptest::collection::vec(prop_oneof![9 => 0..100u64, 1 => 0..2000u64], 0..60),
            behind in 1..300u64,
            damage in proptest::collection::vec((any::<usize>(), any::<u8>()), 0..3),
        ) {
            let mut first_bins = vec![0];
            first_bins.extend(gaps.iter().scan(0, |bin, gap| {
                *bin += gap;
                Some(*bin)
            }));
            let (pages, bins) = (first_bins.len() as u64, first_bins.last().unwrap() + behind);
            let mut bytes = encode_page_index(&first_bins, bins).unwrap();
            for (position, change) in &damage {
                let position = 16 + position % (bytes.len() - 16);
                bytes[position] ^= change;
            }
            let index = PageIndex::new(&bytes, pages, bins).unwrap();
            let walked: Result<Vec<_>, _> = index.clone().runs_within(0..u64::MAX).and_then(Iterator::collect);
            if index.verify().is_ok() {
                let runs = walked.unwrap();
                for bin in 0..bins {
                    let run = runs.iter().find(|run| (run.first_bin..run.end_bin).contains(&bin));
                    prop_assert_eq!(Some(&index.run_of_bin(bin).unwrap()), run);
                }
                for page in 0..pages {
                    let run = index.run_of_page(page).unwrap();
                    prop_assert!(runs.contains(&run) && (run.first_page..run.first_page + run.pages).contains(&page));
                }
            } else {
                prop_assert!(!damage.is_empty());
            }
        }
    }
}
