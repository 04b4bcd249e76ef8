//! Setters that builders and mergers have in common.

/// The setters that building and merging share. Their documentation stands where they are used.
macro_rules! shared_setters {
    () => {
        /// Sets the size of a page in bytes, a power of two from 512 to 1 MiB; 4096 unless set. Format 2 only; an error
        /// in format 1.
        ///
        /// A lookup reads one page. Entries are not cut, and a page can hold only whole ones: entries larger than about a
        /// quarter of a page leave some of each page empty, which larger pages make less of, and
        /// [runs of several](Self::with_longest_run) even less.
        pub fn with_page_size(mut self, page_size: u32) -> Self {
            self.settings.page_size = Some(page_size);
            self
        }

        /// Sets how many pages entries may share, from 1 to 16; 1 unless set. Format 2 only; an error in format 1.
        ///
        /// A lookup reads all pages that its entry shares with others. Where entries are of a quarter page and more, single
        /// pages leave much of the file empty: a quarter of it with entries of 1 to 4 KiB in pages of 4 KiB. With 8, the
        /// builder puts as many entries into one to eight pages as fill these best, and leaves 4 %; a lookup then reads four on
        /// average. Small entries fill single pages well.
        ///
        /// The file does not tell: merging has to be told again.
        pub fn with_longest_run(mut self, pages: u32) -> Self {
            self.settings.longest_run = Some(pages);
            self
        }

        /// Sets what to do with entries whose keys are equal, which means that they serialize to the same bytes.
        ///
        /// Unless set, format 1 keeps all of them and format 2 treats them as an error.
        pub fn with_duplicate_keys(mut self, duplicate_keys: massmap_format::DuplicateKeys) -> Self {
            self.settings.duplicate_keys = Some(duplicate_keys);
            self
        }

        /// Notes something about the map in its file, under a name; a second note with the same name replaces the first.
        /// Format 2 only; an error in format 1.
        pub fn with_user_metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            self.settings
                .user_metadata
                .insert(name.into(), value.into());
            self
        }

        /// Sets whether the file gets a filter that tells of most missing keys that they are missing, without a read.
        /// Format 2 only; to ask for one is an error in format 1.
        ///
        /// Takes about 9 bits a key, in the file and in the memory of each process that opens it, and catches 99.6 % of
        /// missing keys. Making it takes memory of its own, see [`with_memory_limit`](Self::with_memory_limit).
        pub fn with_miss_filter(mut self, value: bool) -> Self {
            self.settings.miss_filter = Some(value);
            self
        }

        /// Sets how many bytes of memory this may take, about; 512 MiB unless set, and never less than 64 KiB.
        ///
        /// Entries that do not fit are kept in temporary files, see [`with_spill_dir`](Self::with_spill_dir). Beyond the
        /// limit come the write buffer, a single entry that is larger (in a parallel build one a thread), the pages that entries may
        /// [share](Self::with_longest_run), and with a miss
        /// filter about 30 bytes a key, but not more than about 32 MiB: filters of more than a million keys are made in parts,
        /// one after the other. (A part is for a range of hashes. Only a hash function made to crowd millions of different
        /// hashes into it can make it larger; keys with equal hashes count once.)
        pub fn with_memory_limit(mut self, bytes: usize) -> Self {
            self.settings.memory_limit = Some(bytes);
            self
        }

        /// Sets the directory for temporary files; unless set, the target's if it is named by a path, otherwise the system's.
        ///
        /// These have no name, or lose it at once: nothing is left of them, however the program ends. They take about as
        /// much space as the file to be written.
        pub fn with_spill_dir(mut self, path: impl Into<std::path::PathBuf>) -> Self {
            self.settings.spill_dir = Some(path.into());
            self
        }

        /// Sets how many threads work, beside the one that takes the entries; unless set, or with 0, those that the whole
        /// program shares through rayon. With 1 that thread does everything (a parallel iterator still runs on a thread of its
        /// own), and so it does with few entries, up to 4 MiB of them or a 32nd of the memory limit. More than 256 are taken for
        /// 256.
        ///
        /// In a process that was forked from one in which rayon's threads had been started, these are not there: a pool of as
        /// many threads is started in their place, once for each such process. Where the system starts no threads, the one that
        /// takes the entries does everything, unless a number is set: then that is an error.
        ///
        /// On a thread of a rayon pool, unless a number is set, that thread does everything, and parallel iterators use its
        /// pool: whoever builds several maps in parallel uses all threads already.
        ///
        /// The file has the same bytes whatever the number.
        pub fn with_threads(mut self, count: usize) -> Self {
            self.settings.threads = Some(count);
            self
        }

        /// Sets a function to be told of progress, many times a second while there is any.
        ///
        /// It is called by the threads that do the work and had better be quick.
        pub fn with_progress(
            mut self,
            observer: impl Fn(&$crate::resources::Progress) + Send + Sync + 'static,
        ) -> Self {
            self.settings.observer = $crate::resources::Observer::new(observer);
            self
        }
    };
}
pub(crate) use shared_setters;
