//! What no store can be faster than.

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

/// Pieces of work between two looks at the clock.
const STRETCH: u64 = 1024;

/// `path` is a file of massmap.
pub(super) fn measure(path: &Path, task: &Task) -> io::Result<Limits> {
    // It is in the page cache as those of stores are that are looked up in.
    let files = path.parent().expect("a file is in a directory");
    system::forget(files)?;
    system::remember(files)?;
    Ok(Limits {
        clock_ns: clock(task.turn),
        dependent_read_ns: dependent_read(path, task.turn)?,
        pread_ns: pread(path, task.turn)?,
        copy_seconds: copy(path, &task.directory)?,
        ..Limits::default()
    })
}

/// Nanoseconds that a clock shows which is read twice with nothing between: what it adds to each lookup that is timed.
fn clock(turn: Duration) -> f64 {
    let (mut sum, mut count) = (0u64, 0u64);
    time(turn, |number| {
        count = number;
        sum += black_box(Instant::now()).elapsed().as_nanos() as u64;
        0
    });
    sum as f64 / count as f64
}

/// Nanoseconds that a piece of work takes. Each is given what came of the one before, and its number.
fn time(turn: Duration, mut work: impl FnMut(u64) -> u64) -> f64 {
    let (mut number, mut answer) = (0, 0);
    let start = Instant::now();
    while start.elapsed() < turn {
        for _ in 0..STRETCH {
            // The next number is known only with the answer.
            number += 1 + (answer & black_box(0));
            answer = work(number);
        }
    }
    start.elapsed().as_secs_f64() * 1e9 / number as f64
}

fn dependent_read(path: &Path, turn: Duration) -> io::Result<f64> {
    #[expect(unsafe_code, reason = "it is a map of a file")]
    // SAFETY: the file was complete when it got its name, and nobody writes to it from then on.
    let file = unsafe { MappedFile::open(path)? };
    let bytes = file.bytes();
    // Every page of the map is there before it counts.
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
        u64::from_le_bytes(*word.expect("it lies in the file"))
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
        word.expect("it lies in the file").unwrap_or(0)
    }))
}

/// Seconds of copying the file and having the copy on disk.
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
