use std::borrow::Borrow;
use std::io::Result;
use std::sync::Mutex;

use massmap::{BytesReader, MassMapReader, SourceSize};

/// A call of a reader.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// One range.
    Read {
        /// Start of the range.
        offset: u64,
        /// Length of the range.
        length: u64,
    },
    /// Offsets and lengths of several ranges.
    Batch(Vec<(u64, u64)>),
}

/// Records its calls.
#[derive(Debug)]
pub struct CountingReader {
    bytes: BytesReader<Vec<u8>>,
    size: Option<SourceSize>,
    events: Mutex<Vec<Event>>,
}

impl CountingReader {
    /// Reads `bytes`.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self {
            bytes: BytesReader::new(bytes),
            size: None,
            events: Mutex::default(),
        }
    }

    /// Reads `bytes`, and knows how many there are.
    pub fn of_known_size(bytes: Vec<u8>) -> Self {
        Self {
            size: Some(SourceSize::of_bytes(bytes.len() as u64)),
            ..Self::new(bytes)
        }
    }

    /// The calls since the last time.
    pub fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.events.lock().unwrap())
    }

    fn note(&self, event: Event) {
        self.events.lock().unwrap().push(event);
    }
}

impl MassMapReader for CountingReader {
    fn read_exact_at<F, R>(&self, offset: u64, length: u64, f: F) -> Result<R>
    where
        F: Fn(&[u8]) -> Result<R>,
    {
        assert_ne!(length, 0, "readers are promised not to be asked for nothing");
        self.note(Event::Read { offset, length });
        self.bytes.read_exact_at(offset, length, f)
    }

    fn batch_read_at<Q: ?Sized, F, R>(
        &self,
        iov: impl IntoIterator<Item = (impl Borrow<Q>, u64, u64)>,
        f: F,
    ) -> Result<Vec<R>>
    where
        F: Fn(&Q, &[u8]) -> Result<R>,
    {
        let iov: Vec<_> = iov.into_iter().collect();
        self.note(Event::Batch(
            iov.iter().map(|(_, offset, length)| (*offset, *length)).collect(),
        ));
        self.bytes.batch_read_at(iov, f)
    }

    fn source_size(&self) -> Option<SourceSize> {
        self.size
    }
}

/// The expected call of a batch whose keys are in these extents, given as offsets and lengths: each extent once, in file order,
/// adjacent ones together up to 64 KiB.
pub fn batch(mut extents: Vec<(u64, u64)>) -> Event {
    extents.retain(|(_, length)| *length > 0);
    extents.sort_unstable();
    extents.dedup();
    let mut reads: Vec<(u64, u64)> = Vec::new();
    for (offset, length) in extents {
        match reads.last_mut() {
            Some((start, total)) if *start + *total == offset && *total + length <= 64 << 10 => {
                *total += length
            }
            _ => reads.push((offset, length)),
        }
    }
    Event::Batch(reads)
}

/// Asserts that reads cover `start` to `end` without gaps, each as long as allowed.
pub fn assert_sequential(events: &[Event], start: u64, end: u64) {
    let mut next = start;
    let mut most = 16 << 10;
    for event in events {
        let Event::Read { offset, length } = *event else {
            panic!("{event:?} is no single read")
        };
        assert_eq!((offset, length), (next, most.min(end - next)));
        next += length;
        most = (2 * most).min(256 << 10);
    }
    assert_eq!(next, end);
}
