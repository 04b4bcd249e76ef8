//! Options for mapping a file.

use memmap2::Mmap;

/// Options for mapping a file: advice to the system about future reads.
///
/// A system that does not know or refuses an advice maps the file nevertheless; outside of Unix, advice has no effect. Advice
/// concerns bytes that are not in the page cache yet: for others, lookups take the same time with any advice, once each page
/// is mapped.
///
/// Without advice, a lookup in a missing page reads the pages around it too, 128 KiB by default. That suits files that fit in
/// memory, even for random lookups: soon the whole file is in the cache.
///
/// ```
/// use massmap_io::{LendingReader, MappedFileOptions};
///
/// # let directory = tempfile::tempdir()?;
/// let path = directory.path().join("greeting");
/// std::fs::write(&path, "hello world")?;
///
/// // SAFETY: no other program knows the directory, and this one does not change the file.
/// let file = unsafe { MappedFileOptions::new().populate(true).open(&path)? };
/// assert_eq!(file.bytes(), b"hello world");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MappedFileOptions {
    random: bool,
    populate: bool,
    huge_pages: bool,
}

impl MappedFileOptions {
    /// No advice.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            random: false,
            populate: false,
            huge_pages: false,
        }
    }

    /// Whether a page that is missing from the cache is read alone, without the pages around it (`MADV_RANDOM`).
    ///
    /// For files that do not fit in free memory, where the pages around would only evict others. For files that fit, it costs a
    /// wait for each page instead of one for every 128 KiB.
    #[must_use]
    pub const fn random(mut self, random: bool) -> Self {
        self.random = random;
        self
    }

    /// Whether the whole file is read and mapped in advance (`MADV_POPULATE_READ`; before Linux 5.14 and on other systems
    /// `MADV_WILLNEED`, which only begins to read).
    ///
    /// For files that fit in memory, so that lookups wait neither for the disk nor for a page to be mapped. Mapping then takes
    /// as long as reading the file.
    #[must_use]
    pub const fn populate(mut self, populate: bool) -> Self {
        self.populate = populate;
        self
    }

    /// Whether the file is read and mapped in huge pages, 2 MiB on most machines (`MADV_HUGEPAGE`, only on Linux).
    ///
    /// Useful together with [`populate`](Self::populate): lookups in huge pages seldom wait for the page tables. Without it, a
    /// lookup in a missing page reads 2 MiB. Bytes that are already in the cache stay in their pages. Most file systems do not
    /// support huge pages; ext4 does on Linux 6.18, but not on older kernels.
    #[must_use]
    pub const fn huge_pages(mut self, huge_pages: bool) -> Self {
        self.huge_pages = huge_pages;
        self
    }

    /// Gives the advice. A refusal by the system is not an error: the mapping exists, and shows the same bytes.
    #[cfg(unix)]
    pub(super) fn advise(self, map: &Mmap) {
        use memmap2::Advice;

        if map.is_empty() {
            return;
        }
        // The order matters: huge pages have to be requested before any are read, and after advice for random reads, populating
        // would read pages one by one.
        #[cfg(target_os = "linux")]
        if self.huge_pages {
            _ = map.advise(Advice::HugePage);
        }
        if self.populate {
            #[cfg(target_os = "linux")]
            let populated = map.advise(Advice::PopulateRead).is_ok();
            #[cfg(not(target_os = "linux"))]
            let populated = false;
            if !populated {
                _ = map.advise(Advice::WillNeed);
            }
        }
        if self.random {
            _ = map.advise(Advice::Random);
        }
    }

    #[cfg(not(unix))]
    pub(super) fn advise(self, _: &Mmap) {}
}
