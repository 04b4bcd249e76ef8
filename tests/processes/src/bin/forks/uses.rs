//! Uses of massmap in parents and children.

use std::fs::File;
use std::io::{Error, Result};
use std::path::PathBuf;

use massmap::{
    DuplicateKeys, FilePool, FormatVersion, MassMap, MassMapBuilder, MassMapMerger, MemoryWriter, PooledFile,
    UringFile,
};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use tempfile::TempDir;

use crate::process::in_child;

/// So many that builds with little memory pass several batches to other threads.
const COUNT: u64 = 10_000;

const SHARDS: u32 = 2;

const FORMATS: [FormatVersion; 2] = [FormatVersion::V1, FormatVersion::V2];

pub(crate) type PooledMap = MassMap<u64, u64, PooledFile>;

/// Files to use.
pub(crate) struct Uses {
    directory: TempDir,
}

fn entries() -> impl Iterator<Item = (u64, u64)> {
    (0..COUNT).map(|number| (number, number))
}

/// Entries that exceed the memory limit, so that the build uses other threads.
fn builder(format: FormatVersion) -> MassMapBuilder {
    let builder = MassMapBuilder::default()
        .with_format(format)
        .with_memory_limit(1 << 20);
    match format {
        FormatVersion::V1 => builder.with_bucket_count(1000),
        _ => builder.with_duplicate_keys(DuplicateKeys::Error),
    }
}

fn merger() -> MassMapMerger {
    MassMapMerger::default().with_memory_limit(1 << 20)
}

fn check(writer: MemoryWriter, format: FormatVersion) -> Result<()> {
    let map = MassMap::<u64, u64, _>::load(writer.into_reader())?;
    assert_eq!((map.format(), map.len()), (format, COUNT));
    for key in [0, 1, COUNT / 2, COUNT - 1] {
        assert_eq!(map.get(&key)?, Some(key));
    }
    Ok(())
}

impl Uses {
    /// Creates the files in a child, so that this process has not used massmap yet.
    pub(crate) fn new() -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let uses = Self { directory };
        in_child(|| {
            for format in FORMATS {
                for index in 0..SHARDS {
                    let builder = builder(format).with_shard(index, SHARDS);
                    builder.build_to_path(uses.shard(format, index), entries())?;
                }
            }
            builder(FormatVersion::V2).build_to_path(uses.path(), entries())?;
            Ok(())
        })?;
        Ok(uses)
    }

    /// A map of format 2 with all entries.
    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("map")
    }

    fn shard(&self, format: FormatVersion, index: u32) -> PathBuf {
        self.directory.path().join(format!("{format:?}-{index}"))
    }

    /// The file of the map, through a pool.
    pub(crate) fn pooled(&self) -> Result<PooledFile> {
        FilePool::new(1).open(self.path())
    }

    pub(crate) fn build_one(&self) -> Result<()> {
        for format in FORMATS {
            for builder in [builder(format), builder(format).with_threads(4)] {
                let writer = MemoryWriter::new();
                builder.build(&writer, [(1u64, 2u64)].iter())?;
                let map = MassMap::<u64, u64, _>::load(writer.into_reader())?;
                assert_eq!(map.get(&1)?, Some(2));
            }
        }
        Ok(())
    }

    pub(crate) fn build(&self) -> Result<()> {
        for format in FORMATS {
            let writer = MemoryWriter::new();
            builder(format).build(&writer, entries())?;
            check(writer, format)?;
        }
        Ok(())
    }

    pub(crate) fn build_with_threads(&self) -> Result<()> {
        for format in FORMATS {
            let writer = MemoryWriter::new();
            builder(format).with_threads(2).build(&writer, entries())?;
            check(writer, format)?;
        }
        Ok(())
    }

    pub(crate) fn build_in_parallel(&self) -> Result<()> {
        for format in FORMATS {
            let entries = || (0..COUNT).into_par_iter().map(|number| (number, number));
            let writer = MemoryWriter::new();
            builder(format).par_build(&writer, entries())?;
            check(writer, format)?;
            let path = self
                .directory
                .path()
                .join(format!("built-by-{}", std::process::id()));
            builder(format).par_build_to_path(&path, entries())?;
            std::fs::remove_file(path)?;
        }
        Ok(())
    }

    /// Merges within each format and between them.
    pub(crate) fn merge(&self) -> Result<()> {
        for from in FORMATS {
            for to in FORMATS {
                let maps = (0..SHARDS).map(|index| {
                    let file = File::open(self.shard(from, index))?;
                    MassMap::<u64, u64, _>::load(file)
                });
                let writer = MemoryWriter::new();
                merger()
                    .with_format(to)
                    .merge(&writer, maps.collect::<Result<Vec<_>>>()?)?;
                check(writer, to)?;
            }
        }
        Ok(())
    }

    pub(crate) fn iterate_in_parallel(&self) -> Result<()> {
        for format in FORMATS {
            let mut sum = 0;
            for index in 0..SHARDS {
                let file = File::open(self.shard(format, index))?;
                let map = MassMap::<u64, u64, _>::load(file)?;
                sum += map.par_iter().map(|entry| Ok(entry?.1)).sum::<Result<u64>>()?;
            }
            assert_eq!(sum, COUNT * (COUNT - 1) / 2);
        }
        Ok(())
    }

    /// Batches with many reads in flight, if the system supports that, and through a pool of files.
    pub(crate) fn look_up(&self) -> Result<()> {
        let keys: Vec<u64> = (0..1000).collect();
        let ring = MassMap::<u64, u64, _>::load(UringFile::new(File::open(self.path())?))?;
        assert!(
            ring.batch_get(&keys)?
                .into_iter()
                .eq(keys.iter().copied().map(Some))
        );
        let pooled = MassMap::<u64, u64, _>::load(self.pooled()?)?;
        assert!(
            pooled
                .batch_get(&keys)?
                .into_iter()
                .eq(keys.iter().copied().map(Some))
        );
        Ok(())
    }

    pub(crate) fn everything(&self) -> Result<()> {
        for (what, done) in [
            ("one entry", self.build_one()),
            ("a build", self.build()),
            ("a build with threads", self.build_with_threads()),
            ("merges", self.merge()),
            ("parallel builds", self.build_in_parallel()),
            ("parallel iteration", self.iterate_in_parallel()),
            ("lookups", self.look_up()),
        ] {
            done.map_err(|error| Error::new(error.kind(), format!("{what}: {error:?}")))?;
        }
        Ok(())
    }
}
