//! Lookups on this machine, through the interface for remote ones, compared with those without it.

use std::fs::{self, File};
use std::hint::{black_box, spin_loop};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use bench_support::{Contestant, Time, Times, mix, take_all_turns};
use bytes::Bytes;
use clap::ValueEnum;
use massmap::{BytesReader, MappedFile, MassMap, MassMapReader};
use massmap_async::{AsyncReader, InPlace, MemoryReader, Offloaded};

use crate::context::Context;
use crate::data::{Entries, Map};
use crate::options::Route;
use crate::report::{Section, Verdict, cell, figure};

const MEMORY: &str = "`MassMap` in memory";
const ASYNC_MEMORY: &str = "`AsyncMassMap`, `MemoryReader`";
const MAPPED: &str = "`MassMap`, mapped";
const ASYNC_MAPPED: &str = "`AsyncMassMap`, mapped, `InPlace`";
const FILE: &str = "`MassMap`, `File`";
const IN_PLACE: &str = "`AsyncMassMap`, `File`, `InPlace`";
const OFFLOADED: &str = "`AsyncMassMap`, `File`, `Offloaded`";
const IN_A_TASK: &str = "`MassMap`, `File`, in a `spawn_blocking`";
const PAGE: &str = "a `spawn_blocking` that reads a page, and the sum of its bytes";
const BUSY: &str = "a `spawn_blocking` and its thread, each busy half as long as `MassMap`, `File`";
const EMPTY: &str = "an empty `spawn_blocking`";

pub(crate) fn measure(context: &Context) -> anyhow::Result<Section> {
    let mut section = Section::new(&format!(
        "`get` of random keys by `AsyncMassMap` and by `MassMap`, in a map of {} entries whose file is in the page cache of the system. \
         {} turns of each, of 0.2 s. What a task costs is the time of one that is busy half as long as a lookup, with the thread that asks for it \
         busy for the other half after it, less that of the lookup. Tasks without work between them cost less: a thread often finds the next one \
         before it has gone to sleep.",
        figure(context.entries.count as f64, 0),
        context.scale.turns
    ));
    let all = times(context)?;
    let times = |name: &str| {
        let times = all.iter().find(|times| times.name == name);
        times.expect("all contestants are there")
    };
    let median = |name: &str| times(name).median();
    let compared = [
        (MEMORY, None),
        (ASYNC_MEMORY, Some(MEMORY)),
        (MAPPED, None),
        (ASYNC_MAPPED, Some(MAPPED)),
        (FILE, None),
        (IN_PLACE, Some(FILE)),
        (OFFLOADED, Some(PAGE)),
        (PAGE, None),
        (IN_A_TASK, None),
        (BUSY, None),
        (EMPTY, None),
    ];
    let mut rows = Vec::new();
    for (name, yardstick) in compared {
        let time = median(name);
        let ratio = yardstick.map(|yardstick| (yardstick, time / median(yardstick)));
        rows.push([
            cell(name),
            Time(time).to_string(),
            Time(times(name).lower_quartile()).to_string(),
            Time(times(name).least()).to_string(),
            ratio.map_or(String::new(), |(yardstick, ratio)| {
                format!("{ratio:.2} of {yardstick}")
            }),
        ]);
        if let Some((yardstick, ratio)) = ratio {
            let what = format!("{name}: time by that of {yardstick}");
            section.target(Verdict::at_most(what, ratio, 1.3, "times"));
        }
    }
    section.table(
        ["", "median", "lower quartile", "least", "medians compared"],
        rows,
    );
    section.paragraph(
        "A task wakes another thread, and its end wakes the first one. How long that takes depends on whether there is a processor for them: \
         medians of the same task vary by factors from run to run, and with what else the processors do. Besides, `Offloaded` moves a page \
         from the cache of one processor to that of another, since the page is searched by the thread that asks; a task that looks up by \
         itself moves the value alone, and one that is only busy moves nothing.",
    );
    section.target(Verdict::at_most(
        format!("{OFFLOADED}: time, by 1.3 times that of {FILE} and what a task costs"),
        median(OFFLOADED) / 1e3,
        (1.3 * median(FILE) + median(BUSY) - median(FILE)) / 1e3,
        "µs",
    ));
    if context.scale.counts_instructions {
        instructions(&mut section)?;
    }
    Ok(section)
}

