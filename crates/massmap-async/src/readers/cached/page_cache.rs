//! Pages in memory, of any number of files.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};

use crate::readers::cached::failure::Failure;
use crate::readers::cached::flight::{Flight, Landing};
use crate::readers::cached::key::{FileKey, PageKey, PageRef};

/// A cache of pages, bounded in bytes, for any number of files: [`Cached`](crate::Cached) readers keep in it what they read.
///
/// Clones share the pages.
#[derive(Clone)]
pub struct PageCache(Arc<Shared>);

struct Shared {
    pages: Cache<PageKey, Bytes, Weight>,
    /// The requests that are being made, under each page that they are to bring.
    flights: Mutex<HashMap<PageKey, Arc<PageFlight>>>,
    capacity: u64,
    readers: AtomicU64,
    hits: AtomicU64,
    misses: AtomicU64,
}

/// What a [`PageCache`] did so far, and what it holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheStats {
    /// Number of pages that were in the cache, or that another's request brought.
    pub hits: u64,
    /// Number of pages that were requested. Those of reads that bypass the cache do not count.
    pub misses: u64,
    /// Number of pages in the cache.
    pub pages: u64,
    /// What they take, in bytes, with the 256 bytes that each costs besides its length. At most the size of the cache.
    pub bytes: u64,
}

/// A request for pages, made by the reader with the number. The pages under their numbers.
pub(super) type PageFlight = Flight<Fetched>;

/// What a request brings to those who wait for it.
#[derive(Debug, Clone)]
pub(super) enum Fetched {
    Pages(Arc<BTreeMap<u64, Bytes>>),
    /// It failed, for the reader with this number.
    Failed(u64, Failure),
}

/// What a page takes besides its bytes: key, value, an entry of the table and of the lists, half an entry for pages that were evicted,
/// and what its allocations cost.
const OVERHEAD: u64 = 256;

#[derive(Clone)]
struct Weight;

impl Weighter<PageKey, Bytes> for Weight {
    fn weight(&self, _: &PageKey, page: &Bytes) -> u64 {
        page.len() as u64 + OVERHEAD
    }
}

impl PageCache {
    /// A cache that takes at most `size` bytes. Each page costs 256 bytes besides its length.
    ///
    /// Pages that are being read, or that callers hold, do not count.
    #[must_use]
    pub fn new(size: u64) -> Self {
        // Each part has a lock and an equal share of the bytes. They are large enough for pages of any reasonable size.
        let parts = 1 << (size >> 24).clamp(1, 64).ilog2();
        let capacity = size - size % parts;
        let number = |of: u64| usize::try_from(of).unwrap_or(usize::MAX);
        let options = OptionsBuilder::new()
            .shards(number(parts))
            .weight_capacity(capacity)
            .estimated_items_capacity(number(capacity / 4096))
            .build()
            .expect("everything that is required is set");
        Self(Arc::new(Shared {
            pages: Cache::with_options(
                options,
                Weight,
                DefaultHashBuilder::default(),
                DefaultLifecycle::default(),
            ),
            flights: Mutex::default(),
            capacity,
            readers: AtomicU64::new(0),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }))
    }

    /// What was done so far, and what is held.
    #[must_use]
    pub fn stats(&self) -> CacheStats {
        CacheStats {
            hits: self.0.hits.load(Ordering::Relaxed),
            misses: self.0.misses.load(Ordering::Relaxed),
            pages: self.0.pages.len() as u64,
            bytes: self.0.pages.weight(),
        }
    }

    /// Removes all pages.
    pub fn clear(&self) {
        self.0.pages.clear();
    }

    /// The most that a read may bring into the cache, in bytes: one that needs more would displace too much.
    pub(super) fn largest_read(&self) -> u64 {
        self.0.capacity / 8
    }

    /// A number that no other reader has.
    pub(super) fn number_reader(&self) -> u64 {
        self.0.readers.fetch_add(1, Ordering::Relaxed)
    }

