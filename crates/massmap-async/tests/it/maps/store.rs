//! An object store of one object in memory, which counts requests, waits, fails, and can be replaced.

use std::io::{self, Result};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use futures_util::future::poll_fn;
use massmap_async::{AsyncReader, Bytes, MemoryReader, RemoteError, Suffix, VersionTag};

/// The object, which may be replaced.
#[derive(Debug, Default)]
pub(crate) struct Store {
    object: Mutex<(Bytes, u64)>,
    /// All requests so far: where they began, and how many bytes they asked for.
    requests: Mutex<Vec<Range<u64>>>,
    suffixes: AtomicUsize,
    /// How often a request is polled before it is answered.
    pub(crate) delay: AtomicUsize,
    /// The number of requests that are answered before all others fail.
    pub(crate) fail_after: Mutex<Option<usize>>,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
    /// After how many answers the object is replaced, and by what.
    replacement: Mutex<Option<(usize, Bytes)>>,
    /// Whether its tags tell versions apart.
    pub(crate) has_weak_tags: bool,
}

impl Store {
    pub(crate) fn new(bytes: Bytes) -> Arc<Self> {
        Arc::new(Self {
            object: Mutex::new((bytes, 1)),
            ..Self::default()
        })
    }

    pub(crate) fn with_weak_tags(bytes: Bytes) -> Arc<Self> {
        Arc::new(Self {
            object: Mutex::new((bytes, 1)),
            has_weak_tags: true,
            ..Self::default()
        })
    }

    pub(crate) fn reader(self: &Arc<Self>) -> StoreReader {
        StoreReader {
            store: Arc::clone(self),
            version: OnceLock::new(),
        }
    }

    /// Replaces the object.
    pub(crate) fn replace(&self, bytes: Bytes) {
        let mut object = self.object.lock().unwrap();
        *object = (bytes, object.1 + 1);
    }

    /// Replaces the object once so many requests have been answered.
    pub(crate) fn replace_after(&self, answers: usize, bytes: Bytes) {
        *self.replacement.lock().unwrap() = Some((answers, bytes));
    }

    /// Number of requests that have not been answered.
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// The number of requests since the last call.
    pub(crate) fn count(&self) -> usize {
        self.requests.lock().unwrap().drain(..).count() + self.suffixes.swap(0, Ordering::Relaxed)
    }

    /// The requests for ranges since the last call.
    pub(crate) fn ranges(&self) -> Vec<Range<u64>> {
        self.requests.lock().unwrap().drain(..).collect()
    }

    pub(crate) fn most_in_flight(&self) -> usize {
        self.most_in_flight.swap(0, Ordering::Relaxed)
    }

    /// Waits, and gives the object as it is then, with its version.
    async fn answer(&self) -> Result<(Bytes, u64)> {
        struct InFlight<'a>(&'a AtomicUsize);
        impl Drop for InFlight<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::Relaxed);
            }
        }
        let now = self.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
        let _in_flight = InFlight(&self.in_flight);
        self.most_in_flight.fetch_max(now, Ordering::Relaxed);
        let mut left = self.delay.load(Ordering::Relaxed);
        poll_fn(|context| match left {
            0 => std::task::Poll::Ready(()),
            _ => {
                left -= 1;
                context.waker().wake_by_ref();
                std::task::Poll::Pending
            }
        })
        .await;
        if let Some(left) = &mut *self.fail_after.lock().unwrap() {
            *left = left
                .checked_sub(1)
                .ok_or_else(|| io::Error::new(io::ErrorKind::ConnectionReset, "the line is down"))?;
        }
        let mut replacement = self.replacement.lock().unwrap();
        match &mut *replacement {
            Some((0, bytes)) => {
                self.replace(std::mem::take(bytes));
                *replacement = None;
            }
            Some((left, _)) => *left -= 1,
            None => {}
        }
        Ok(self.object.lock().unwrap().clone())
    }
}

/// A reader of the object.
#[derive(Debug)]
pub(crate) struct StoreReader {
    store: Arc<Store>,
    /// The version of the first answer.
    version: OnceLock<u64>,
}

impl StoreReader {
    fn check(&self, version: u64) -> Result<()> {
        let opened = *self.version.get_or_init(|| version);
        if opened == version || self.store.has_weak_tags {
            return Ok(());
        }
        Err(RemoteError::Changed {
            location: self.location().to_owned(),
            opened: opened.to_string(),
            found: version.to_string(),
        }
        .into())
    }
}

impl AsyncReader for StoreReader {
    async fn read(&self, range: Range<u64>) -> Result<Bytes> {
        self.store.requests.lock().unwrap().push(range.clone());
        let (bytes, version) = self.store.answer().await?;
        self.check(version)?;
        MemoryReader::new(bytes).read(range).await
    }

    async fn read_suffix(&self, length: u64) -> Result<Suffix> {
        self.store.suffixes.fetch_add(1, Ordering::Relaxed);
        let (bytes, version) = self.store.answer().await?;
        self.check(version)?;
        let mut suffix = MemoryReader::new(bytes).read_suffix(length).await?;
        suffix.version = match self.store.has_weak_tags {
            true => VersionTag::weak("yesterday"),
            false => VersionTag::strong(version.to_string()),
        };
        Ok(suffix)
    }

    fn location(&self) -> &str {
        "store://object"
    }
}
