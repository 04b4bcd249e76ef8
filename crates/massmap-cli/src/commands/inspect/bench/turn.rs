//! Measuring in short turns, so that whatever else the machine does falls on all subjects alike.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use super::super::histogram::Histogram;
use super::subject::Subject;
use crate::output::progress::Progress;

/// Length of a turn, if there is time for many.
const TURN: Duration = Duration::from_millis(25);

/// What was measured of a subject.
pub(super) struct Measured<'a> {
    pub(super) subject: Subject<'a>,
    /// Times of single lookups or reads, or of batches divided by their size, in nanoseconds.
    pub(super) times: Histogram,
    /// How many lookups or reads there were, and how long they took.
    pub(super) count: u64,
    pub(super) time: Duration,
    /// Number of what is to be done next.
    next: usize,
}

impl Measured<'_> {
    /// How many lookups or reads there are a second, of all threads.
    pub(super) fn per_second(&self) -> f64 {
        self.count as f64 / self.time.as_secs_f64().max(1e-9)
    }
}

/// Measures all subjects for about `time`, with so many threads.
///
/// # Errors
///
/// Those of the subjects.
pub(super) fn measure<'a>(
    subjects: Vec<Subject<'a>>,
    threads: usize,
    time: Duration,
    progress: &Progress,
) -> io::Result<Vec<Measured<'a>>> {
    let mut measured: Vec<_> = subjects
        .into_iter()
        .map(|subject| Measured {
            subject,
            times: Histogram::default(),
            count: 0,
            time: Duration::ZERO,
            next: 0,
        })
        .collect();
    let begin = Instant::now();
    // Every subject has two turns at least, and the first does not count: it fills caches.
    let rounds = 2 * u32::try_from(measured.len()).unwrap_or(u32::MAX).max(1);
    let turn = TURN.min(time / rounds);
    for subject in &mut measured {
        take_turn(subject, threads, turn / 2)?;
        (subject.times, subject.count, subject.time) = (Histogram::default(), 0, Duration::ZERO);
    }
    loop {
        for subject in &mut measured {
            take_turn(subject, threads, turn)?;
            let left = time.saturating_sub(begin.elapsed());
            progress.show_text(|| format!("Measuring, {:.0} s left", left.as_secs_f64().ceil()));
        }
        if begin.elapsed() >= time {
            return Ok(measured);
        }
    }
}

/// Measures a subject for about `time`.
fn take_turn(measured: &mut Measured<'_>, threads: usize, time: Duration) -> io::Result<()> {
    let (subject, first) = (&measured.subject, measured.next);
    let begin = Instant::now();
    let turns: Vec<io::Result<(Histogram, u64)>> = match threads {
        1 => vec![repeat(subject, first, 1, time)],
        threads => thread::scope(|scope| {
            let spawned: Vec<_> = (0..threads)
                .map(|thread| {
                    // Each has numbers of its own.
                    let repeat = move || repeat(subject, first.wrapping_add(thread), threads, time);
                    thread::Builder::new().spawn_scoped(scope, repeat)
                })
                .collect();
            let join = |thread: io::Result<thread::ScopedJoinHandle<'_, _>>| match thread?.join() {
                Ok(turn) => turn,
                Err(panic) => std::panic::resume_unwind(panic),
            };
            spawned.into_iter().map(join).collect()
        }),
    };
    measured.time += begin.elapsed();
    for turn in turns {
        let (times, count) = turn?;
        measured.times.merge(&times);
        measured.count += count * measured.subject.at_once as u64;
        let done = usize::try_from(count).unwrap_or(usize::MAX);
        measured.next = measured.next.wrapping_add(done);
    }
    Ok(())
}

/// Does one thing after the other for about `time`, at least one: the number `first`, and each number `step` behind the last. Returns the
/// times and how many there were.
fn repeat(subject: &Subject<'_>, first: usize, step: usize, time: Duration) -> io::Result<(Histogram, u64)> {
    let mut times = Histogram::default();
    let mut number = first;
    let mut count = 0;
    let begin = Instant::now();
    let mut last = begin;
    loop {
        (subject.work)(number)?;
        let now = Instant::now();
        let nanoseconds = now.duration_since(last).as_nanos() / subject.at_once.max(1) as u128;
        times.add(u64::try_from(nanoseconds).unwrap_or(u64::MAX));
        count += 1;
        if now.duration_since(begin) >= time {
            return Ok((times, count));
        }
        last = now;
        number = number.wrapping_add(step);
    }
}
