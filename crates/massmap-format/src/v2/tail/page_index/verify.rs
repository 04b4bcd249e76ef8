//! Checking that the bytes of a page index follow the format.

use super::encode::stream_page_index;
use super::index::PageIndex;
use super::layout::{Layout, ZEROS_PER_SAMPLE};
use super::walk::Ones;
use crate::FormatError;

impl<B: AsRef<[u8]>> PageIndex<B> {
    /// Checks the first bytes of an index of `length` bytes, for `pages` pages over `bins` bins, before memory is allocated for
    /// the rest. Zeros, as in a sparse file, are not an index.
    ///
    /// # Errors
    ///
    /// [`FormatError::PageIndexLength`] if the length does not fit these numbers of pages and bins,
    /// [`FormatError::PageIndexBytes`] if the samples do not ascend as fast as zeros do, or if there are too many zeros.
    pub fn check_prefix(prefix: &[u8], length: u64, pages: u64, bins: u64) -> Result<(), FormatError> {
        let layout = Layout::new(pages, bins).filter(|layout| layout.length == length);
        let layout = layout.ok_or(FormatError::PageIndexLength { length, pages, bins })?;
        let mut before = None;
        let mut zeros = 0;
        for (position, word) in (0..).step_by(8).zip(prefix.as_chunks().0) {
            let word = u64::from_le_bytes(*word);
            let possible = if position < layout.upper_start {
                let least = before.map_or(Some(0), |before: u64| before.checked_add(ZEROS_PER_SAMPLE));
                before = Some(word);
                least.is_some_and(|least| least <= word) && word < layout.upper_bits
            } else if position < layout.low_start {
                zeros += u64::from(word.count_zeros());
                // The unused bits of the last word are zeros too.
                zeros <= layout.upper_bits - pages + u64::from(u64::BITS)
            } else {
                break;
            };
            if !possible {
                return Err(FormatError::PageIndexBytes { position });
            }
        }
        Ok(())
    }

    /// Checks that the index is exactly the encoding of the first bins of its pages: that they are sorted and below the number
    /// of bins, that samples and low bits match them, and that unused bits are zero. Every search then succeeds.
    ///
    /// # Errors
    ///
    /// [`FormatError::PageNotIndexed`] if there are fewer ones than pages, [`FormatError::FirstBins`] if they do not encode a
    /// sequence of first bins, [`FormatError::PageIndexBytes`] if other bytes differ from the encoding.
    pub fn verify(&self) -> Result<(), FormatError> {
        let scan = |page_begins: &mut dyn FnMut(u64) -> Result<(), FormatError>| {
            let mut ones = Ones::from(self, 0, 0);
            (0..self.layout.pages).try_for_each(|page| {
                let bin = ones.next(self).ok_or(FormatError::PageNotIndexed { page })?;
                page_begins(bin)
            })
        };
        let mut rest = self.bytes().as_ref();
        stream_page_index(self.layout.pages, self.layout.bins, scan, |expected| {
            let position = self.layout.length - rest.len() as u64;
            rest = rest
                .strip_prefix(expected)
                .ok_or(FormatError::PageIndexBytes { position })?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::encode_page_index;
    use super::*;

    #[test]
    fn every_bit_of_an_index_is_verified() {
        let long: Vec<u64> = (0..700u64).map(|page| page / 3 * 40).collect();
        for (first_bins, bins) in [
            (&[0, 65, 70, 192][..], 256),
            (&[0], 127),
            (&[0, 0, 0, 1], 2),
            (&long, 10_000),
        ] {
            let pages = first_bins.len() as u64;
            let mut bytes = encode_page_index(first_bins, bins).unwrap();
            PageIndex::new(&bytes, pages, bins).unwrap().verify().unwrap();
            let mut others = 0;
            for bit in 0..8 * bytes.len() {
                bytes[bit / 8] ^= 1 << (bit % 8);
                let index = PageIndex::new(&bytes, pages, bins).unwrap();
                if index.verify().is_ok() {
                    // It is the index of other first bins.
                    let walked: Vec<u64> = (0..pages)
                        .map(|page| index.first_bin_of_page(page).unwrap())
                        .collect();
                    assert_ne!(walked, first_bins);
                    assert_eq!(encode_page_index(&walked, bins).unwrap(), bytes);
                    others += 1;
                }
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
            assert!(others < 8 * bytes.len(), "something is refused");
        }
    }

    #[test]
    fn errors_in_the_bytes_of_an_index_give_the_position() {
        // One page, and a first sample that leads searches out of the index.
        let mut bytes = encode_page_index(&[0], 127).unwrap();
        bytes[..8].copy_from_slice(&(1u64 << 63).to_le_bytes());
        let index = PageIndex::new(&bytes, 1, 127).unwrap();
        index.run_of_bin(100).unwrap_err();
        let error = index.verify().unwrap_err();
        assert!(
            matches!(error, FormatError::PageIndexBytes { position: 0 }),
            "{error}"
        );
        // Bits behind the upper bits, and behind the low bits.
        let bytes = encode_page_index(&[0, 65, 70, 192], 256).unwrap();
        for (byte, position) in [(15, 8), (23, 16)] {
            let mut bytes = bytes.clone();
            bytes[byte] |= 0x80;
            let error = PageIndex::new(&bytes, 4, 256).unwrap().verify().unwrap_err();
            assert!(
                matches!(error, FormatError::PageIndexBytes { position: found } if found == position),
                "{error}"
            );
        }
    }

    #[test]
    fn zeros_in_place_of_an_index_are_noticed_in_its_first_bytes() {
        type Index<'a> = PageIndex<&'a [u8]>;
        let pages = 1 << 20;
        for bins in [1, pages / 2, pages, 64 * pages, pages << 20] {
            let first_bins: Vec<u64> = (0..pages)
                .map(|page| bins / pages * page + bins % pages * u64::from(page + 1 == pages) / 2)
                .collect();
            let bytes = encode_page_index(&first_bins, bins).unwrap();
            let length = bytes.len() as u64;
            for part in [0, 8, 1000, 100_000, bytes.len()] {
                let prefix = &bytes[..part.min(bytes.len())];
                Index::check_prefix(prefix, length, pages, bins).unwrap();
            }
            let zeros = vec![0; bytes.len() / 2];
            Index::check_prefix(&zeros, length, pages, bins).unwrap_err();
            let error = Index::check_prefix(&[], length + 8, pages, bins).unwrap_err();
            assert!(matches!(error, FormatError::PageIndexLength { .. }), "{error}");
        }
    }

    proptest! {
        #[test]
        fn an_index_that_verifies_answers_for_every_bin_and_page_as_the_walk_does(
            mut bytes in proptest::collection::vec(any::<u8>(), 0..200),
            gaps in proptest::collection::vec(0..40u64, 0..60),
            behind in 1..300u64,
            damage in proptest::option::of((any::<usize>(), any::<u8>())),
            random: bool,
        ) {
            let mut first_bins = vec![0];
            first_bins.extend(gaps.iter().scan(0, |bin, gap| {
                *bin += gap;
                Some(*bin)
            }));
            let (pages, bins) = (first_bins.len() as u64, first_bins.last().unwrap() + behind);
            let encoded = encode_page_index(&first_bins, bins).unwrap();
            bytes.resize(encoded.len(), 0);
            if !random {
                bytes.clone_from(&encoded);
            }
            if let Some((position, change)) = damage {
                let position = position % bytes.len();
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
                prop_assert!(random || damage.is_some());
            }
        }
    }
}
