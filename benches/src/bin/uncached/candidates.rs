//! Who reads: this crate, massmap 0.1.5, and fio.

use std::fs::File;
use std::io;
use std::iter;
use std::time::{Duration, Instant};

use massmap::{DirectFile, MassMap, MassMapReader, UringFile};
use massmap_benches::mix;

use crate::files::{Files, forget};
use crate::fio;
use crate::program::{DEPTH, Latency, Reads};

/// Keys of a batch so long that filling and emptying the queue at its ends does not count.
const LONG_BATCH: usize = 64 * DEPTH;

pub(crate) const SINGLE: &str = "v2, DirectFile, get";
pub(crate) const BATCH: &str = "v2, UringFile of DirectFile, batch_get of 8192";

type Read<'a> = dyn FnMut(Duration) -> io::Result<Reads> + 'a;

/// Reads for as long as it is told.
pub(crate) struct Candidate<'a> {
    name: String,
    read: Box<Read<'a>>,
}

impl<'a> Candidate<'a> {
    pub(crate) fn new(name: impl Into<String>, read: impl FnMut(Duration) -> io::Result<Reads> + 'a) -> Self {
        Self {
            name: name.into(),
            read: Box::new(read),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn read(&mut self, turn: Duration) -> io::Result<Reads> {
        (self.read)(turn)
    }
}

type Map<R> = MassMap<u64, String, R>;

/// All of them, each next to what it is compared with.
pub(crate) fn all(files: &Files) -> io::Result<Vec<Candidate<'_>>> {
    let direct = || DirectFile::open(&files.pages);
    let deep = || io::Result::Ok(UringFile::new(direct()?).with_depth(DEPTH));
    if !deep()?.has_ring() {
        eprintln!("No io_uring here: batches read one range after the other.");
    }
    let has_fio = fio::is_there();
    if !has_fio {
        eprintln!("No fio here: nothing to compare with.");
    }
    let mut candidates = Vec::new();
    if has_fio {
        candidates.push(fio::candidate(fio::SINGLE, "psync", 1, &files.pages));
    }
    candidates.push(single(SINGLE, files, Map::load(direct()?)?, None));
    let (file, cached) = (File::open(&files.pages)?, File::open(&files.pages)?);
    let name = "v2, File, page cache dropped before, get";
    candidates.push(single(name, files, Map::load(file)?, Some(cached)));
    if has_fio {
        candidates.push(fio::candidate(fio::DEEP, "io_uring", DEPTH, &files.pages));
    }
    let map = Map::load(deep()?)?;
    candidates.push(batches(BATCH, files, LONG_BATCH, None, move |keys| {
        map.batch_get::<u64>(keys)
    }));
    let map = Map::load(deep()?)?;
    let name = format!("v2, UringFile of DirectFile, batch_get of {DEPTH}");
    candidates.push(batches(name, files, DEPTH, None, move |keys| {
        map.batch_get::<u64>(keys)
    }));
    let file = File::open(&files.buckets)?;
    let cached = file.try_clone()?;
    let map: massmap_0_1_5::MassMap<u64, String, File> = massmap_0_1_5::MassMap::load(file)?;
    let name = format!("0.1.5, v1, File, page cache dropped before, batch_get of {DEPTH}");
    candidates.push(batches(name, files, DEPTH, Some(cached), move |keys| {
        map.batch_get::<u64>(keys)
    }));
    Ok(candidates)
}

/// Ordinals of entries in random order, each candidate's own.
fn ordinals(name: &str, entries: u64) -> impl FnMut() -> u64 + use<> {
    let mut draw = name.bytes().fold(0, |draw, byte| mix(draw ^ u64::from(byte)));
    move || {
        draw = mix(draw);
        draw % entries
    }
}

/// Looks up one key after the other. The page cache forgets `cached` before.
fn single<'a, R: MassMapReader + 'a>(
    name: &str,
    files: &'a Files,
    map: Map<R>,
    cached: Option<File>,
) -> Candidate<'a> {
    let mut draw = ordinals(name, files.entries);
    Candidate::new(name, move |turn| {
        cached.iter().try_for_each(forget)?;
        let mut times = Vec::new();
        let mut start = Instant::now();
        let end = start + turn;
        while start < end {
            let ordinal = draw();
            let key = Files::key(ordinal);
            start = Instant::now();
            let found = map.get(&key)?;
            let now = Instant::now();
            times.push((now - start).as_secs_f64() * 1e9);
            start = now;
            check(files, ordinal, found.as_deref())?;
        }
        Ok(Reads::of(times))
    })
}

/// Looks up batches of `size` keys. The page cache forgets `cached` before.
fn batches<'a>(
    name: impl Into<String>,
    files: &'a Files,
    size: usize,
    cached: Option<File>,
    mut look_up: impl FnMut(&[u64]) -> io::Result<Vec<Option<String>>> + 'a,
) -> Candidate<'a> {
    let name = name.into();
    let mut draw = ordinals(&name, files.entries);
    Candidate::new(name, move |turn| {
        cached.iter().try_for_each(forget)?;
        let (mut took, mut count) = (Duration::ZERO, 0);
        while took < turn {
            let ordinals: Vec<u64> = iter::repeat_with(&mut draw).take(size).collect();
            let keys: Vec<u64> = ordinals.iter().copied().map(Files::key).collect();
            let start = Instant::now();
            let found = look_up(&keys)?;
            took += start.elapsed();
            count += size;
            for (ordinal, value) in ordinals.into_iter().zip(found) {
                check(files, ordinal, value.as_deref())?;
            }
        }
        Ok(Reads {
            latency: None,
            rate: count as f64 / took.as_secs_f64(),
        })
    })
}

fn check(files: &Files, ordinal: u64, found: Option<&str>) -> io::Result<()> {
    if found == Some(files.value(ordinal).as_str()) {
        Ok(())
    } else {
        Err(io::Error::other(format!(
            "a wrong value for entry {ordinal}: {found:?}"
        )))
    }
}

impl Reads {
    /// Of single reads that took so long, in nanoseconds; there is at least one.
    fn of(mut times: Vec<f64>) -> Self {
        times.sort_by(f64::total_cmp);
        let mean = times.iter().sum::<f64>() / times.len() as f64;
        Self {
            latency: Some(Latency {
                mean,
                median: times[times.len() / 2],
                p99: times[times.len() * 99 / 100],
            }),
            rate: 1e9 / mean,
        }
    }
}
