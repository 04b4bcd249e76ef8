//! Files that verification accepts give the same answers in every way of asking.
//!
//! The body of the fuzz target `verified`. A [`Shape`] describes a small file, [`mutate`] changes it and corrects its
//! checksums, and [`check_file`] compares verification with lookups.

use std::collections::HashMap;
use std::fmt::Debug;
use std::fs::File;
use std::hash::Hash;
use std::io::{Result, Write};

use massmap::{
    BytesReader, ChecksumPolicy, DuplicateKeys, FilePool, FormatVersion, KnownHashLoader, LendingReader,
    MappedFile, MassMap, MassMapInner, MassMapMerger, MassMapReader, MemoryWriter,
};
use rayon::iter::ParallelIterator;
use serde::Serialize;
use serde::de::DeserializeOwned;
use support::allocations::peak_of;

mod choices;
mod mutate;
mod shapes;

pub use choices::Choices;
pub use mutate::mutate;
pub use shapes::{Record, Shape, Types};

type Map<K, V, R> = MassMap<K, V, R, KnownHashLoader>;

/// Builds, changes and checks a file as `data` says.
///
/// # Panics
///
/// If verification accepts a file with inconsistent answers, or anything panics.
pub fn check(data: &[u8]) {
    let mut choices = Choices::new(data);
    let shape = Shape::choose(&mut choices);
    let mut file = shape.build();
    mutate(&mut file, &mut choices);
    check_file(&file, shape.types);
}

/// Checks a file whose keys and values have these types, if they have any.
///
/// # Panics
///
/// Like [`check`].
pub fn check_file(file: &[u8], types: Types) {
    match types {
        Types::Numbers => check_as::<u64, u64>(file),
        Types::Texts => check_as::<i16, String>(file),
        Types::Records => check_as::<String, Record>(file),
    }
}

/// Memory limit of opening, verifying and iterating over a file of `length` bytes. Decoded metadata takes many times its
/// length, and there are a few decoded runs of pages. Threads keep a buffer of 256 KiB for reads.
const fn memory(length: usize) -> usize {
    (2 << 20) + 40 * length
}

fn check_as<K: Key, V: Value>(data: &[u8]) {
    let ((), peak) = peak_of(|| {
        let Ok(inner) = MassMapInner::<_, KnownHashLoader>::load(BytesReader::new(data)) else {
            return;
        };
        let untyped = inner.verify().is_ok();
        let map = inner.cast::<K, V>();
        let typed = map.verify().is_ok();
        assert!(untyped || !typed, "more is wrong where less is checked");
        map.iter().for_each(drop);
        // A key type other than that of the file is detected by verification or by lookups.
        if data.len() < 2000 {
            let inner = MassMapInner::<_, KnownHashLoader>::load(BytesReader::new(data));
            let other = inner.expect("it has been opened").cast::<u32, V>();
            assert!(!other.verify().is_ok() || other.iter().count() == 0 || other.contains_key(&0).is_ok());
        }
    });
    assert!(
        peak <= memory(data.len()),
        "{peak} bytes for a file of {}",
        data.len()
    );

    let open = || Map::<K, V, _>::load(BytesReader::new(data));
    let Ok(map) = open() else {
        // A map does not open if its types are wrong, so verification must not accept them either.
        let inner = MassMapInner::<_, KnownHashLoader>::load(BytesReader::new(data));
        let accepted = inner.is_ok_and(|inner| inner.cast::<K, V>().verify().is_ok());
        assert!(!accepted, "verifying accepts what does not open");
        return;
    };
    if !map.verify().is_ok() {
        return;
    }
    let known = Known::of(&map);
    known.check_lending(&map);
    let first_read = open()
        .expect("it has been opened")
        .with_checksum_policy(ChecksumPolicy::FirstRead);
    for _ in 0..2 {
        known.check_lending(&first_read);
    }
    let never = open()
        .expect("it has been opened")
        .with_checksum_policy(ChecksumPolicy::Never);
    known.check_lending(&never);
    known.check_files(data);
    known.check_merges(open);
}

/// A key type, with keys that files probably do not have.
trait Key: Serialize + DeserializeOwned + Eq + Hash + Clone + Send + Sync + Debug {
    fn others() -> Vec<Self>;
}

impl Key for u64 {
    fn others() -> Vec<Self> {
        (0..40).map(|i| u64::MAX / 41 * i + 3).collect()
    }
}

