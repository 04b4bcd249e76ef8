//! How long a page index would be.

use massmap_format::encode_page_index;

/// Number of pages whose index is encoded at a time. It is then some bytes longer than a part of the index of all pages.
const PAGES_AT_ONCE: usize = 1 << 14;

/// Length of what an index has once, however many pages: two bins, and a rank.
const ONCE: u64 = 20;

/// The length of the index of pages with given first bins, found by encoding it part by part.
#[derive(Debug, Default)]
pub(super) struct IndexLength {
    /// The first bins of the pages whose index has not been encoded.
    first_bins: Vec<u64>,
    /// Length of the parts so far.
    length: u64,
    /// Whether there is a part.
    has_part: bool,
}

impl IndexLength {
    /// Adds a run of `pages` pages that begins with a bin behind those of all other runs.
    pub(super) fn add(&mut self, first_bin: u64, pages: u64) {
        if self.first_bins.len() >= PAGES_AT_ONCE {
            self.encode(first_bin);
        }
        // Of a longer run, all other pages take a byte each.
        let some = usize::try_from(pages).unwrap_or(usize::MAX).min(PAGES_AT_ONCE);
        self.first_bins.resize(self.first_bins.len() + some, first_bin);
        self.length += pages - some as u64;
    }

    fn encode(&mut self, end_bin: u64) {
        if self.first_bins.is_empty() {
            return;
        }
        let length = match encode_page_index(&self.first_bins, end_bin) {
            Ok(bytes) => bytes.len() as u64,
            // No file has bins that far apart. A byte a page and what usually comes with 128 pages is a guess.
            Err(_) => self.first_bins.len() as u64 * 148 / 128,
        };
        let once = if self.has_part { ONCE } else { 0 };
        self.length += length.saturating_sub(once);
        self.has_part = true;
        self.first_bins.clear();
    }

    /// The length; 0 without pages. The last run ends before `end_bin`.
    pub(super) fn finish(mut self, end_bin: u64) -> u64 {
        self.encode(end_bin);
        self.length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_encoded_in_parts_is_hardly_longer() {
        for (runs, pages) in [(1, 1), (10_000, 1), (100_000, 1), (30_000, 5), (10, 100_000)] {
            let mut length = IndexLength::default();
            let mut first_bins = Vec::new();
            for run in 0..runs {
                // Not quite even.
                let bin = run * 64 * pages + run * 7919 % 50;
                length.add(bin, pages);
                first_bins.extend((0..pages).map(|_| bin));
            }
            let end_bin = runs * 64 * pages + 50;
            let whole = encode_page_index(&first_bins, end_bin).unwrap().len() as f64;
            let found = length.finish(end_bin) as f64;
            assert!(
                (found / whole - 1.0).abs() < 0.01,
                "{runs} × {pages}: {found}, not {whole}"
            );
        }
        assert_eq!(IndexLength::default().finish(0), 0);
    }
}
