//! Building to a file, to the point where it is on disk.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;
use std::process;
use std::time::Instant;

use massmap::{FormatVersion, MassMap, MassMapBuilder};
use massmap_benches::stores::{Raw, lmdb as lmdb_file};
use massmap_benches::{Arrangement, Buckets, Dataset, data_directory, is_wanted};

use crate::report::{Built, Contest};
use crate::{AMPLE, cdb, lmdb};

/// How this crate is asked to build.
#[derive(Clone, Copy)]
enum Way {
    InMemory,
    Parallel,
    Spilling,
}

impl Way {
    const ALL: [Self; 3] = [Self::InMemory, Self::Parallel, Self::Spilling];

    fn name(self) -> &'static str {
        match self {
            Self::InMemory => "in memory",
            Self::Parallel => "in memory, par_build",
            Self::Spilling => "spilling",
        }
    }

    fn build<D: Dataset>(
        self,
        builder: MassMapBuilder,
        path: &Path,
        data: &[(D::Key, D::Value)],
    ) -> io::Result<()> {
        match self {
            Self::InMemory => builder.with_memory_limit(AMPLE).build_to_path(path, data.iter()),
            Self::Parallel => builder.with_memory_limit(AMPLE).par_build_to_path(path, data),
            Self::Spilling => builder
                .with_memory_limit(spilling_limit::<D>(data.len()))
                .build_to_path(path, data.iter()),
        }
        .map(drop)
    }
}

/// A limit with which most entries are spilled. About three eighths of the limit are at once, so that a quarter of what
/// entries take makes ten runs; at full scale there are more.
fn spilling_limit<D: Dataset>(entries: usize) -> usize {
    // Waiting, an entry has its order and its lengths beside it, and no array around it.
    let size = entries * (16 + D::ENTRY_LENGTH as usize - 1);
    (size / 4).min(64 << 20)
}

pub(crate) fn bench<D>(data: &[(D::Key, D::Value)], entries_a_bucket: u64) -> io::Result<()>
where
    D: Dataset<Key: Raw, Value: Raw>,
{
    let title = format!("{} to a file", D::NAME);
    if !is_wanted(&title) {
        return Ok(());
    }
    let directory = data_directory()?;
    let name = format!("build-{}-{}", D::NAME, process::id());
    // Built anew each time.
    let target = directory.join(format!("{name}.incomplete"));
    let target = target.as_path();
    let buckets = Buckets::OfEntries(entries_a_bucket);
    let arrangements = [
        (FormatVersion::V1, Arrangement::from(buckets)),
        (
            FormatVersion::V2,
            Arrangement::Pages {
                size: 4096,
                filter: false,
            },
        ),
    ];
    let mut originals = Vec::new();
    let count = data.len() as u64;
    for (format, arrangement) in arrangements {
        // What all files have to be like, and what is copied.
        let original = directory.join(format!("{name}-{format:?}.incomplete"));
        arrangement
            .builder::<D>(count)
            .build_to_path(&original, data.iter())?;
        let expected = fs::read(&original)?;
        for way in Way::ALL {
            way.build::<D>(arrangement.builder::<D>(count), target, data)?;
            assert!(fs::read(target)? == expected, "{} gives other bytes", way.name());
            fs::remove_file(target)?;
        }
        originals.push(original);
    }

    let sorted = lmdb_file::sorted(data);
    let mut contest = Contest::new(title, data.len());
    for ((format, _), original) in arrangements.iter().zip(&originals) {
        contest.add_baseline(format!("cp of {format:?}"), move || copy(original, target));
    }
    for (format, arrangement) in arrangements {
        for way in Way::ALL {
            contest.add(format!("{format:?}, {}", way.name()), move || {
                let start = Instant::now();
                way.build::<D>(arrangement.builder::<D>(count), target, data)?;
                finish::<D>(target, data, start)
            });
        }
    }
    contest.add_slow("cdb64", || cdb::build(target, data));
    contest.add("cdb64, buffered", || cdb::build_buffered(target, data));
    contest.add("LMDB", || lmdb::build(target, data));
    contest.add("LMDB, sorted beforehand", || {
        lmdb::build_sorted::<D::Key, D::Value>(target, &sorted)
    });
    contest.run();
    originals.iter().try_for_each(fs::remove_file)
}

fn finish<D: Dataset>(path: &Path, data: &[(D::Key, D::Value)], start: Instant) -> io::Result<Built> {
    let took = start.elapsed();
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    let map: MassMap<D::Key, D::Value, _> = MassMap::load(file)?;
    for (key, value) in data.iter().take(100) {
        assert_eq!(map.get(key)?.as_ref(), Some(value));
    }
    fs::remove_file(path)?;
    Ok(Built { took, length })
}

/// Copies a file as `cp` does, and waits until it is on disk. Not with [`fs::copy`], which leaves it to the file system to
/// share the bytes between both files.
fn copy(from: &Path, to: &Path) -> io::Result<Built> {
    let start = Instant::now();
    let (mut source, mut target) = (File::open(from)?, File::create(to)?);
    let mut buffer = vec![0; 1 << 20];
    let mut length = 0;
    loop {
        let count = source.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        target.write_all(&buffer[..count])?;
        length += count as u64;
    }
    target.sync_all()?;
    let took = start.elapsed();
    fs::remove_file(to)?;
    Ok(Built { took, length })
}
