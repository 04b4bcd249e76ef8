//! When the checksums of pages are checked.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use massmap_format::{FormatError, Page, PageLayout, PagedHeader};

/// When the checksum of a page of a file of format 2 is checked. Files of format 1 have none.
///
/// Page index and miss filter are checked whatever the policy: in a mapping each block of 4 KiB when it is first used, otherwise
/// while the file is opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChecksumPolicy {
    /// At every read. Damage is noticed even if it happens while the map is open, for example because the file is overwritten in
    /// place. A lookup in memory checks the parts of the page that it uses, some 600 bytes of 4 KiB, if the
    /// page is a run of its own and its directory lies in its first cache line, as by default.
    #[default]
    EveryRead,
    /// When a page is read for the first time. Later damage to it goes unnoticed. Takes one bit of memory a page, and two more once
    /// a run of several pages has been read. Recommended for mapped files, where the check takes longer than the rest of a lookup.
    FirstRead,
    /// Never. Damage can lead to wrong values and to missing keys, but to nothing worse.
    Never,
}

/// Which parts of a page a lookup has to check, after the page's [beginning](Page::verify_beginning).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PartsToCheck {
    None,
    /// Those that it uses.
    Used,
}

/// Checks pages according to a policy.
#[derive(Debug, Clone)]
pub(crate) struct Checksums {
    policy: ChecksumPolicy,
    page_count: u64,
    /// The runs that have passed the check; with `FirstRead` only.
    single: Bits,
    longer: Arc<OnceLock<LongRuns>>,
}

impl Checksums {
    pub(crate) fn new(policy: ChecksumPolicy, page_count: u64) -> Self {
        let pages = match policy {
            ChecksumPolicy::FirstRead => page_count,
            _ => 0,
        };
        Self {
            policy,
            page_count,
            single: Bits::new(pages),
            longer: Arc::default(),
        }
    }

    pub(crate) fn are_checked_at_every_read(&self) -> bool {
        self.policy == ChecksumPolicy::EveryRead
    }

    /// Whether the policy checks pages at all.
    pub(crate) fn are_checked(&self) -> bool {
        self.policy != ChecksumPolicy::Never
    }

    /// Checks `page`, the run that begins at `first_page`, if the policy says so. `policy` replaces the map's policy.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn check(
        &self,
        page: &Page<'_>,
        header: &PagedHeader,
        first_page: u64,
        policy: Option<ChecksumPolicy>,
    ) -> Result<(), FormatError> {
        match policy.unwrap_or(self.policy) {
            ChecksumPolicy::EveryRead => page.verify(header.file_id, first_page),
            ChecksumPolicy::FirstRead if page.byte_length() != header.page_size as usize => {
                self.check_long(page, header, first_page)
            }
            ChecksumPolicy::FirstRead => {
                // Only runs of one page are noted here: in a damaged index, longer ones may begin at the same page.
                if !self.single.get(first_page) {
                    page.verify(header.file_id, first_page)?;
                    self.single.set(first_page..first_page + 1);
                }
                Ok(())
            }
            ChecksumPolicy::Never => Ok(()),
        }
    }

    /// Checks the page `page`, which is a run of its own and which `onwards` begin with, as the policy asks for.
    ///
    /// `None` if it is damaged; otherwise whether the parts that a lookup uses must be checked in addition.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn check_single(
        &self,
        onwards: &[u8],
        page: u64,
        header: &PagedHeader,
        layout: PageLayout,
    ) -> Option<PartsToCheck> {
        match self.single.get(page) {
            true => Some(PartsToCheck::None),
            false => self.check_single_now(onwards, page, header, layout),
        }
    }

    #[inline(never)]
    fn check_single_now(
        &self,
        onwards: &[u8],
        page: u64,
        header: &PagedHeader,
        layout: PageLayout,
    ) -> Option<PartsToCheck> {
        let run = onwards.get(..header.page_size as usize)?;
        match self.policy {
            ChecksumPolicy::Never => Some(PartsToCheck::None),
            ChecksumPolicy::EveryRead => {
                Page::verify_beginning(run, layout, header.file_id, page).ok()?;
                Some(PartsToCheck::Used)
            }
            ChecksumPolicy::FirstRead => {
                Page::verify_bytes(run, layout, header.file_id, page).ok()?;
                self.single.set(page..page + 1);
                Some(PartsToCheck::None)
            }
        }
    }

    /// Checks a run of several pages the first time that it is read.
    #[inline(never)]
    fn check_long(&self, page: &Page<'_>, header: &PagedHeader, first_page: u64) -> Result<(), FormatError> {
        let pages = page.byte_length() as u64 / u64::from(header.page_size);
        let longer = self.longer.get_or_init(|| LongRuns::new(self.page_count));
        if !longer.contains(first_page, pages) {
            page.verify(header.file_id, first_page)?;
            longer.add(first_page, pages);
        }
        Ok(())
    }
}

