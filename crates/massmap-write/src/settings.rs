//! What files are to be like, for building and merging alike.

use std::collections::BTreeMap;
use std::io;

use massmap_format::{DuplicateKeys, FormatError, FormatVersion, MAX_PAGE_SIZE, MIN_PAGE_SIZE};

use crate::WriteError;

/// Size of the write buffer unless set, in bytes.
const DEFAULT_BUFFER_SIZE: usize = 16 << 20;

/// Size of a page unless set, in bytes: that of a page of memory, and the least that disks read.
const DEFAULT_PAGE_SIZE: u32 = 4096;

/// Number of buckets unless set.
const DEFAULT_BUCKET_COUNT: u64 = 1024;

/// Settings of a builder or a merger; `None` where nothing was set.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) writer_buffer_size: usize,
    pub(crate) bucket_size_limit: u32,
    pub(crate) format: Option<FormatVersion>,
    pub(crate) bucket_count: Option<u64>,
    pub(crate) page_size: Option<u32>,
    pub(crate) duplicate_keys: Option<DuplicateKeys>,
    pub(crate) user_metadata: BTreeMap<String, String>,
    pub(crate) miss_filter: Option<bool>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            writer_buffer_size: DEFAULT_BUFFER_SIZE,
            bucket_size_limit: u32::MAX,
            format: None,
            bucket_count: None,
            page_size: None,
            duplicate_keys: None,
            user_metadata: BTreeMap::new(),
            miss_filter: None,
        }
    }
}

impl Settings {
    pub(crate) fn format(&self) -> FormatVersion {
        self.format.unwrap_or(FormatVersion::V1)
    }

    pub(crate) fn bucket_count(&self) -> u64 {
        self.bucket_count.unwrap_or(DEFAULT_BUCKET_COUNT)
    }

    pub(crate) fn page_size(&self) -> u32 {
        self.page_size.unwrap_or(DEFAULT_PAGE_SIZE)
    }

    pub(crate) fn miss_filter(&self) -> bool {
        self.miss_filter.unwrap_or(false)
    }

    pub(crate) fn duplicate_keys(&self) -> DuplicateKeys {
        self.duplicate_keys.unwrap_or(match self.format() {
            FormatVersion::V2 => DuplicateKeys::Error,
            _ => DuplicateKeys::KeepAll,
        })
    }

    /// Refuses what no file can be like.
    pub(crate) fn check(&self) -> io::Result<()> {
        if self.format() == FormatVersion::V2 {
            let page_size = self.page_size();
            return match page_size.is_power_of_two() && (MIN_PAGE_SIZE..=MAX_PAGE_SIZE).contains(&page_size) {
                true => Ok(()),
                false => Err(WriteError::PageSize { page_size }.into()),
            };
        }
        if self.miss_filter() {
            return Err(WriteError::NotInFormat1 { what: "miss filter" }.into());
        }
        if !self.user_metadata.is_empty() {
            return Err(WriteError::NotInFormat1 {
                what: "place for user metadata",
            }
            .into());
        }
        match self.bucket_count() {
            0 => Err(WriteError::ZeroBuckets.into()),
            bucket_count if bucket_count > u32::MAX.into() => {
                Err(FormatError::TooManyBuckets { bucket_count }.into())
            }
            _ => Ok(()),
        }
    }
}

/// The setters that building and merging share. Their documentation stands where they are used.
macro_rules! shared_setters {
    () => {
        /// Sets the size of a page in bytes, a power of two from 512 to 1 MiB; 4096 unless set. Format 2 only.
        ///
        /// A lookup reads one page. Entries are not cut, and a page can hold only whole ones: entries larger than about a
        /// quarter of a page leave some of each page empty, which larger pages make less of.
        pub fn with_page_size(mut self, page_size: u32) -> Self {
            self.settings.page_size = Some(page_size);
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
        /// Format 2 only.
        pub fn with_user_metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            self.settings
                .user_metadata
                .insert(name.into(), value.into());
            self
        }

        /// Sets whether the file gets a filter that tells of most missing keys that they are missing, without a read.
        /// Format 2 only.
        ///
        /// Takes about 9 bits a key, in the file and in the memory of each process that opens it, and catches 99.6 % of
        /// missing keys.
        pub fn with_miss_filter(mut self, value: bool) -> Self {
            self.settings.miss_filter = Some(value);
            self
        }
    };
}
pub(crate) use shared_setters;