/// Keys of lookups, more than caches of the processor hold.
pub(crate) fn keys(entries: Entries) -> Vec<u64> {
    let hits = entries.hits(50, 100_000);
    hits.into_iter().map(|hit| hit.key).collect()
}

fn times(context: &Context) -> anyhow::Result<Vec<Times>> {
    let file = tempfile::NamedTempFile::new()?;
    fs::write(file.path(), &context.map)?;
    let open = || File::open(file.path());
    let keys = keys(context.entries);

    let memory = MassMap::<u64, String, _>::load(BytesReader::new(context.map.clone()))?;
    let mapped = MassMap::<u64, String, _>::load(map_file(file.path())?)?;
    let read = MassMap::<u64, String, _>::load(open()?)?;
    let async_memory = context.run(Map::open(MemoryReader::new(context.map.clone())))?;
    let async_mapped = context.run(Map::open(InPlace::new(map_file(file.path())?)))?;
    let in_place = context.run(Map::open(InPlace::new(open()?)))?;
    let offloaded = context.run(Map::open(Offloaded::new(open()?)))?;
    let shared = Arc::new(MassMap::<u64, String, _>::load(open()?)?);
    let mut shared_keys = keys.iter().cycle();
    let in_a_task = Contestant::new(IN_A_TASK, |count| {
        context.run(async {
            let begun = Instant::now();
            for key in shared_keys.by_ref().copied().take(count as usize) {
                let map = Arc::clone(&shared);
                let found = context.runtime.spawn_blocking(move || map.get(&key)).await;
                let found = found.expect("nothing panics").expect("the file can be read");
                assert!(found.is_some(), "the key is present");
            }
            begun.elapsed()
        })
    });
    // A turn of its own, before the others.
    let lookup = take_all_turns(3, vec![sync(FILE, &read, &keys)])[0].median();
    let lookup = Duration::from_nanos(lookup as u64);
    Ok(take_all_turns(
        context.scale.turns,
        vec![
            sync(MEMORY, &memory, &keys),
            not_sync(ASYNC_MEMORY, context, &async_memory, &keys),
            sync(MAPPED, &mapped, &keys),
            not_sync(ASYNC_MAPPED, context, &async_mapped, &keys),
            sync(FILE, &read, &keys),
            not_sync(IN_PLACE, context, &in_place, &keys),
            not_sync(OFFLOADED, context, &offloaded, &keys),
            page_in_a_task(context, open()?),
            in_a_task,
            task(BUSY, context, lookup),
            task(EMPTY, context, Duration::ZERO),
        ],
    ))
}

/// Tasks that are busy for half of some time, and a thread that is busy for the other half after each; nothing is looked up.
fn task<'a>(name: &str, context: &'a Context, busy: Duration) -> Contestant<'a> {
    let work = move || {
        let begun = Instant::now();
        while !busy.is_zero() && begun.elapsed() < busy / 2 {
            spin_loop();
        }
    };
    Contestant::new(name, move |count| {
        context.run(async {
            let begun = Instant::now();
            for _ in 0..count {
                let done = context.runtime.spawn_blocking(work).await;
                done.expect("nothing panics");
                work();
            }
            begun.elapsed()
        })
    })
}

/// What any reader costs that reads pages in tasks: a page is read and copied by another thread, and seen by this one.
fn page_in_a_task(context: &Context, file: File) -> Contestant<'_> {
    let file = Arc::new(file);
    let pages = context.map.len() as u64 / 4096;
    let mut numbers = (0..).map(move |draw| mix(draw) % pages);
    Contestant::new(PAGE, move |count| {
        context.run(async {
            let begun = Instant::now();
            for number in numbers.by_ref().take(count as usize) {
                let file = Arc::clone(&file);
                let copy = |bytes: &[u8]| Ok(Bytes::copy_from_slice(bytes));
                let read = move || file.read_exact_at(number * 4096, 4096, copy);
                let page = context.runtime.spawn_blocking(read).await;
                let page = page.expect("nothing panics").expect("the file can be read");
                black_box(page.iter().map(|byte| u64::from(*byte)).sum::<u64>());
            }
            begun.elapsed()
        })
    })
}