    /// The page, if it is there.
    pub(super) fn get(&self, file: &Arc<FileKey>, number: u64) -> Option<Bytes> {
        let page = self.0.pages.get(&PageRef { file, number })?;
        self.hit();
        Some(page)
    }

    /// A page was there or came with another's request.
    pub(super) fn hit(&self) {
        self.0.hits.fetch_add(1, Ordering::Relaxed);
    }

    /// Pages that are not there: those that somebody requests already, and a request for the others.
    pub(super) fn begin(&self, file: &Arc<FileKey>, numbers: impl IntoIterator<Item = u64>) -> Begun {
        let mut begun = Begun {
            found: Vec::new(),
            requested: None,
            request: Request {
                cache: self.clone(),
                file: Arc::clone(file),
                flight: Arc::new(Flight::new()),
                numbers: Vec::new(),
            },
        };
        let mut flights = self.flights();
        for number in numbers {
            let key = PageKey::new(file, number);
            // One that has stalled and was given up is as good as none.
            if let Some(flight) = flights.get(&key).filter(|flight| flight.is_running()) {
                begun
                    .requested
                    .get_or_insert_with(|| (number, Arc::clone(flight)));
            } else if let Some(page) = self.get(file, number) {
                // A request for it has ended since it was looked for.
                begun.found.push((number, page));
            } else {
                flights.insert(key, Arc::clone(&begun.request.flight));
                begun.request.numbers.push(number);
            }
        }
        drop(flights);
        let misses = begun.request.numbers.len() as u64;
        self.0.misses.fetch_add(misses, Ordering::Relaxed);
        begun
    }

    fn flights(&self) -> MutexGuard<'_, HashMap<PageKey, Arc<PageFlight>>> {
        self.0.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for PageCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageCache")
            .field("capacity", &self.0.capacity)
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}

/// What came of pages that were not there.
#[derive(Debug)]
pub(super) struct Begun {
    pub(super) found: Vec<(u64, Bytes)>,
    /// The first page that somebody requests already.
    pub(super) requested: Option<(u64, Arc<PageFlight>)>,
    /// For the others. Others wait for it until it is dropped.
    pub(super) request: Request,
}

/// A request for pages, that others may wait for. Dropped before it has ended, it lets them make requests of their own.
#[derive(Debug)]
pub(super) struct Request {
    cache: PageCache,
    file: Arc<FileKey>,
    pub(super) flight: Arc<PageFlight>,
    /// Ascending.
    pub(super) numbers: Vec<u64>,
}

impl Request {
    /// The pages came.
    pub(super) fn succeed(mut self, pages: BTreeMap<u64, Bytes>) -> Arc<BTreeMap<u64, Bytes>> {
        for (number, page) in &pages {
            let key = PageKey::new(&self.file, *number);
            self.cache.0.pages.insert(key, page.clone());
        }
        let pages = Arc::new(pages);
        self.land(Landing::Done(Fetched::Pages(Arc::clone(&pages))));
        pages
    }

    /// The request failed: so it did for all who wait and use the same reader.
    pub(super) fn fail(mut self, reader: u64, failure: Failure) {
        self.land(Landing::Done(Fetched::Failed(reader, failure)));
    }

    /// The pages are where others find them, or may be requested again, before those who wait are woken.
    fn land(&mut self, landing: Landing<Fetched>) {
        let mut flights = self.cache.flights();
        for number in self.numbers.drain(..) {
            let key = PageKey::new(&self.file, number);
            // Not the request of one who gave this one up.
            if flights
                .get(&key)
                .is_some_and(|flight| Arc::ptr_eq(flight, &self.flight))
            {
                flights.remove(&key);
            }
        }
        drop(flights);
        self.flight.land(landing);
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        if !self.numbers.is_empty() {
            self.land(Landing::Abandoned);
        }
    }
}

#[cfg(test)]
mod tests;
