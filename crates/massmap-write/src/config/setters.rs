//! Setters that builders and mergers share.

/// Setters of builders and mergers. Their documentation appears with the type that uses them.
macro_rules! shared_setters {
    () => {
        /// Sets the size of a page in bytes, a power of two from 512 to 1 MiB. Unless set, it is 4096, or less for
        /// entries shorter than 16 bytes, and for maps that fit in one smaller page. Format 2 only; an error in format 1.
        ///
        /// A lookup reads one page. A page holds only whole entries: entries larger than about a quarter of a page leave some
        /// of each page empty. Larger pages reduce this waste, and [runs of several pages](Self::with_longest_run) even more.
        pub fn with_page_size(mut self, page_size: u32) -> Self {
            self.settings.page_size = Some(page_size);
            self
        }

        /// Sets the longest run of pages that entries may share, from 1 to 16 pages; 1 unless set. Format 2 only; an error in
        /// format 1.
        ///
        /// A lookup reads all pages of the run. With entries of a quarter page and more, single pages leave much of the file
        /// empty: a quarter of it with entries of 1 to 4 KiB in pages of 4 KiB. With 8, the builder forms runs of one to eight
        /// pages that the entries fill best, and 4 % stays empty; a lookup then reads four pages on average. Small entries fill
        /// single pages well.
        ///
        /// The file says so, and a merge takes the longest of its files unless it is told otherwise.
        pub fn with_longest_run(mut self, pages: u32) -> Self {
            self.settings.longest_run = Some(pages);
            self
        }

        /// Sets how to handle entries with equal keys. Keys are equal if they serialize to the same bytes.
        ///
        /// Unless set, format 1 keeps all of them, and in format 2 they are an error.
        pub fn with_duplicate_keys(mut self, duplicate_keys: massmap_format::DuplicateKeys) -> Self {
            self.settings.duplicate_keys = Some(duplicate_keys);
            self
        }

        /// Adds user metadata to the file: a value under a name. A second value of the same name replaces the first. Format 2 only;
        /// an error in format 1.
        pub fn with_user_metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            self.settings
                .user_metadata
                .insert(name.into(), value.into());
            self
        }

        /// Sets whether the file gets the names that Rust has for the types of keys and values; `false` unless set. Format 2 only:
        /// `false` is an error in format 1, whose files always have them.
        ///
        /// They are for people. What keys and values are is in the file anyway, as readers in any language understand it. The
        /// names may differ between compilers, and so may the bytes of files with them.
        pub fn with_type_names(mut self, value: bool) -> Self {
            self.settings.type_names = Some(value);
            self
        }

        /// Sets whether the file gets a miss filter, which recognizes most missing keys without a read. Format 2 only; `true` is an
        /// error in format 1.
        ///
        /// The filter takes about 10 bits a key in the file, and in the memory of each process that opens it otherwise than mapped,
        /// and recognizes 99.5 % of missing keys. Making it takes additional memory, see
        /// [`with_memory_limit`](Self::with_memory_limit).
        pub fn with_miss_filter(mut self, value: bool) -> Self {
            self.settings.miss_filter = Some(value);
            self
        }

        /// Sets how values are compressed; they are not unless this is set. Format 2 only; an error in format 1. Needs the feature
        /// `zstd`, as reading does.
        ///
        /// Lookups still read one page and decompress one value, which takes a microsecond or two. Entries of a fixed width, such as
        /// integers, are never compressed. A merge compresses as the first map says if all maps were built with compression,
        /// unless it is set.
        pub fn with_compression(mut self, compression: $crate::Compression) -> Self {
            self.settings.compression = Some(compression);
            self
        }

        /// Sets the approximate memory limit in bytes; 512 MiB unless set, and at least 64 KiB.
        ///
        /// Entries that do not fit go to temporary files, see [`with_spill_dir`](Self::with_spill_dir). The limit does not include
        /// the write buffer, a single entry that is larger (one a thread in a parallel build), the pages that entries may
        /// [share](Self::with_longest_run), up to 3 MiB for a miss filter, and for a dictionary to
        /// [compress](Self::with_compression) with some 10 MiB and 300 times its length.
        pub fn with_memory_limit(mut self, bytes: usize) -> Self {
            self.settings.memory_limit = Some(bytes);
            self
        }

        /// Sets the directory for temporary files. Unless set, it is the directory of the target if that is given by a path, and
        /// otherwise the system's directory for temporary files.
        ///
        /// The files have no name, or lose it at once: they are gone however the program ends. They take about as much space as
        /// the file to be written.
        pub fn with_spill_dir(mut self, path: impl Into<std::path::PathBuf>) -> Self {
            self.settings.spill_dir = Some(path.into());
            self
        }

        /// Sets the number of worker threads besides the one that takes the entries. Unless set, or with 0, the work goes to the
        /// threads that the whole program shares through rayon. With 1, the thread that takes the entries does everything (a
        /// parallel iterator still runs on a thread of its own), as it does with few entries: up to 4 MiB of them or a 32nd of the
        /// memory limit. The maximum is 256; larger numbers count as 256.
        ///
        /// In a process that was forked from one with rayon's threads, these are missing: a pool of as many threads is started
        /// instead, once for each such process. Where the system starts no threads, the thread that takes the entries does
        /// everything, unless a number is set: then it is an error.
        ///
        /// On a thread of a rayon pool, unless a number is set, that thread does everything, and parallel iterators use its
        /// pool: a program that builds several maps in parallel uses all threads already.
        ///
        /// The number does not change the bytes of the file.
        pub fn with_threads(mut self, count: usize) -> Self {
            self.settings.threads = Some(count);
            self
        }

        /// Sets a progress callback, which is called many times a second while work advances.
        ///
        /// The threads that do the work call it, so it must return quickly.
        pub fn with_progress(
            mut self,
            callback: impl Fn(&$crate::resources::Progress) + Send + Sync + 'static,
        ) -> Self {
            self.settings.progress.set(callback);
            self
        }

        /// Sets a flag that ends the work soon after it becomes `true`, with [`WriteError::Cancelled`](crate::WriteError::Cancelled). It is
        /// looked at as often as the [progress](Self::with_progress) is told.
        pub fn with_cancellation(mut self, cancelled: std::sync::Arc<std::sync::atomic::AtomicBool>) -> Self {
            self.settings.progress.set_cancellation(cancelled);
            self
        }
    };
}
pub(crate) use shared_setters;
