//! Objects that are replaced between any two requests.

use std::io::{Error, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use massmap_async::object_store::ObjectStore;
use massmap_async::object_store::path::Path;
use massmap_async::{
    AsyncMassMap, AsyncOpenOptions, AsyncReader, BlockingOptions, Bytes, Cached, HedgeDelay, Hedged,
    ObjectReader, PageCache, RemoteError, TokioTimer,
};
use massmap_hash::Xxh3HashLoader;
use massmap_read::MassMap;
use servers::{Fault, Object, TestServer};

use crate::maps::file::{build, builder};
use crate::random::Random;
use crate::remote::{PATH, http_store, messages, s3_store};

const KEYS: u64 = 1000;
const VERSIONS: u64 = 12;

/// What the server says of versions of the object, and does about conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tags {
    Strong,
    /// Strong, of a server that does not look at `If-Match`.
    StrongIgnored,
    /// All versions have the same weak tag and time.
    Weak,
    /// Nothing but the length tells versions apart.
    None,
}

/// A server of which the object is replaced, and clients.
struct Replacing {
    server: TestServer,
    objects: Vec<Object>,
    stores: [(Arc<dyn ObjectStore>, &'static str); 2],
    tags: Tags,
    random: Random,
    /// Whether a body broke off in this round.
    broke_off: Arc<AtomicBool>,
    answers: usize,
    errors: usize,
}

impl Replacing {
    fn new(tags: Tags) -> Self {
        let server = TestServer::start();
        server.set_ignore_if_match(tags == Tags::StrongIgnored);
        // S3 always has ETags.
        let stores = match tags {
            Tags::None => [(http_store(&server, 2), PATH), (http_store(&server, 2), PATH)],
            _ => [(http_store(&server, 2), PATH), (s3_store(&server), "folder/map")],
        };
        Self {
            objects: (0..VERSIONS).map(|number| object(number, tags)).collect(),
            server,
            stores,
            tags,
            random: Random::new(tags as u64),
            broke_off: Arc::default(),
            answers: 0,
            errors: 0,
        }
    }

    /// Puts one version there, which is replaced by another at one of the next requests, and gives a reader of it.
    fn begin(&mut self) -> ObjectReader {
        let random = &mut self.random;
        let (first, second) = (random.below(VERSIONS), random.below(VERSIONS));
        let object = |number: u64| self.objects[usize::try_from(number).unwrap()].clone();
        self.server.put(PATH, object(first));
        let (objects, next) = (self.server.objects(), object(second));
        let left = AtomicUsize::new(random.index(14));
        // Bodies that break off are resumed, with yet another chance to mix versions.
        let (breaks_off, after) = (random.index(24), random.index(600));
        let requests = AtomicUsize::new(0);
        self.broke_off = Arc::default();
        let broke_off = Arc::clone(&self.broke_off);
        self.server.set_rule(move |_| {
            if left.fetch_sub(1, Ordering::Relaxed) == 0 {
                objects.put(PATH, next.clone());
            }
            match requests.fetch_add(1, Ordering::Relaxed) == breaks_off {
                true => {
                    broke_off.store(true, Ordering::Relaxed);
                    Fault::CloseAfter(after)
                }
                false => Fault::None,
            }
        });
        let (store, path) = &self.stores[self.random.index(2)];
        ObjectReader::new(Arc::clone(store), Path::from(*path), "the map")
    }

    fn options(&mut self) -> AsyncOpenOptions {
        AsyncOpenOptions::new()
            .first_read([512, 64 << 10][self.random.index(2)])
            .requests_in_flight(1 + self.random.index(4))
            .largest_gap(512)
            .longest_request(4096)
            .index_in_parts(self.random.index(4) == 0)
    }

    /// Takes an error, which must be one that this server's tags allow for.
    #[track_caller]
    fn error(&mut self, error: &Error) {
        let payload = error.get_ref().and_then(|payload| payload.downcast_ref());
        let is_change =
            matches!(payload, Some(RemoteError::Changed { location, .. }) if location == "the map");
        let is_damage = [ErrorKind::InvalidData, ErrorKind::UnexpectedEof].contains(&error.kind());
        let is_right = match self.tags {
            Tags::Strong | Tags::StrongIgnored => is_change,
            // Noticed by the length, by the checksums, or by the structure.
            Tags::Weak | Tags::None => is_change || is_damage,
        };
        // A body that cannot be resumed where the object was replaced in the middle of it.
        let is_broken =
            error.to_string().starts_with("cannot read") && self.broke_off.load(Ordering::Relaxed);
        let is_right = is_right || is_broken;
        assert!(is_right, "{:?}: {}", self.tags, messages(error));
        self.errors += 1;
    }

    /// Takes a value, which must be the one of the version that was `seen`.
    #[track_caller]
    fn value(&mut self, value: Option<u64>, seen: &mut Option<u64>) {
        let value = value.expect("a present key was missed");
        assert_eq!(*seen.get_or_insert(value), value, "of two versions");
        self.answers += 1;
    }

    #[track_caller]
    fn result(&mut self, result: std::io::Result<Option<u64>>, seen: &mut Option<u64>) {
        match result {
            Ok(value) => self.value(value, seen),
            Err(error) => self.error(&error),
        }
    }

    /// So many times, lookups of several kinds during which the object is replaced at any of their requests.
    async fn interleave<R: AsyncReader>(mut self, rounds: usize, mut wrap: impl FnMut(ObjectReader) -> R) {
        for round in 0..rounds {
            let reader = wrap(self.begin());
            let options = self.options();
            let map = match AsyncMassMap::<u64, u64, _>::open_with(reader, &options).await {
                Ok(map) => map,
                Err(error) => {
                    self.error(&error);
                    continue;
                }
            };
            let seen = &mut None;
            for _ in 0..3 {
                let key = self.random.below(KEYS);
                self.result(map.get(&key).await, seen);
            }
            let keys: Vec<u64> = (0..4).map(|_| self.random.below(KEYS)).collect();
            for result in join_all(keys.iter().map(|key| map.get(key))).await {
                self.result(result, seen);
            }
            match map.batch_get(&keys).await {
                Ok(values) => values.into_iter().for_each(|value| self.value(value, seen)),
                Err(error) => self.error(&error),
            }
            if round % 3 == 0 {
                let mut entries = std::pin::pin!(map.iter());
                while let Some(entry) = entries.next().await {
                    self.result(entry.map(|(_, value)| Some(value)), seen);
                }
            }
        }
        self.finish(rounds);
    }

    /// The same for programs without a runtime.
    fn interleave_blocking(mut self, rounds: usize) {
        for round in 0..rounds {
            let reader = self.begin();
            let options = BlockingOptions::new()
                .first_read([512, 64 << 10][self.random.index(2)])
                .largest_gap(512)
                .longest_request(4096)
                .requests_in_flight(1 + self.random.index(4));
            let map = options
                .open(reader)
                .and_then(MassMap::<u64, u64, _, Xxh3HashLoader>::load);
            let map = match map {
                Ok(map) => map,
                Err(error) => {
                    self.error(&error);
                    continue;
                }
            };
            let seen = &mut None;
            for _ in 0..5 {
                let key = self.random.below(KEYS);
                self.result(map.get(&key), seen);
            }
            let keys: Vec<u64> = (0..6).map(|_| self.random.below(KEYS)).collect();
            match map.batch_get(&keys) {
                Ok(values) => values.into_iter().for_each(|value| self.value(value, seen)),
                Err(error) => self.error(&error),
            }
            if round % 3 == 0 {
                for entry in map.iter() {
                    self.result(entry.map(|(_, value)| Some(value)), seen);
                }
            }
        }
        self.finish(rounds);
    }

    fn finish(self, rounds: usize) {
        assert!(
            self.answers > 10 * rounds && self.errors > rounds / 2,
            "{:?}: {} answers and {} errors in {rounds} rounds",
            self.tags,
            self.answers,
            self.errors
        );
        let requests = self.server.requests();
        assert!(
            requests
                .iter()
                .all(|request| request.method == "GET" && request.range().is_some())
        );
    }
}

/// All values of a version are alike: its number.
fn file(number: u64) -> Bytes {
    // Versions differ in the number of entries, too, so that keys move from page to page, and some are of equal length.
    let entries = (0..KEYS + number % 5).map(|key| (key, number));
    build(builder().with_miss_filter(number.is_multiple_of(2)), entries)
}

fn object(number: u64, tags: Tags) -> Object {
    let object = Object::new(file(number));
    match tags {
        Tags::Strong | Tags::StrongIgnored => object.with_etag(&format!("\"{number}\"")),
        Tags::Weak => object.with_etag("W/\"the same\""),
        Tags::None => object.without_etag().without_last_modified(),
    }
}

#[tokio::test]
async fn a_thousand_replaced_objects_are_noticed_by_their_tags() {
    Replacing::new(Tags::Strong)
        .interleave(1000, |reader| reader)
        .await;
}

#[tokio::test]
async fn replaced_objects_of_a_server_that_ignores_conditions_are_noticed_by_their_tags() {
    Replacing::new(Tags::StrongIgnored)
        .interleave(300, |reader| reader)
        .await;
}

#[tokio::test]
async fn replaced_objects_without_strong_tags_are_noticed_by_their_checksums() {
    for tags in [Tags::Weak, Tags::None] {
        Replacing::new(tags).interleave(200, |reader| reader).await;
    }
}

#[tokio::test]
async fn replaced_objects_are_noticed_behind_a_cache_of_all_versions() {
    for tags in [Tags::Strong, Tags::Weak, Tags::None] {
        // The pages of each round are there in the next ones, which may be of the same version or of another.
        let cache = PageCache::new(16 << 20);
        let wrap = |reader| Cached::new(reader, &cache).with_page_size(512);
        Replacing::new(tags).interleave(200, wrap).await;
    }
}

#[tokio::test]
async fn replaced_objects_are_noticed_by_two_requests_for_each_read() {
    for tags in [Tags::Strong, Tags::Weak] {
        let wrap = |reader| {
            let delay = HedgeDelay::Fixed(Duration::ZERO);
            Hedged::new(reader, TokioTimer::new(), delay).with_largest_share(1.0)
        };
        Replacing::new(tags).interleave(150, wrap).await;
    }
}

#[test]
fn replaced_objects_are_noticed_by_programs_without_a_runtime() {
    for (tags, rounds) in [(Tags::Strong, 300), (Tags::Weak, 100), (Tags::None, 100)] {
        Replacing::new(tags).interleave_blocking(rounds);
    }
}