/// The runs of two pages and more that have passed the check.
///
/// The runs of an intact index do not overlap. Those of a damaged index may, and may even begin at the same page. A run counts as
/// checked if its first page begins a run and continues none, its other pages continue a run and begin none, and the page after
/// it continues none. Such a run has been added. Its second page continues some added run. That one begins at the first page: had
/// it begun earlier, the first page would continue it. It does not end later: the page after would continue it. If it ended
/// earlier, the page after its end would continue another added run. No run begins in between, so that one has the same beginning
/// and is longer, and the argument applies to it in turn.
#[derive(Debug)]
struct LongRuns {
    begun: Bits,
    continued: Bits,
}

impl LongRuns {
    fn new(page_count: u64) -> Self {
        Self {
            begun: Bits::new(page_count),
            continued: Bits::new(page_count),
        }
    }

    fn contains(&self, first_page: u64, pages: u64) -> bool {
        let (second, behind) = (first_page + 1, first_page + pages);
        // `begun` is read last, since a run's first page is noted before the pages that continue it.
        self.continued
            .words(second..behind)
            .all(|(word, mask)| word & mask == mask)
            && !self.continued.get(first_page)
            && !self.continued.get(behind)
            && self.begun.get(first_page)
            && self
                .begun
                .words(second..behind)
                .all(|(word, mask)| word & mask == 0)
    }

    fn add(&self, first_page: u64, pages: u64) {
        self.begun.set(first_page..first_page + 1);
        // From the last page to the second: whoever sees the second one set also sees all others.
        self.continued.set(first_page + 1..first_page + pages);
    }
}

/// A bit for each page, which clones share. Pages that do not exist have no bit set.
#[derive(Debug, Clone)]
struct Bits(Arc<[AtomicU64]>);

impl Bits {
    fn new(pages: u64) -> Self {
        Self((0..pages.div_ceil(64)).map(|_| AtomicU64::new(0)).collect())
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn get(&self, page: u64) -> bool {
        let word = usize::try_from(page / 64).ok().and_then(|word| self.0.get(word));
        word.is_some_and(|word| word.load(Ordering::Acquire) >> (page % 64) & 1 == 1)
    }

    /// The words that hold the bits of `pages`, at least one, with a mask of these bits.
    fn places(&self, pages: Range<u64>) -> impl DoubleEndedIterator<Item = (Option<&AtomicU64>, u64)> {
        let last = pages.end - 1;
        (pages.start / 64..last / 64 + 1).map(move |word| {
            let from = pages.start.saturating_sub(64 * word).min(63);
            let to = (last - 64 * word).min(63);
            let mask = u64::MAX << from & u64::MAX >> (63 - to);
            let word = usize::try_from(word).ok().and_then(|word| self.0.get(word));
            (word, mask)
        })
    }

    fn words(&self, pages: Range<u64>) -> impl Iterator<Item = (u64, u64)> {
        let load = |word: &AtomicU64| word.load(Ordering::Acquire);
        self.places(pages)
            .map(move |(word, mask)| (word.map_or(0, load), mask))
    }

    /// Sets the bits of `pages`, at least one, from the last one to the first.
    fn set(&self, pages: Range<u64>) {
        for (word, mask) in self.places(pages).rev() {
            if let Some(word) = word {
                word.fetch_or(mask, Ordering::Release);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn runs_that_overlap_or_begin_at_the_same_page_are_told_apart() {
        for pages in [2, 3, 63, 64, 65, 130, 200] {
            for first in [0, 1, 62, 63, 64, 100] {
                let runs = LongRuns::new(400);
                assert!(!runs.contains(first, pages));
                runs.add(first, pages);
                assert!(runs.contains(first, pages));
                assert!(!runs.contains(first, pages + 1));
                assert!(pages == 2 || !runs.contains(first, pages - 1));
                assert!(pages == 2 || !runs.contains(first + 1, pages - 1));
                assert!(!runs.contains(first + pages, 2));
                // Side by side, as in an intact index.
                runs.add(first + pages, 2);
                assert!(runs.contains(first, pages) && runs.contains(first + pages, 2));
                assert!(!runs.contains(first, pages + 2));
            }
        }
        let runs = LongRuns::new(4);
        runs.add(2, 2);
        assert!(runs.contains(2, 2), "the last pages of a file");
    }

    proptest! {
        #[test]
        fn no_run_counts_as_checked_that_was_not_added(
            added in proptest::collection::vec((0..12u64, 2..6u64), 0..6),
        ) {
            let runs = LongRuns::new(20);
            added.iter().for_each(|(first, pages)| runs.add(*first, *pages));
            for first in 0..18 {
                for pages in 2..8 {
                    let apart = |run: &(u64, u64)| run.0 + run.1 <= first || first + pages <= run.0;
                    let is_added = added.contains(&(first, pages));
                    prop_assert!(is_added || !runs.contains(first, pages));
                    let alone = added.iter().all(|run| *run == (first, pages) || apart(run));
                    prop_assert!(!(is_added && alone) || runs.contains(first, pages));
                }
            }
        }
    }
}
