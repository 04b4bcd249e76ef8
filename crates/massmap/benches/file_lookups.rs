//! Lookups through system calls next to the bare `pread` of the same pages, in many processes.
//!
//! A lookup in an open file reads one page and finds its entry there. What the read costs depends on where in memory it goes: a
//! kernel copies to unaligned places at half the speed or less, and where memory lies differs from process to process. So this
//! starts itself ten times, and each process measures both, in turns, on the same pages in the page cache and with targets that
//! are aligned alike. What counts is the ratio of the two, and how it spreads over the processes.
//!
//! ```text
//! cargo bench --manifest-path crates/massmap/Cargo.toml --bench file_lookups
//! MASSMAP_BENCH_ENTRIES=1000000 cargo bench --manifest-path crates/massmap/Cargo.toml --bench file_lookups
//! ```

use std::cell::RefCell;
use std::env;
use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use massmap::{FormatVersion, MassMap, MassMapBuilder, MassMapReader};

/// Size of a page in bytes.
const PAGE: usize = 4096;

/// What a lookup may take, in bare reads.
const TARGET: f64 = 1.25;

/// Says to a process that it is one of those that measure.
const MEASURE: &str = "--measure";

/// How much is done.
#[derive(Clone, Copy)]
struct Scale {
    entries: u64,
    processes: usize,
    /// Turns that each contestant takes in a process.
    turns: usize,
    /// Lookups a turn: few, so that most turns are over before the system gives the processor to another program.
    lookups: usize,
}

impl Scale {
    /// Everything if Cargo runs benches, and enough to see that it works if it tests them.
    fn new() -> Result<Self, Box<dyn Error>> {
        let full = env::args().any(|argument| argument == "--bench");
        let [entries, processes, turns, lookups] = match full {
            true => [5_000_000, 10, 2001, 100],
            false => [2000, 2, 3, 100],
        };
        let entries = match env::var("MASSMAP_BENCH_ENTRIES") {
            Ok(limit) => limit.parse::<usize>()?.clamp(1, entries),
            Err(_) => entries,
        };
        Ok(Self {
            entries: entries as u64,
            processes,
            turns,
            lookups,
        })
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let scale = Scale::new()?;
    let path = prepared(scale.entries)?;
    if env::args().any(|argument| argument == MEASURE) {
        println!("{}", measure(&path, scale)?);
        return Ok(());
    }
    println!("{} entries of 21 B -> 100 B, one page a lookup", scale.entries);
    println!("process   pread     get   ratio   get_with   ratio");
    let mut ratios = [Vec::new(), Vec::new()];
    for number in 1..=scale.processes {
        let mut child = Command::new(env::current_exe()?);
        child.args(env::args_os().skip(1)).arg(MEASURE);
        let output = child.output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        let times: Result<Vec<f64>, _> = String::from_utf8(output.stdout)?
            .split_whitespace()
            .map(str::parse)
            .collect();
        let [bare, get, get_with] = times?[..] else {
            return Err("a process has measured something else".into());
        };
        for (ratios, time) in ratios.iter_mut().zip([get, get_with]) {
            ratios.push(time / bare);
        }
        println!(
            "{number:>7} {bare:>5.0} ns {get:>4.0} ns   {:>5.3}    {get_with:>4.0} ns   {:>5.3}",
            get / bare,
            get_with / bare
        );
    }
    for (name, mut ratios) in ["get", "get_with"].into_iter().zip(ratios) {
        ratios.sort_by(f64::total_cmp);
        let (least, median, most) = (ratios[0], ratios[ratios.len() / 2], ratios[ratios.len() - 1]);
        let verdict = if median <= TARGET { "met" } else { "missed" };
        println!(
            "{name}: {median:.3} bare reads in the median process, {least:.3} to {most:.3}; the target of {TARGET} is {verdict}"
        );
    }
    Ok(())
}

/// A file of format 2, built once and kept for later runs, all of it in the page cache.
fn prepared(entries: u64) -> io::Result<PathBuf> {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("file-lookups-{entries}.massmap"));
    if !path.exists() {
        MassMapBuilder::default()
            .with_format(FormatVersion::V2)
            .build_to_path(&path, (0..entries).map(|ordinal| (key(ordinal), value(ordinal))))?;
    }
    io::copy(&mut File::open(&path)?, &mut io::sink())?;
    Ok(path)
}

/// 21 bytes.
fn key(ordinal: u64) -> String {
    format!("k{:020}", mix(ordinal))
}

