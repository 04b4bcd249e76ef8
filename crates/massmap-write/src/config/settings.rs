//! Settings of builders and mergers.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::{io, mem};

use massmap_format::{
    DuplicateKeys, EntryTypes, FormatError, FormatVersion, MAX_PAGE_SIZE, MIN_PAGE_SIZE, PagedHeader,
    PagedMetadata,
};
use massmap_io::AtomicFile;

use super::compression::{Compression, Zstd};
use super::shard::Shard;
use super::sort_order::SortOrder;
use crate::entry::Totals;
use crate::error::WriteError;
use crate::resources::{Memory, ProgressCallback, Resources, TemporaryFiles, Threads};

/// Default size of the write buffer, in bytes.
const DEFAULT_BUFFER_SIZE: usize = 16 << 20;

/// The largest write buffer for a file at a path, in bytes. A larger one makes calls no cheaper, but its content has left the
/// processor's caches when it is written. What is longer is written without a copy, such as the pages of most partitions.
const MAX_FILE_BUFFER_SIZE: usize = 256 << 10;

/// Default number of buckets.
const DEFAULT_BUCKET_COUNT: u64 = 1024;

/// Settings of a builder or a merger; `None` where not set.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) writer_buffer_size: usize,
    pub(crate) bucket_size_limit: Option<u32>,
    pub(crate) format: Option<FormatVersion>,
    pub(crate) buckets: Option<Buckets>,
    pub(crate) page_size: Option<u32>,
    pub(crate) longest_run: Option<u32>,
    pub(crate) duplicate_keys: Option<DuplicateKeys>,
    pub(crate) user_metadata: BTreeMap<String, String>,
    pub(crate) type_names: Option<bool>,
    pub(crate) miss_filter: Option<bool>,
    pub(crate) compression: Option<Compression>,
    pub(crate) memory_limit: Option<usize>,
    pub(crate) spill_dir: Option<PathBuf>,
    pub(crate) threads: Option<usize>,
    pub(crate) shard: Option<Shard>,
    pub(crate) build_id: Option<[u8; 16]>,
    /// What entries may be besides those that there are.
    pub(crate) entry_types: Option<EntryTypes>,
    pub(crate) progress: ProgressCallback,
}

/// How the number of buckets of a file of format 1 is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Buckets {
    Count(u64),
    /// So that buckets have this average length, in bytes.
    OfBytes(u32),
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            writer_buffer_size: DEFAULT_BUFFER_SIZE,
            bucket_size_limit: None,
            format: None,
            buckets: None,
            page_size: None,
            longest_run: None,
            duplicate_keys: None,
            user_metadata: BTreeMap::new(),
            type_names: None,
            miss_filter: None,
            compression: None,
            memory_limit: None,
            spill_dir: None,
            threads: None,
            shard: None,
            build_id: None,
            entry_types: None,
            progress: ProgressCallback::default(),
        }
    }
}

impl Settings {
    pub(crate) fn format(&self) -> FormatVersion {
        self.format.unwrap_or(FormatVersion::V1)
    }

    pub(crate) fn buckets(&self) -> Buckets {
        self.buckets.unwrap_or(Buckets::Count(DEFAULT_BUCKET_COUNT))
    }

    /// The largest length of a bucket, in bytes.
    pub(crate) fn bucket_size_limit(&self) -> u32 {
        self.bucket_size_limit.unwrap_or(u32::MAX)
    }

    /// What entries are sorted by while they are collected.
    pub(crate) fn sort_order(&self) -> SortOrder {
        match (self.format(), self.buckets()) {
            (FormatVersion::V2, _) => SortOrder::SpreadHash,
            (_, Buckets::Count(count)) => {
                SortOrder::Bucket(NonZeroU64::new(count).expect("the settings were checked"))
            }
            (_, Buckets::OfBytes(_)) => SortOrder::Hash,
        }
    }

    /// The lowest and the highest sort key that entries may have, and the number of partitions to divide these into.
    pub(crate) fn bounds(&self, memory: Memory) -> ((u64, u64), usize) {
        let order = self.sort_order();
        let bounds = match self.shard {
            Some(shard) => shard.bounds(order),
            None => (0, order.last()),
        };
        match order {
            // Divided when the number of buckets is known.
            SortOrder::Hash => (bounds, 1),
            _ => (bounds, memory.partitions()),
        }
    }

    /// Memory, threads and temporary files.
    pub(crate) fn resources(&self) -> Resources {
        Resources {
            memory: Memory::new(self.memory_limit),
            threads: Threads::new(self.threads),
            files: TemporaryFiles {
                directory: self.spill_dir.clone(),
            },
        }
    }

