//! Pages as a build makes them, without building them.

use super::dataset::mix;

/// Bins that a page takes at least. On average it takes 63: the builder makes 64 for each page that would be full, and pages of
/// whole bins are not quite.
const LEAST: u64 = 59;

/// The first bins of so many pages, each a run of its own, and the number of bins.
///
/// Pages take as many whole bins as fit, a few more or less. How far page n is from where it would be then grows like √n, which
/// is what an index has to cope with.
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
    fn an_index_can_be_made_of_them() {
        let (first_bins, bins) = first_bins(1000);
        assert_eq!((first_bins.len(), first_bins[0]), (1000, 0));
        assert!((62_500..63_500).contains(&bins), "{bins}");
        assert!(encode_page_index(&first_bins, bins).is_ok());
    }
}
