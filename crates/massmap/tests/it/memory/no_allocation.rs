//! Lookups allocate nothing: in mapped files never, and elsewhere not after a thread's first read.

use std::fs::File;
use std::path::PathBuf;

use massmap::{
    ChecksumPolicy, FormatVersion, LendingReader, MappedFile, MassMap, MassMapBuilder, MassMapReader,
};
use support::allocations::allocations_of;
use tempfile::TempDir;

/// Number of entries.
const COUNT: u64 = 2000;

const POLICIES: [ChecksumPolicy; 3] = [
    ChecksumPolicy::Never,
    ChecksumPolicy::FirstRead,
    ChecksumPolicy::EveryRead,
];

type Integers<R> = MassMap<u64, u64, R>;
type Strings<R> = MassMap<String, String, R>;

/// Files of both formats, with and without a miss filter, with keys of both types.
struct Files(TempDir);

impl Files {
    const NAMES: [&str; 3] = ["v1", "v2", "v2-filter"];

    fn new() -> Self {
        let files = Self(tempfile::tempdir().unwrap());
        for name in Self::NAMES {
            let builder = match name {
                "v1" => MassMapBuilder::default().with_bucket_count(200),
                _ => MassMapBuilder::default()
                    .with_format(FormatVersion::V2)
                    .with_miss_filter(name == "v2-filter"),
            };
            let integers = (0..COUNT).map(|number| (number, number));
            builder
                .clone()
                .build_to_path(files.path(name, "integers"), integers)
                .unwrap();
            let strings = (0..COUNT).map(|number| (key(number), key(number)));
            builder
                .build_to_path(files.path(name, "strings"), strings)
                .unwrap();
        }
        files
    }

    fn path(&self, name: &str, keys: &str) -> PathBuf {
        self.0.path().join(format!("{name}-{keys}"))
    }

    fn open(&self, name: &str, keys: &str) -> File {
        File::open(self.path(name, keys)).unwrap()
    }

    fn map(&self, name: &str, keys: &str) -> MappedFile {
        #[expect(unsafe_code, reason = "it is a map of a file")]
        // SAFETY: the directory belongs to this test, and the file is not written again.
        unsafe {
            MappedFile::open(self.path(name, keys)).unwrap()
        }
    }

    /// Calls `f` for each file and policy.
    fn each(&self, mut f: impl FnMut(&str, ChecksumPolicy)) {
        for name in Self::NAMES {
            POLICIES.into_iter().for_each(|policy| f(name, policy));
        }
    }
}

/// Too long for a string that stores its bytes inline.
fn key(number: u64) -> String {
    format!("a key that is rather long, as keys go: {number}")
}

/// Looks up all integers, and as many missing ones, in every way.
fn look_up_integers<R: MassMapReader>(map: &Integers<R>) {
    for number in 0..2 * COUNT {
        let expected = (number < COUNT).then_some(number);
        assert_eq!(map.get(&number).unwrap(), expected);
        assert_eq!(map.contains_key(&number).unwrap(), expected.is_some());
        let length = map.get_with(&number, <[u8]>::len).unwrap();
        assert_eq!(length.is_some(), expected.is_some());
    }
}

/// The same for strings, without `get`, which allocates the value.
fn look_up_strings<R: MassMapReader>(map: &Strings<R>, keys: &[String]) {
    for (number, key) in (0..).zip(keys) {
        assert_eq!(map.contains_key(key.as_str()).unwrap(), number < COUNT);
        assert_eq!(map.contains_key(key).unwrap(), number < COUNT);
        let same = map.get_with(key.as_str(), |value| value.ends_with(key.as_bytes()));
        assert_eq!(same.unwrap(), (number < COUNT).then_some(true));
    }
}

fn look_up_borrowed<R: LendingReader>(map: &Strings<R>, keys: &[String]) {
    for (number, key) in (0..).zip(keys) {
        let value: Option<&str> = map.get_ref(key.as_str()).unwrap();
        assert_eq!(value, (number < COUNT).then_some(key.as_str()));
    }
}

/// Looks up all keys in one batch; the answers can come in any order.
fn look_up_borrowed_batch<R: LendingReader>(map: &Strings<R>, keys: &[String]) {
    let mut answers = 0;
    map.batch_get_ref::<String, &str>(keys, |number, value| {
        let key = keys.get(number).map(String::as_str);
        assert_eq!(value, key.filter(|_| (number as u64) < COUNT));
        answers += 1;
        Ok(())
    })
    .unwrap();
    assert_eq!(answers, keys.len());
}

fn keys() -> Vec<String> {
    (0..2 * COUNT).map(key).collect()
}

#[test]
fn a_lookup_in_a_mapped_file_allocates_nothing() {
    let (files, keys) = (Files::new(), keys());
    files.each(|name, policy| {
        let map = Integers::load(files.map(name, "integers")).unwrap();
        let map = map.with_checksum_policy(policy);
        assert_eq!(
            allocations_of(|| look_up_integers(&map)).1,
            0,
            "{name}, {policy:?}"
        );

        let map = Strings::load(files.map(name, "strings")).unwrap();
        let map = map.with_checksum_policy(policy);
        let count = |work: &dyn Fn()| allocations_of(work).1;
        assert_eq!(count(&|| look_up_strings(&map, &keys)), 0, "{name}, {policy:?}");
        assert_eq!(count(&|| look_up_borrowed(&map, &keys)), 0, "{name}, {policy:?}");
        // The pending keys of the batch.
        assert_eq!(
            count(&|| look_up_borrowed_batch(&map, &keys)),
            1,
            "{name}, {policy:?}"
        );
    });
}

#[test]
fn a_lookup_through_system_calls_allocates_nothing_once_the_thread_has_its_buffer() {
    let (files, keys) = (Files::new(), keys());
    // The buffer is not shared with other maps.
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let map = Integers::load(files.open("v2", "integers")).unwrap();
            let ((), first) = allocations_of(|| look_up_integers(&map));
            assert!(first <= 1, "{first}");
        });
    });
    files.each(|name, policy| {
        let map = Integers::load(files.open(name, "integers")).unwrap();
        let map = map.with_checksum_policy(policy);
        map.get(&0).unwrap();
        assert_eq!(
            allocations_of(|| look_up_integers(&map)).1,
            0,
            "{name}, {policy:?}"
        );

        let map = Strings::load(files.open(name, "strings")).unwrap();
        let map = map.with_checksum_policy(policy);
        map.contains_key("").unwrap();
        let ((), count) = allocations_of(|| look_up_strings(&map, &keys));
        assert_eq!(count, 0, "{name}, {policy:?}");
    });
}

#[test]
fn looking_up_a_string_allocates_nothing_but_the_value() {
    let (files, keys) = (Files::new(), keys());
    files.each(|name, policy| {
        let map = Strings::load(files.map(name, "strings")).unwrap();
        let map = map.with_checksum_policy(policy);
        for (number, key) in (0..).zip(&keys) {
            let (value, count) = allocations_of(|| map.get(key.as_str()).unwrap());
            assert_eq!(count, usize::from(number < COUNT), "{name}, {policy:?}");
            assert_eq!(value.is_some(), number < COUNT);
        }
    });
}
