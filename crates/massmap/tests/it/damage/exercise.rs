//! Does everything with a file that a program can do, and checks the answers.

use std::fmt::Debug;
use std::hash::Hash;
use std::ops::AddAssign;
use std::panic::{AssertUnwindSafe, catch_unwind};

use massmap::{MassMap, MassMapInner, MassMapMerger, MassMapReader, MemoryWriter};
use serde::de::DeserializeOwned;
use support::allocations::peak_of;

/// An intact file and its entries.
pub(super) struct Case<K, V> {
    pub(super) name: &'static str,
    pub(super) file: Vec<u8>,
    /// The keys are distinct.
    pub(super) entries: Vec<(K, V)>,
    /// Keys that no entry has.
    pub(super) absent: Vec<K>,
}

/// Results of using damaged files.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tally {
    /// Files tried.
    pub(super) files: usize,
    /// Files that do not open.
    pub(super) refused: usize,
    /// Lookups of present keys that give the right value.
    pub(super) right: usize,
    /// Lookups that report an error.
    pub(super) errors: usize,
    /// Lookups that give a wrong value.
    pub(super) wrong: usize,
    /// Lookups of present keys that find nothing.
    pub(super) misses: usize,
    /// Lookups of absent keys that find something.
    pub(super) false_hits: usize,
    /// Peak memory, in bytes.
    pub(super) peak: usize,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.files += other.files;
        self.refused += other.refused;
        self.right += other.right;
        self.errors += other.errors;
        self.wrong += other.wrong;
        self.misses += other.misses;
        self.false_hits += other.false_hits;
        self.peak = self.peak.max(other.peak);
    }
}

impl<K, V> Case<K, V>
where
    K: DeserializeOwned + Hash + Eq + Debug,
    V: DeserializeOwned + Clone + PartialEq + Debug,
{
    /// Opens a damaged file repeatedly with `open` and does everything with it. `damage` names the damage.
    ///
    /// Fails if anything panics, does not terminate, contradicts itself, or takes more than `bound` bytes of memory.
    pub(super) fn exercise<R>(&self, damage: &dyn Debug, bound: usize, open: impl Fn() -> R) -> Tally
    where
        R: MassMapReader,
    {
        let work = || peak_of(|| self.look_at_everything(&open));
        match catch_unwind(AssertUnwindSafe(work)) {
            Ok((tally, peak)) => {
                assert!(
                    peak <= bound,
                    "{}: {peak} bytes of memory were taken after {damage:?}, {bound} are allowed",
                    self.name
                );
                Tally { peak, ..tally }
            }
            Err(_) => panic!("{}: something panicked after {damage:?}", self.name),
        }
    }

    fn look_at_everything<R: MassMapReader>(&self, open: impl Fn() -> R) -> Tally {
        let mut tally = Tally {
            files: 1,
            ..Tally::default()
        };
        let untyped = MassMapInner::<_>::load(open());
        if let Ok(inner) = untyped {
            let writer = MemoryWriter::new();
            let _ = MassMapMerger::default().merge_inner(&writer, vec![inner]);
            let casted = MassMapInner::<_>::load(open()).map(MassMapInner::cast::<K, V>);
            self.look_up(&casted.expect("it opened before"));
        }
        match MassMap::<K, V, _>::load(open()) {
            Ok(map) => {
                tally += self.look_up(&map);
                self.walk(&map);
                let merger = MassMapMerger::default().with_writer_buffer_size(100);
                let _ = merger.merge(&MemoryWriter::new(), vec![map]);
            }
            Err(_) => tally.refused = 1,
        }
        tally
    }

    /// Looks up every key in every way.
    fn look_up<R: MassMapReader>(&self, map: &MassMap<K, V, R>) -> Tally {
        let mut tally = Tally::default();
        let present = self.entries.iter().map(|(key, value)| (key, Some(value)));
        for (key, expected) in present.chain(self.absent.iter().map(|key| (key, None))) {
            let found = map.get(key);
            match (&found, expected) {
                (Err(_), _) => tally.errors += 1,
                (Ok(Some(found)), Some(expected)) if found == expected => tally.right += 1,
                (Ok(Some(_)), Some(_)) => tally.wrong += 1,
                (Ok(None), Some(_)) => tally.misses += 1,
                (Ok(Some(_)), None) => tally.false_hits += 1,
                (Ok(None), None) => {}
            }
            let batch = map
                .batch_get::<K>([key])
                .map(|mut batch| batch.pop().expect("one key, one answer"));
            match (&found, batch) {
                (Ok(found), Ok(batch)) => assert!(*found == batch, "get and batch_get differ for {key:?}"),
                (Err(_), Err(_)) => {}
                (found, batch) => panic!("get says {found:?}, batch_get {batch:?} for {key:?}"),
            }
            match (found, map.contains_key(key)) {
                // The value of a present key may be damaged.
                (Err(_), Ok(contains)) => assert!(contains, "get fails, contains_key denies {key:?}"),
                (Ok(found), contains) => assert_eq!(contains.ok(), Some(found.is_some()), "{key:?}"),
                (Err(_), Err(_)) => {}
            }
        }
        let _ = map.batch_get::<K>(self.entries.iter().map(|(key, _)| key));
        tally
    }

    /// Iterates over all entries in every way.
    fn walk<R: MassMapReader>(&self, map: &MassMap<K, V, R>) {
        let most = self.file.len();
        let ends = |count: usize| assert!(count <= most, "more items than the file has bytes");
        ends(map.iter().take(most + 1).count());
        ends(map.keys().take(most + 1).count());
        ends(map.values().take(most + 1).count());
        for index in 0..map.bucket_count() {
            let _ = map.get_bucket(index);
        }
        map.get_bucket(map.bucket_count())
            .map(drop)
            .expect_err("there is no such bucket");
    }
}
