//! What is measured.

use std::hint::black_box;
use std::io;
use std::time::{Duration, Instant};

use massmap::dynamic::Key;
use massmap::{MassMapReader, UntypedMap};

use super::keys::Sample;
use super::maps::Maps;

/// The most keys of a batch.
const LARGEST_BATCH: usize = 1024;

/// Batches of fewer keys would hardly have reads side by side.
const SMALLEST_BATCH: usize = 16;

/// How long a batch may take: not much longer than a turn.
const BATCH_TIME: Duration = Duration::from_millis(50);

/// What is looked up.
pub(super) struct Samples {
    pub(super) keys: Vec<Sample>,
    /// Keys that the map does not have.
    pub(super) missing: Vec<Box<[u8]>>,
}

/// How a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Cached,
    /// Past the page cache.
    Direct,
    /// The same, with many reads in flight.
    Ring,
}

/// One of the things that are measured in turns.
pub(super) struct Subject<'a> {
    /// In JSON.
    pub(super) name: &'static str,
    /// For people.
    pub(super) label: &'static str,
    pub(super) mode: Mode,
    /// The name of the bare reads that it is compared with.
    pub(super) bare: &'static str,
    /// Number of lookups or reads at a time.
    pub(super) at_once: usize,
    /// Does those with this number, from 0.
    pub(super) work: Work<'a>,
}

type Work<'a> = Box<dyn Fn(usize) -> io::Result<()> + Sync + 'a>;

/// All subjects that can be measured with these maps.
///
/// # Errors
///
/// Those of lookups: batches are tried, to find how large they may be.
pub(super) fn subjects<'a>(maps: &'a Maps, samples: &'a Samples) -> io::Result<Vec<Subject<'a>>> {
    let mut subjects = Vec::new();
    let names = ["cached_read", "cached_get", "cached_miss"];
    single(&maps.cached, Mode::Cached, names, samples, &mut subjects);
    let batch = Batch::of(&maps.cached, &samples.keys);
    let size = size_of_batch(|size| batch.look_up(0, size))?;
    subjects.push(Subject {
        name: "cached_batch",
        label: "a key of a batch",
        mode: Mode::Cached,
        bare: "cached_read",
        at_once: size,
        work: Box::new(move |number| batch.look_up(number, size)),
    });
    if let Some(map) = &maps.direct {
        let names = ["direct_read", "direct_get", "direct_miss"];
        single(map, Mode::Direct, names, samples, &mut subjects);
    }
    if let Some(map) = &maps.ring {
        let batch = Batch::of(map, &samples.keys);
        let size = size_of_batch(|size| batch.look_up(0, size))?;
        subjects.push(Subject {
            name: "ring_read",
            label: "bare read of the same pages",
            mode: Mode::Ring,
            bare: "ring_read",
            at_once: size,
            work: Box::new(move |number| batch.read(number, size)),
        });
        subjects.push(Subject {
            name: "ring_batch",
            label: "a key of a batch",
            mode: Mode::Ring,
            bare: "ring_read",
            at_once: size,
            work: Box::new(move |number| batch.look_up(number, size)),
        });
    }
    Ok(subjects)
}

/// Adds bare reads, lookups of keys and lookups of missing keys, with these names, one at a time.
fn single<'a>(
    map: &'a UntypedMap,
    mode: Mode,
    [read, get, miss]: [&'static str; 3],
    samples: &'a Samples,
    subjects: &mut Vec<Subject<'a>>,
) {
    let mut add = |name, label, work| {
        subjects.push(Subject {
            name,
            label,
            mode,
            bare: read,
            at_once: 1,
            work,
        });
    };
    let reader = &map.as_inner().reader;
    add(
        read,
        "bare read of the same pages",
        Box::new(move |number| match nth(&samples.keys, number) {
            Some(sample) => reader.read_exact_at(sample.offset, sample.length, |bytes| {
                black_box(bytes);
                Ok(())
            }),
            None => Ok(()),
        }),
    );
    add(
        get,
        "a key",
        Box::new(move |number| match nth(&samples.keys, number) {
            Some(sample) => match look_up(map, &sample.key)? {
                true => Ok(()),
                false => Err(not_found()),
            },
            None => Ok(()),
        }),
    );
    if !samples.missing.is_empty() {
        add(
            miss,
            "a missing key",
            Box::new(move |number| match nth(&samples.missing, number) {
                Some(key) => look_up(map, key).map(drop),
                None => Ok(()),
            }),
        );
    }
}

/// Whether the map has the key.
fn look_up(map: &UntypedMap, key: &[u8]) -> io::Result<bool> {
    let found = map.get_with(Key::encoded(key), |value| {
        black_box(value);
    });
    Ok(found?.is_some())
}

/// Lookups of many keys at once.
#[derive(Clone, Copy)]
struct Batch<'a> {
    map: &'a UntypedMap,
    keys: &'a [Sample],
}

impl<'a> Batch<'a> {
    fn of(map: &'a UntypedMap, keys: &'a [Sample]) -> Self {
        Self { map, keys }
    }

    /// The samples of the batch with this number.
    fn samples(self, number: usize, size: usize) -> impl Iterator<Item = &'a Sample> {
        let first = number.wrapping_mul(size);
        (0..size).filter_map(move |next| nth(self.keys, first.wrapping_add(next)))
    }

    fn look_up(self, number: usize, size: usize) -> io::Result<()> {
        let keys = self.samples(number, size).map(|sample| Key::encoded(&sample.key));
        let mut is_missing = false;
        self.map.batch_get_with(keys, |_, value| {
            is_missing |= value.is_none();
            black_box(value);
            Ok(())
        })?;
        match is_missing {
            true => Err(not_found()),
            false => Ok(()),
        }
    }

    /// Reads what the lookups read.
    fn read(self, number: usize, size: usize) -> io::Result<()> {
        let reads = self
            .samples(number, size)
            .map(|sample| ((), sample.offset, sample.length));
        let read = self
            .map
            .as_inner()
            .reader
            .batch_read_at::<(), _, _>(reads, |(), bytes| {
                black_box(bytes);
                Ok(())
            });
        read.map(drop)
    }
}

/// How many keys a batch may have so that it does not take long.
fn size_of_batch(look_up: impl Fn(usize) -> io::Result<()>) -> io::Result<usize> {
    let mut size = SMALLEST_BATCH;
    loop {
        let begin = Instant::now();
        look_up(size)?;
        if size >= LARGEST_BATCH || begin.elapsed() > BATCH_TIME / 2 {
            return Ok(size);
        }
        size *= 2;
    }
}

/// The element with this number, from the first again behind the last.
fn nth<T>(elements: &[T], number: usize) -> Option<&T> {
    elements.get(number.checked_rem(elements.len())?)
}

#[cold]
fn not_found() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "a key of the file is not found where it belongs; massmap verify finds all damage",
    )
}
