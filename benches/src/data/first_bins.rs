//! Realistic first bins of pages, without a build.

use bench_support::mix;

/// Least number of bins of a page. The mean is 63: the builder makes 64 bins per full page, but pages of whole bins are not
/// completely full.
const LEAST: u64 = 59;

/// The first bins of this many pages, each a run of its own, and the number of bins.
///
/// The numbers of bins per page vary as in a build. The distance of page n from its expected place grows like √n, as for real
/// indices.
#[must_use]
pub fn first_bins(pages: u64) -> (Vec<u64>, u64) {
    let mut next = 0;
    let first_bins = (0..pages)
        .map(|page| {
            let first = next;
            next += LEAST + mix(page) % 9;
            first
        })
        .collect();
    (first_bins, next)
}

#[cfg(test)]
mod tests {
    use massmap_format::encode_page_index;

    use super::*;

    #[test]
    fn an_index_can_be_encoded() {
        let (first_bins, bins) = first_bins(1000);
        assert_eq!((first_bins.len(), first_bins[0]), (1000, 0));
        assert!((62_500..63_500).contains(&bins), "{bins}");
        assert!(encode_page_index(&first_bins, bins).is_ok());
    }
}
