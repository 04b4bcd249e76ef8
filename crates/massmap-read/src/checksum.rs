//! When the checksums of pages are checked.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use massmap_format::{FormatError, Page, PagedHeader};

/// When the checksum of a page of a file of format 2 is checked. Files of format 1 have none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChecksumPolicy {
    /// Whenever a page is read: damage is noticed even if it happens while the map is open, as when the file is overwritten in
    /// place.
    #[default]
    EveryRead,
    /// When a page is read for the first time; later damage to it is not noticed. Takes a bit of memory a page. The one for
    /// mapped files, where checking takes longer than all the rest of a lookup.
    FirstRead,
    /// Never. Damage can lead to wrong answers, both values and missing keys, not to anything worse.
    Never,
}

/// Checks pages as the policy says.
#[derive(Debug, Clone)]
pub(crate) struct Checksums {
    policy: ChecksumPolicy,
    /// A bit for each page that has been found in order; with `FirstRead` only.
    checked: Arc<[AtomicU64]>,
}

impl Checksums {
    pub(crate) fn new(policy: ChecksumPolicy, page_count: u64) -> Self {
        let words = match policy {
            ChecksumPolicy::FirstRead => page_count.div_ceil(64),
            _ => 0,
        };
        Self {
            policy,
            checked: (0..words).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// Checks `page`, the run that begins at `first_page`, unless the policy, or `policy` in its place, says that it need
    /// not be.
    #[inline(always)]
    pub(crate) fn check(
        &self,
        page: &Page<'_>,
        header: &PagedHeader,
        first_page: u64,
        policy: Option<ChecksumPolicy>,
    ) -> Result<(), FormatError> {
        match policy.unwrap_or(self.policy) {
            ChecksumPolicy::EveryRead => page.verify(header.file_id, first_page),
            ChecksumPolicy::FirstRead => {
                let word = usize::try_from(first_page / 64)
                    .ok()
                    .and_then(|word| self.checked.get(word));
                let bit = 1 << (first_page % 64);
                // Relaxed will do: the bits guard no other data, and checking twice does no harm.
                if word.is_none_or(|word| word.load(Ordering::Relaxed) & bit == 0) {
                    page.verify(header.file_id, first_page)?;
                    if let Some(word) = word {
                        word.fetch_or(bit, Ordering::Relaxed);
                    }
                }
                Ok(())
            }
            ChecksumPolicy::Never => Ok(()),
        }
    }
}
