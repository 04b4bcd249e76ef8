//! A reader of a store that the tests control.

use std::future::poll_fn;
use std::io::{Error, ErrorKind, Result};
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::task::{Poll, Waker};

use massmap_async::conformance::sample;
use massmap_async::{AsyncReader, Bytes, MemoryReader, Suffix, VersionTag};

/// A store with one file. It counts requests, answers when it may, and fails when it shall.
pub(crate) struct Fake {
    pub(crate) bytes: Mutex<Bytes>,
    pub(crate) location: String,
    pub(crate) version: Mutex<VersionTag>,
    /// The ranges that were asked for.
    pub(crate) requests: Mutex<Vec<Range<u64>>>,
    /// How often each request is polled before it answers.
    pub(crate) polls: AtomicU32,
    pub(crate) gate: Gate,
    pub(crate) failing: Mutex<Option<ErrorKind>>,
    /// How many requests are being made.
    pub(crate) live: AtomicUsize,
}

impl Fake {
    pub(crate) fn new(location: &str, version: VersionTag, bytes: impl Into<Bytes>) -> Self {
        Self {
            bytes: Mutex::new(bytes.into()),
            location: location.to_owned(),
            version: Mutex::new(version),
            requests: Mutex::default(),
            polls: AtomicU32::new(0),
            gate: Gate::default(),
            failing: Mutex::default(),
            live: AtomicUsize::new(0),
        }
    }

    /// Of the sample, with each request polled three times.
    pub(crate) fn of_sample() -> Self {
        let fake = Self::new("fake://sample", VersionTag::strong("1"), sample());
        fake.polls.store(3, Ordering::Relaxed);
        fake
    }

    /// The requests since the last call.
    pub(crate) fn take_requests(&self) -> Vec<Range<u64>> {
        std::mem::take(&mut *self.requests.lock().unwrap())
    }

    async fn answer<T>(&self, answer: impl Future<Output = Result<T>>) -> Result<T> {
        let _live = Live::new(&self.live);
        let failing = *self.failing.lock().unwrap();
        yields(self.polls.load(Ordering::Relaxed)).await;
        self.gate.pass().await;
        match failing {
            Some(kind) => Err(Error::new(kind, "the store says so")),
            None => answer.await,
        }
    }
}

impl AsyncReader for Fake {
    async fn read(&self, range: Range<u64>) -> Result<Bytes> {
        self.requests.lock().unwrap().push(range.clone());
        let memory = MemoryReader::new(self.bytes.lock().unwrap().clone());
        self.answer(memory.read(range)).await
    }

    async fn read_suffix(&self, length: u64) -> Result<Suffix> {
        let memory = MemoryReader::new(self.bytes.lock().unwrap().clone());
        let version = self.version.lock().unwrap().clone();
        let suffix = async {
            let suffix = memory.read_suffix(length).await?;
            Ok(Suffix { version, ..suffix })
        };
        self.answer(suffix).await
    }

    fn location(&self) -> &str {
        &self.location
    }
}

/// Counts what lives.
struct Live<'a>(&'a AtomicUsize);

impl<'a> Live<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Live<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Lets others run this often.
pub(crate) async fn yields(times: u32) {
    let mut left = times;
    poll_fn(|cx| match left {
        0 => Poll::Ready(()),
        _ => {
            left -= 1;
            cx.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await;
}

/// Holds up whoever wants to pass while it is closed.
#[derive(Default)]
pub(crate) struct Gate(Mutex<(bool, Vec<Waker>)>);

impl Gate {
    pub(crate) fn close(&self) {
        self.0.lock().unwrap().0 = true;
    }

    pub(crate) fn open(&self) {
        let waiting = std::mem::take(&mut *self.0.lock().unwrap()).1;
        waiting.into_iter().for_each(Waker::wake);
    }

    async fn pass(&self) {
        poll_fn(|cx| {
            let (closed, waiting) = &mut *self.0.lock().unwrap();
            if !*closed {
                return Poll::Ready(());
            }
            waiting.push(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

/// Numbers that look random, the same ones for the same seed.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        // xorshift64*, of which the upper bits are the good ones.
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) % end
    }
}