/// Maps a file that nobody else knows.
pub(crate) fn map_file(path: &Path) -> std::io::Result<MappedFile> {
    #[expect(unsafe_code, reason = "mapping is unsafe if the file may change")]
    // SAFETY: the file is a temporary one of this process, which does not change it.
    unsafe {
        MappedFile::open(path)
    }
}

/// Lookups by a `MassMap`, independent of each other.
pub(crate) fn sync<'a, R: MassMapReader>(
    name: &str,
    map: &'a MassMap<u64, String, R>,
    keys: &'a [u64],
) -> Contestant<'a> {
    let mut keys = keys.iter().cycle();
    Contestant::new(name, move |count| {
        let begun = Instant::now();
        for key in keys.by_ref().take(count as usize) {
            let found = map.get(key).expect("the file can be read");
            assert!(found.is_some(), "the key is present");
        }
        begun.elapsed()
    })
}

/// The same by an `AsyncMassMap`.
fn not_sync<'a, R: AsyncReader>(
    name: &str,
    context: &'a Context,
    map: &'a Map<R>,
    keys: &'a [u64],
) -> Contestant<'a> {
    let mut keys = keys.iter().cycle();
    Contestant::new(name, move |count| {
        context.run(async {
            let begun = Instant::now();
            for key in keys.by_ref().take(count as usize) {
                let found = map.get(key).await.expect("the file can be read");
                assert!(found.is_some(), "the key is present");
            }
            begun.elapsed()
        })
    })
}

/// Counts the instructions of lookups, in a process of its own that valgrind runs.
fn instructions(section: &mut Section) -> anyhow::Result<()> {
    const FEW: u32 = 10_000;
    const MANY: u32 = 50_000;
    let mut counts = Vec::new();
    for route in [
        Route::MemorySync,
        Route::MemoryAsync,
        Route::FileSync,
        Route::FileAsync,
    ] {
        let (Some(few), Some(many)) = (collected(route, FEW)?, collected(route, MANY)?) else {
            section.paragraph("Instructions were not counted: valgrind is not installed.");
            return Ok(());
        };
        counts.push((many - few) / f64::from(MANY - FEW));
    }
    let names = [MEMORY, ASYNC_MEMORY, FILE, IN_PLACE];
    let rows = names
        .into_iter()
        .zip(&counts)
        .enumerate()
        .map(|(place, (name, count))| {
            let ratio = if place % 2 == 1 {
                figure(count / counts[place - 1], 2)
            } else {
                String::new()
            };
            [cell(name), figure(*count, 0), ratio]
        });
    section.paragraph(
        "Instructions of a lookup outside the kernel, counted by valgrind (callgrind), as the difference between two numbers of lookups:",
    );
    section.table(["", "instructions", "by the sync one"], rows);
    for (what, ratio) in [
        (ASYNC_MEMORY, counts[1] / counts[0]),
        (IN_PLACE, counts[3] / counts[2]),
    ] {
        section.target(Verdict::at_most(
            format!("{what}: instructions by the sync one"),
            ratio,
            1.3,
            "times",
        ));
    }
    Ok(())
}

/// How many instructions a process executes for so many lookups. `None` without valgrind.
fn collected(route: Route, count: u32) -> anyhow::Result<Option<f64>> {
    let route = route.to_possible_value().expect("no route is skipped");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args(["lookups", route.get_name(), &count.to_string()])
        .output();
    let output = match output {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        output => output?,
    };
    let log = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "valgrind failed: {log}");
    let line = log.lines().find_map(|line| line.split("Collected :").nth(1));
    let count = line.with_context(|| format!("valgrind does not tell the instructions: {log}"))?;
    Ok(Some(count.trim().parse()?))
}
