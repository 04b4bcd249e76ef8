//! The current massmap, both formats.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use massmap::{
    ChecksumPolicy, FormatVersion, LendingReader, MappedFile, MappedFileOptions, MassMap, MassMapBuilder,
    MassMapReader,
};
use rayon::prelude::*;

use super::buckets::{Buckets, bucket_count, mean_length};
use crate::data::Entries;
use crate::data::answers::{answer, weighted};
use crate::data::field::Field;
use crate::stores::interface::{Cache, Open, Shared, SharedStore, Store};

pub(crate) const MAPPED_PAGES: &str = "pages of 4 KiB, in runs of up to 8 for entries of 1 KiB or more; par_build_to_path with a memory limit of 2 GiB, or \
     build_to_path for less than 100,000 entries, both synced; MappedFile, borrowed values, checksums checked at the first read of \
     each page; random-access advice when not cached";
pub(crate) const READ_PAGES: &str = "the same file; one pread per lookup, checksums checked each time; when not cached, O_DIRECT if the file system \
     supports it, and batches through io_uring with 128 reads in flight";
pub(crate) const MAPPED_FILTERED: &str = "as massmap v2, mapped, with a miss filter";
pub(crate) const READ_FILTERED: &str = "as massmap v2, File, with a miss filter";
pub(crate) const MAPPED_BUCKETS: &str = "buckets of about 16 entries or 4 KiB, whichever is less; par_build_to_path with a memory limit of 2 GiB, or \
     build_to_path for less than 100,000 entries, both synced; MappedFile, borrowed values; random-access advice when not cached";
pub(crate) const READ_BUCKETS: &str = "the same file; one pread per lookup";

/// Memory limit of builds. Data sets of the default size need less, and so no temporary files.
const MEMORY_LIMIT: usize = 2 << 30;

/// Least number of entries for which a parallel build is faster.
const LEAST_FOR_PARALLEL: u64 = 100_000;

/// Layout of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Format 2.
    Pages { filter: bool },
    /// Format 1.
    Buckets,
}

/// How the file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backend {
    /// Mapped into memory. Checksums are checked at the first read of each page.
    Mapped,
    /// Read with one system call per lookup. Checksums are checked each time. Uncached, format 2 uses direct I/O, and io_uring for
    /// batches.
    File,
}

pub(crate) struct Ours {
    pub(crate) layout: Layout,
    pub(crate) backend: Backend,
}

impl<K: Field, V: Field> Store<K, V> for Ours {
    fn build(&self, entries: &Entries<K, V>, directory: &Path) -> io::Result<()> {
        let builder = MassMapBuilder::default().with_memory_limit(MEMORY_LIMIT);
        let builder = match self.layout {
            Layout::Pages { filter } => builder
                .with_format(FormatVersion::V2)
                .with_miss_filter(filter)
                .with_longest_run(if mean_length(entries) < 1024 { 1 } else { 8 }),
            Layout::Buckets => {
                let buckets = bucket_count(entries, Buckets::EntriesOrBytes(16, 4096));
                builder.with_bucket_count(buckets)
            }
        };
        if entries.count() < LEAST_FOR_PARALLEL {
            builder.build_to_path(file(directory), entries.list().iter())?;
        } else {
            builder.par_build_to_path(file(directory), entries.list().par_iter())?;
        }
        Ok(())
    }

    fn open(&self, _: &Entries<K, V>, directory: &Path, cache: Cache) -> io::Result<Box<dyn Open<K>>> {
        let path = file(directory);
        Ok(match (self.backend, cache) {
            (Backend::Mapped, cache) => {
                let map = load::<K, V, _>(map_file(&path, cache)?)?;
                Box::new(SharedStore(Borrowing(
                    map.with_checksum_policy(ChecksumPolicy::FirstRead),
                )))
            }
            #[cfg(target_os = "linux")]
            (Backend::File, Cache::Cold) if self.layout != Layout::Buckets => {
                match massmap::DirectFile::open(&path) {
                    Ok(file) => {
                        let file = massmap::UringFile::new(file).with_depth(128);
                        Box::new(SharedStore(Decoding::new(load::<K, V, _>(file)?, true)))
                    }
                    // Not all file systems support direct I/O.
                    Err(_) => {
                        let file = massmap::UringFile::new(File::open(&path)?).with_depth(128);
                        Box::new(SharedStore(Decoding::new(load::<K, V, _>(file)?, false)))
                    }
                }
            }
            (Backend::File, _) => {
                let map = load::<K, V, _>(File::open(&path)?)?;
                Box::new(SharedStore(Decoding::new(map, false)))
            }
        })
    }
}

fn file(directory: &Path) -> PathBuf {
    directory.join("data.massmap")
}

fn load<K: Field, V: Field, R: MassMapReader>(reader: R) -> io::Result<MassMap<K, V, R>> {
    MassMap::load(reader)
}

fn map_file(path: &Path, cache: Cache) -> io::Result<MappedFile> {
    let options = MappedFileOptions::new();
    let options = match cache {
        Cache::Warm => options,
        Cache::Cold => options.random(true),
    };
    #[expect(unsafe_code, reason = "maps a file")]
    // SAFETY: the file was complete when it was renamed, and is not written to any more.
    unsafe {
        options.open(path)
    }
}

/// A map whose values can be borrowed.
struct Borrowing<K, V, R: MassMapReader>(MassMap<K, V, R>);

impl<K: Field, V: Field, R: LendingReader + Sync> Shared<K> for Borrowing<K, V, R> {
    fn look_up(&self, key: &K) -> io::Result<Option<u64>> {
        Ok(self.0.get_ref(key)?.map(V::digest_borrowed))
    }

    fn look_up_batch(&self, keys: &[K]) -> io::Result<u64> {
        let mut sum = 0u64;
        self.0.batch_get_ref::<K, V::Borrowed<'_>>(keys, |place, value| {
            let digest = value.map(V::digest_borrowed);
            sum = sum.wrapping_add(weighted(place, answer(digest)));
            Ok(())
        })?;
        Ok(sum)
    }
}

/// A map that decodes values from its read buffer.
struct Decoding<K, V, R: MassMapReader> {
    map: MassMap<K, V, R>,
    is_direct: bool,
}

impl<K, V, R: MassMapReader> Decoding<K, V, R> {
    fn new(map: MassMap<K, V, R>, is_direct: bool) -> Self {
        Self { map, is_direct }
    }
}

impl<K: Field, V: Field, R: MassMapReader + Sync> Shared<K> for Decoding<K, V, R> {
    fn look_up(&self, key: &K) -> io::Result<Option<u64>> {
        self.map.get_with(key, digest_encoded::<V>)?.transpose()
    }

    fn is_direct(&self) -> bool {
        self.is_direct
    }

    fn look_up_batch(&self, keys: &[K]) -> io::Result<u64> {
        let mut sum = 0u64;
        self.map.batch_get_with::<K>(keys, |place, value| {
            let digest = value.map(digest_encoded::<V>).transpose()?;
            sum = sum.wrapping_add(weighted(place, answer(digest)));
            Ok(())
        })?;
        Ok(sum)
    }
}

fn digest_encoded<V: Field>(value: &[u8]) -> io::Result<u64> {
    let value = rmp_serde::from_slice(value).map_err(io::Error::other)?;
    Ok(V::digest_borrowed(value))
}