impl Key for i16 {
    fn others() -> Vec<Self> {
        (0..40).map(|i| i * 771 - 15_000).collect()
    }
}

impl Key for String {
    fn others() -> Vec<Self> {
        (0..40).map(|i| format!("no key {i}")).collect()
    }
}

/// A value type.
trait Value: Serialize + DeserializeOwned + PartialEq + Clone + Send + Sync + Debug {}

impl<T: Serialize + DeserializeOwned + PartialEq + Clone + Send + Sync + Debug> Value for T {}

/// The contents of a map, found by iterating over it.
struct Known<K, V> {
    keys: Vec<K>,
    /// `None` if a value is of another type, which verification does not check.
    entries: Option<Vec<(K, V)>>,
    /// Keys that the map does not have.
    missing: Vec<K>,
    /// The answer of a lookup for each key and each missing one. `None` if the value is of another type.
    answers: Vec<(K, Option<Option<V>>)>,
}

impl<K: Key, V: Value> Known<K, V> {
    fn of(map: &Map<K, V, impl MassMapReader>) -> Self {
        let keys: Vec<K> = map
            .keys()
            .collect::<Result<_>>()
            .expect("verifying decodes every key");
        assert_eq!(keys.len() as u64, map.len());
        let entries: Option<Vec<(K, V)>> = map.iter().collect::<Result<_>>().ok();
        let missing: Vec<K> = K::others()
            .into_iter()
            .filter(|key| !keys.contains(key))
            .collect();
        let mut first = HashMap::new();
        for (key, value) in entries.iter().flatten() {
            first.entry(key).or_insert(value);
        }
        let looked_up = keys.iter().map(|key| {
            let found = map.get(key);
            if entries.is_some() {
                let found = found.as_ref().expect("all values are of the type");
                assert_eq!(found.as_ref(), first.get(key).copied(), "{key:?}");
            } else {
                assert!(!matches!(found, Ok(None)), "{key:?} is not found");
            }
            (key.clone(), found.ok())
        });
        let mut answers: Vec<_> = looked_up.collect();
        answers.extend(missing.iter().map(|key| (key.clone(), Some(None))));
        Self {
            keys,
            entries,
            missing,
            answers,
        }
    }

    /// Checks all answers that maps with any reader give.
    fn check<R: MassMapReader + Sync>(&self, map: &Map<K, V, R>) {
        let keys: Vec<K> = map.keys().collect::<Result<_>>().expect("as in memory");
        assert_eq!(keys, self.keys);
        let entries: Option<Vec<(K, V)>> = map.iter().collect::<Result<_>>().ok();
        assert_eq!(entries, self.entries);
        let parallel: Option<Vec<(K, V)>> = map.par_iter().collect::<Result<_>>().ok();
        assert_eq!(parallel, self.entries);
        let raw: usize = map
            .inner()
            .raw_blocks()
            .map(|block| block.expect("as in memory").len())
            .sum();
        assert_eq!(raw, keys.len());

        let mut encoded = Vec::new();
        for (key, answer) in &self.answers {
            assert_eq!(&map.get(key).ok(), answer, "{key:?}");
            let is_there = !matches!(answer, Some(None));
            assert_eq!(map.contains_key(key).ok(), Some(is_there), "{key:?}");
            let found = map
                .get_with(key, <[u8]>::to_vec)
                .expect("the key is compared, no more");
            assert_eq!(found.is_some(), is_there);
            encoded.push(found);
        }
        let keys = || self.answers.iter().map(|(key, _)| key);
        let mut batch = vec![None; encoded.len()];
        let collected = map.batch_get_with::<K>(keys(), |number, value| {
            batch[number] = value.map(<[u8]>::to_vec);
            Ok(())
        });
        collected.expect("as one by one");
        assert_eq!(batch, encoded);
        let answers: Option<Vec<_>> = self.answers.iter().map(|(_, answer)| answer.clone()).collect();
        assert_eq!(map.batch_get::<K>(keys()).ok(), answers);
        let missing = map.batch_get::<K>(&self.missing).expect("nothing is decoded");
        assert!(missing.iter().all(Option::is_none));
    }

