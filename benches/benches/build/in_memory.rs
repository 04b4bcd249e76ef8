//! Building in memory.

use std::io;
use std::time::Instant;

use massmap::{FormatVersion, MassMapBuilder};
use massmap_benches::{Buckets, Dataset, Memory, is_wanted};

use crate::AMPLE;
use crate::report::{Built, Contest};

/// How this crate is asked to build.
#[derive(Clone, Copy)]
enum Way {
    Build,
    OneThread,
    Parallel,
}

impl Way {
    const ALL: [Self; 3] = [Self::Build, Self::OneThread, Self::Parallel];

    fn name(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::OneThread => "build, 1 thread",
            Self::Parallel => "par_build",
        }
    }

    fn build<D: Dataset>(
        self,
        builder: &MassMapBuilder,
        memory: &Memory,
        data: &[(D::Key, D::Value)],
    ) -> io::Result<()> {
        // Everything stays in memory, as with massmap 0.1.5.
        let builder = builder.clone().with_memory_limit(AMPLE);
        match self {
            Self::Build => builder.build(memory, data.iter()),
            Self::OneThread => builder.with_threads(1).build(memory, data.iter()),
            Self::Parallel => builder.par_build(memory, data),
        }
        .map(drop)
    }
}

pub(crate) fn bench<D: Dataset>(data: &[(D::Key, D::Value)], entries_a_bucket: &[u64]) -> io::Result<()> {
    let title = format!("{} in memory", D::NAME);
    if !is_wanted(&title) {
        return Ok(());
    }
    // The same for all, and large enough after the first builds: growing the target is no part of a build.
    let memory = Memory::default();
    let memory = &memory;
    let mut contest = Contest::new(title, data.len());
    for &entries in entries_a_bucket {
        let buckets = Buckets::OfEntries(entries);
        let count = buckets.count::<D>(data.len() as u64);
        let theirs = move || build_0_1_5::<D>(count, memory, data);
        theirs()?;
        let builder = MassMapBuilder::default().with_bucket_count(count);
        check::<D>(&builder, memory, data, memory.take_copy())?;

        let name = buckets.name();
        contest.add_baseline(format!("0.1.5, {name}"), move || timed(memory, theirs));
        for way in Way::ALL {
            let builder = builder.clone();
            contest.add(format!("format 1, {name}, {}", way.name()), move || {
                timed(memory, || way.build::<D>(&builder, memory, data))
            });
        }
    }

    let builder = MassMapBuilder::default().with_format(FormatVersion::V2);
    Way::Build.build::<D>(&builder, memory, data)?;
    check::<D>(&builder, memory, data, memory.take_copy())?;
    for way in Way::ALL {
        let builder = builder.clone();
        contest.add(format!("format 2, {}", way.name()), move || {
            timed(memory, || way.build::<D>(&builder, memory, data))
        });
    }
    contest.run();
    Ok(())
}

/// Checks that all ways give the same bytes, before anyone asks how fast they do.
fn check<D: Dataset>(
    builder: &MassMapBuilder,
    memory: &Memory,
    data: &[(D::Key, D::Value)],
    expected: Vec<u8>,
) -> io::Result<()> {
    for way in Way::ALL {
        way.build::<D>(builder, memory, data)?;
        assert!(memory.take_copy() == expected, "{} gives other bytes", way.name());
    }
    Ok(())
}

fn build_0_1_5<D: Dataset>(buckets: u64, memory: &Memory, data: &[(D::Key, D::Value)]) -> io::Result<()> {
    massmap_0_1_5::MassMapBuilder::default()
        .with_bucket_count(buckets)
        .build(memory, data.iter())
        .map(drop)
}

fn timed(memory: &Memory, build: impl FnOnce() -> io::Result<()>) -> io::Result<Built> {
    let start = Instant::now();
    build()?;
    let took = start.elapsed();
    let length = memory.len();
    memory.clear();
    Ok(Built { took, length })
}