    /// Adapts the settings to `file`: unless set, spills go to its directory. Progress shows that the file is in use.
    pub(crate) fn adapt_to(&mut self, file: &AtomicFile) -> io::Result<()> {
        self.spill_dir.get_or_insert_with(|| file.directory().to_owned());
        self.writer_buffer_size = self.writer_buffer_size.min(MAX_FILE_BUFFER_SIZE);
        let heartbeat = file.heartbeat()?;
        self.progress = mem::take(&mut self.progress).and(move || heartbeat.beat());
        Ok(())
    }

    /// Widens what the entries with these totals are by what they may be besides. Of a file without entries, nothing is said.
    pub(crate) fn widen_types(&self, totals: &mut Totals) {
        if let Some(types) = self.entry_types.as_ref().filter(|_| totals.entry_count > 0) {
            totals.join_types(types);
        }
    }

    pub(crate) fn longest_run(&self) -> u32 {
        self.longest_run.unwrap_or(1)
    }

    /// Whether a file of format 2 gets the names of its types.
    pub(crate) fn type_names(&self) -> bool {
        self.type_names.unwrap_or(false)
    }

    pub(crate) fn miss_filter(&self) -> bool {
        self.miss_filter.unwrap_or(false)
    }

    /// How to compress values, if at all.
    pub(crate) fn compression(&self) -> Option<&Zstd> {
        self.compression.as_ref().and_then(Compression::as_zstd)
    }

    pub(crate) fn duplicate_keys(&self) -> DuplicateKeys {
        self.duplicate_keys.unwrap_or(match self.format() {
            FormatVersion::V2 => DuplicateKeys::Error,
            _ => DuplicateKeys::KeepAll,
        })
    }

    /// Refuses settings that no file can have.
    pub(crate) fn check(&self) -> io::Result<()> {
        if let Some(Shard { index, count }) = self.shard.filter(|shard| shard.index >= shard.count) {
            return Err(WriteError::NoSuchShard { index, count }.into());
        }
        self.check_format()?;
        if self.format() == FormatVersion::V2 {
            let is_possible =
                |size: &u32| size.is_power_of_two() && (MIN_PAGE_SIZE..=MAX_PAGE_SIZE).contains(size);
            if let Some(page_size) = self.page_size.filter(|size| !is_possible(size)) {
                return Err(WriteError::PageSize { page_size }.into());
            }
            // All metadata are checked when they are encoded. User metadata, which may be far too long, are checked before all work.
            let user = self.user_metadata.iter();
            PagedMetadata::check_length(user.map(|(name, value)| (name.len() + value.len()) as u64).sum())?;
            self.compression().map_or(Ok(()), Zstd::check)?;
            let pages = self.longest_run();
            return match (1..=PagedHeader::MAX_SHARED_RUN).contains(&pages) {
                true => Ok(()),
                false => Err(WriteError::LongestRun { pages }.into()),
            };
        }
        match self.buckets() {
            Buckets::Count(0) => Err(WriteError::ZeroBuckets.into()),
            Buckets::Count(bucket_count) if bucket_count > u32::MAX.into() => {
                Err(FormatError::TooManyBuckets { bucket_count }.into())
            }
            Buckets::Count(_) => Ok(()),
            Buckets::OfBytes(0) => Err(WriteError::ZeroBucketBytes.into()),
            // Shards would choose different numbers of buckets.
            Buckets::OfBytes(_) if self.shard.is_some() => Err(WriteError::ShardWithoutBucketCount.into()),
            Buckets::OfBytes(_) => Ok(()),
        }
    }

    /// Refuses settings that the format has no place for. They are not ignored, since the caller counts on them.
    fn check_format(&self) -> Result<(), WriteError> {
        let given = |settings: &[(bool, &'static str)]| {
            let mut given = settings.iter().filter(|(is_given, _)| *is_given);
            given.next().map(|&(_, what)| what)
        };
        match self.format() {
            FormatVersion::V2 => {
                let what = given(&[
                    (
                        matches!(self.buckets, Some(Buckets::Count(_))),
                        "number of buckets",
                    ),
                    (
                        matches!(self.buckets, Some(Buckets::OfBytes(_))),
                        "size of buckets",
                    ),
                    (self.bucket_size_limit.is_some(), "limit on the size of buckets"),
                ]);
                what.map_or(Ok(()), |what| Err(WriteError::NotInFormat2 { what }))
            }
            _ => {
                let what = given(&[
                    (self.page_size.is_some(), "page size"),
                    (self.longest_run.is_some(), "runs of pages"),
                    // `false` is allowed: files of format 1 have none.
                    (self.miss_filter(), "miss filter"),
                    // `none` is allowed.
                    (self.compression().is_some(), "compression of values"),
                    (!self.user_metadata.is_empty(), "place for user metadata"),
                    (
                        self.type_names == Some(false),
                        "way to leave out the names of types",
                    ),
                    (self.build_id.is_some(), "place for a build id"),
                    (self.entry_types.is_some(), "place for what keys and values are"),
                ]);
                what.map_or(Ok(()), |what| Err(WriteError::NotInFormat1 { what }))
            }
        }
    }
}