    /// Checks these and the answers that need readers which lend their bytes.
    fn check_lending<R: LendingReader + Sync>(&self, map: &Map<K, V, R>) {
        self.check(map);
        for (key, answer) in &self.answers {
            assert_eq!(&map.get_ref::<K, V>(key).ok(), answer, "{key:?}");
        }
        let mut found = vec![None; self.answers.len()];
        let keys = self.answers.iter().map(|(key, _)| key);
        let collected = map.batch_get_ref::<K, V>(keys, |number, value| {
            found[number] = Some(value);
            Ok(())
        });
        let answers: Vec<_> = self.answers.iter().map(|(_, answer)| answer.clone()).collect();
        assert_eq!(collected.is_ok(), answers.iter().all(Option::is_some));
        assert!(collected.is_err() || found == answers);
    }

    /// Checks the same file on disk, mapped and read in every way.
    fn check_files(&self, data: &[u8]) {
        let mut named = tempfile::NamedTempFile::new().expect("there is a place for temporary files");
        named.write_all(data).expect("there is room for a small file");
        let file = named.reopen().expect("it has just been made");
        let pooled = FilePool::new(1)
            .open(named.path())
            .expect("it has just been made");
        self.check(
            &Map::<K, V, _>::load_checked(pooled).expect("what verifying accepts passes a check of all keys"),
        );
        #[cfg(target_os = "linux")]
        {
            let file = named.reopen().expect("it has just been made");
            let ring = massmap::UringFile::new(file);
            self.check(&Map::<K, V, _>::load(ring).expect("as in memory"));
        }
        // Not every file system supports direct reads.
        #[cfg(target_os = "linux")]
        if let Ok(direct) = massmap::DirectFile::open(named.path()) {
            self.check(&Map::<K, V, _>::load(direct).expect("as in memory"));
        }
        let mapped = {
            #[expect(unsafe_code, reason = "there is no safe way to map a file")]
            // SAFETY: nothing else uses the file, and it is not written any more.
            unsafe {
                MappedFile::map(&file)
            }
        };
        self.check_lending(
            &Map::<K, V, MappedFile>::load(mapped.expect("files can be mapped")).expect("as in memory"),
        );
        let map = Map::<K, V, File>::load(file).expect("as in memory");
        assert!(map.verify().is_ok(), "as in memory");
        self.check(&map);
    }

    /// Checks merges of the file alone into either format. They have the same entries, in another order if the format differs.
    fn check_merges<R: LendingReader + Sync>(&self, open: impl Fn() -> Result<Map<K, V, R>>) {
        let map = open().expect("it has been opened");
        let own = map.format();
        let keep_all = MassMapMerger::default().with_duplicate_keys(DuplicateKeys::KeepAll);
        let into_2 = keep_all.clone().with_format(FormatVersion::V2);
        let mut mergers = vec![into_2.with_page_size(1024).with_miss_filter(true)];
        // Format 1 has no user metadata.
        if map.user_metadata().is_empty() {
            let into_1 = MassMapMerger::default().with_format(FormatVersion::V1);
            mergers.push(into_1.with_bucket_count(3));
        }
        mergers.push(match own {
            // Without a policy, this concatenates the buckets.
            FormatVersion::V1 => MassMapMerger::default(),
            _ => keep_all,
        });
        for merger in mergers {
            let (typed, keyed, untyped) = (MemoryWriter::new(), MemoryWriter::new(), MemoryWriter::new());
            let inner = || vec![open().expect("as before").into_inner()];
            let merged = merger.clone().merge(&typed, vec![open().expect("as before")]);
            if merged.is_err() && self.entries.is_none() {
                continue;
            }
            merged.expect("what is in order can be merged");
            self.check_merged(typed, own);
            let merged = merger.clone().merge_keyed::<_, K, _, _>(&keyed, inner());
            merged.expect("as with the type of the values");
            self.check_merged(keyed, own);
            // Some merges need the key type.
            if merger.merge_inner(&untyped, inner()).is_ok() {
                self.check_merged(untyped, own);
            }
        }
    }

    /// Checks the merge of a file of the format `own`.
    fn check_merged(&self, merged: MemoryWriter, own: FormatVersion) {
        let merged = Map::<K, V, _>::load(merged.into_reader()).expect("a merged map opens");
        let report = merged.verify();
        assert!(report.is_ok(), "{report:?}");
        assert_eq!(merged.len(), self.keys.len() as u64);
        for (key, answer) in &self.answers {
            assert_eq!(&merged.get(key).ok(), answer, "{key:?} in a merge");
        }
        if own == FormatVersion::V2 && merged.format() == own {
            assert_eq!(merged.iter().collect::<Result<Vec<_>>>().ok(), self.entries);
        }
    }
}