/// 100 bytes.
fn value(ordinal: u64) -> String {
    (0..5)
        .map(|part| format!("{:020}", mix(!ordinal ^ part)))
        .collect()
}

/// Numbers that look random, each of another one: the finalizer of MurmurHash3.
fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let number = (number ^ (number >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    number ^ (number >> 33)
}

/// A file that notes where it is read.
struct Noting {
    file: File,
    offsets: RefCell<Vec<u64>>,
}

impl MassMapReader for Noting {
    fn read_exact_at<F, R>(&self, offset: u64, length: u64, f: F) -> io::Result<R>
    where
        F: Fn(&[u8]) -> io::Result<R>,
    {
        self.offsets.borrow_mut().push(offset);
        self.file.read_exact_at(offset, length, f)
    }
}

/// Nanoseconds of a bare read, of `get` and of `get_with`: the medians of their turns.
fn measure(path: &Path, scale: Scale) -> io::Result<String> {
    let keys: Vec<_> = (0..scale.lookups * scale.turns)
        .map(|draw| mix(draw as u64 ^ 0x5eed << 40) % scale.entries)
        .map(|ordinal| (key(ordinal), value(ordinal)))
        .collect();
    let offsets = offsets(path, &keys)?;
    let map = MassMap::<String, String, _>::load(File::open(path)?)?;
    let file = File::open(path)?;
    let mut memory = vec![0; 2 * PAGE];
    let start = memory.as_ptr().align_offset(PAGE);
    let target = &mut memory[start..start + PAGE];

    let (keys_of_turns, offsets_of_turns) = (keys.chunks(scale.lookups), offsets.chunks(scale.lookups));
    let chunks: Vec<_> = keys_of_turns.zip(offsets_of_turns).collect();
    let mut times = [const { Vec::new() }; 3];
    for turn in 0..scale.turns {
        for place in 0..3 {
            // Each goes first as often as the others, and all read the same pages, but not one after the other: what one brings
            // into the processor's caches, the next one would find there.
            let contestant = (turn + place) % 3;
            let (keys, offsets) = chunks[(turn + contestant * scale.turns / 3) % scale.turns];
            let time = timed(|| match contestant {
                0 => offsets
                    .iter()
                    .try_for_each(|&offset| bare_read(&file, black_box(target), offset)),
                1 => keys.iter().try_for_each(|(key, expected)| {
                    let found = map.get(key)?;
                    assert_eq!(black_box(&found).as_ref().map(String::len), Some(expected.len()));
                    Ok(())
                }),
                _ => keys.iter().try_for_each(|(key, expected)| {
                    // The encoded value, which two bytes stand before.
                    let found = map.get_with(key, |value| value.len())?;
                    assert_eq!(black_box(found), Some(expected.len() + 2));
                    Ok(())
                }),
            })?;
            times[contestant].push(time.as_secs_f64() * 1e9 / scale.lookups as f64);
        }
    }
    for (key, expected) in keys.iter().take(1000) {
        assert_eq!(map.get(key)?.as_ref(), Some(expected));
    }
    let medians = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2].to_string()
    });
    Ok(medians.join(" "))
}

/// Where the page of each key lies.
fn offsets(path: &Path, keys: &[(String, String)]) -> io::Result<Vec<u64>> {
    let noting = Noting {
        file: File::open(path)?,
        offsets: RefCell::default(),
    };
    let map = MassMap::<String, String, _>::load(noting)?;
    let offsets = &map.reader().offsets;
    offsets.borrow_mut().clear();
    for (key, _) in keys {
        map.get(key)?;
    }
    let offsets = offsets.take();
    assert_eq!(offsets.len(), keys.len(), "a lookup is one read");
    Ok(offsets)
}

fn timed(work: impl FnOnce() -> io::Result<()>) -> io::Result<Duration> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed())
}

#[cfg(unix)]
fn bare_read(file: &File, target: &mut [u8], offset: u64) -> io::Result<()> {
    let count = std::os::unix::fs::FileExt::read_at(file, target, offset)?;
    assert_eq!(count, target.len());
    black_box(target);
    Ok(())
}

#[cfg(windows)]
fn bare_read(file: &File, target: &mut [u8], offset: u64) -> io::Result<()> {
    let count = std::os::windows::fs::FileExt::seek_read(file, target, offset)?;
    assert_eq!(count, target.len());
    black_box(target);
    Ok(())
}
