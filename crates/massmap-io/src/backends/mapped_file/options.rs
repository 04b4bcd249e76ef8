//! How a file is mapped.

use memmap2::Mmap;

/// How a file is mapped: what the system is told about the reads to come.
///
/// All of it is advice. A system that does not know it, or refuses it, maps the file all the same; outside of Unix, all of it
/// does nothing. Advice is about bytes that are not in the page cache yet: lookups in those that are take the
/// same time with any, once each page is mapped.
///
/// Without advice, a lookup in a page that is missing reads those around it as well, 128 KiB where nothing else is set. That is
/// right for files that memory can hold, even if lookups are random: the whole file soon is in the cache.
///
/// ```
/// use massmap_io::{LendingReader, MappedFileOptions};
///
/// # let directory = tempfile::tempdir()?;
/// let path = directory.path().join("greeting");
/// std::fs::write(&path, "hello world")?;
///
/// // SAFETY: nobody else knows the directory, and nothing here writes the file again.
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

    /// Whether a page that is missing from the cache is read alone, rather than with those around it (`MADV_RANDOM`).
    ///
    /// For files larger than the memory that is free for them, where the pages around would only drive others out. In a file that
    /// fits, in contrast, each page is waited for once, rather than once for all of 128 KiB.
    #[must_use]
    pub const fn random(mut self, random: bool) -> Self {
        self.random = random;
        self
    }

    /// Whether all of the file is read and mapped at once, before the map is there (`MADV_POPULATE_READ`; before Linux 5.14
    /// and elsewhere `MADV_WILLNEED`, which only begins to read).
    ///
    /// For files that fit in memory, where no lookup is to wait for the disk, nor for a page to be mapped. Mapping takes as long
    /// as reading the file does.
    #[must_use]
    pub const fn populate(mut self, populate: bool) -> Self {
        self.populate = populate;
        self
    }

    /// Whether the file is read and mapped in huge pages, 2 MiB on most machines (`MADV_HUGEPAGE`, only on Linux).
    ///
    /// Of use together with [`populate`](Self::populate): a lookup in a huge page seldom waits for the page tables. Without, a
    /// lookup in a page that is missing reads 2 MiB. Bytes that are in the cache already stay in the pages that they are in, and
    /// most file systems know no huge pages: what Linux 6.18 makes of it on ext4, older kernels refuse.
    #[must_use]
    pub const fn huge_pages(mut self, huge_pages: bool) -> Self {
        self.huge_pages = huge_pages;
        self
    }

    /// Gives the advice. What the system refuses of it is no error: the map is there, and shows the same bytes.
    #[cfg(unix)]
    pub(super) fn advise(self, map: &Mmap) {
        use memmap2::Advice;

        if map.is_empty() {
            return;
        }
        // In this order: the pages to come are to be huge, and would be read one by one if reads were said to be random.
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
