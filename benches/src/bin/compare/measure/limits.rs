//! Measures the limits of the machine, which no store can exceed.

use std::fs::{self, File};
use std::hint::black_box;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use massmap::{LendingReader, MappedFile, MassMapReader};
use massmap_benches::mix;

use crate::measure::protocol::Task;
use crate::results::Limits;
use crate::system;

const WORD: usize = size_of::<u64>();
const PAGE: u64 = 4096;

/// Number of operations between two readings of the clock.
const CHUNK: u64 = 1024;

/// `path` is a file of massmap.
pub(super) fn measure(path: &Path, task: &Task) -> io::Result<Limits> {
    // Brings the file into the page cache, as for lookups.
    let files = path.parent().expect("a file is in a directory");
    system::evict_from_page_cache(files)?;
    system::load_into_page_cache(files)?;
    Ok(Limits {
        clock_ns: clock(task.turn),
        dependent_read_ns: dependent_read(path, task.turn)?,
        pread_ns: pread(path, task.turn)?,
        copy_seconds: copy(path, &task.directory)?,
        ..Limits::default()
    })
}

/// Nanoseconds between two successive readings of the clock, which are part of each timed lookup.
fn clock(turn: Duration) -> f64 {
    let (mut sum, mut count) = (0u64, 0u64);
    time(turn, |number| {
        count = number;
        sum += black_box(Instant::now()).elapsed().as_nanos() as u64;
        0
    });
    sum as f64 / count as f64
}

/// Nanoseconds of an operation. Each is called with its number, which depends on the result of the previous one.
fn time(turn: Duration, mut work: impl FnMut(u64) -> u64) -> f64 {
    let (mut number, mut answer) = (0, 0);
    let start = Instant::now();
    while start.elapsed() < turn {
        for _ in 0..CHUNK {
            // Makes the next number depend on the answer.
            number += 1 + (answer & black_box(0));
            answer = work(number);
        }
    }
    start.elapsed().as_secs_f64() * 1e9 / number as f64
}

fn dependent_read(path: &Path, turn: Duration) -> io::Result<f64> {
    #[expect(unsafe_code, reason = "maps a file")]
    // SAFETY: the file was complete when it was renamed, and is not written to any more.
    let file = unsafe { MappedFile::open(path)? };
    let bytes = file.bytes();
    // Touches every page before the measurement.
    black_box(
        bytes
            .iter()
            .step_by(PAGE as usize)
            .fold(0, |sum, byte| sum ^ byte),
    );
    let words = (bytes.len() / WORD) as u64;
    Ok(time(turn, |number| {
        let at = mix(number) % words * WORD as u64;
        let word = bytes[at as usize..].first_chunk();
        u64::from_le_bytes(*word.expect("the position is in the file"))
    }))
}

fn pread(path: &Path, turn: Duration) -> io::Result<f64> {
    let file = File::open(path)?;
    let pages = file.metadata()?.len() / PAGE;
    Ok(time(turn, |number| {
        let page = mix(number) % pages;
        let word = file.read_exact_at(page * PAGE, PAGE, |bytes| {
            Ok(bytes.last_chunk().map(|word| u64::from_le_bytes(*word)))
        });
        word.expect("the position is in the file").unwrap_or(0)
    }))
}

/// Seconds for copying the file to disk.
fn copy(path: &Path, directory: &Path) -> io::Result<f64> {
    let copy = directory.join("copy");
    system::touch_free_memory(fs::metadata(path)?.len(), directory)?;
    system::sync();
    let start = Instant::now();
    fs::copy(path, &copy)?;
    File::open(&copy)?.sync_all()?;
    let took = start.elapsed();
    fs::remove_file(copy)?;
    Ok(took.as_secs_f64())
}
