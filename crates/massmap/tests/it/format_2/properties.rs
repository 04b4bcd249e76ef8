//! Generated maps answer like a hash map.

use std::collections::{HashMap, HashSet};
use std::fmt::Debug;
use std::hash::Hash;

use massmap::{
    DuplicateKeys, FormatVersion, MassMapBuilder, MassMapDefaultHashLoader, MassMapHashLoader, MemoryWriter,
    WriteError, Xxh3HashLoader,
};
use massmap_format::EntryLayout;
use proptest::collection::vec;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use support::cause;
use support::entries::ByteString;
use support::files::format_2::{layout_of, paged_with};
use support::files::{build, open, try_build};
use support::hash::{Constant, Identity};

/// Asserts that a file holds exactly `entries`, in any order but with equal keys in theirs, and none of the keys `absent`.
pub(super) fn assert_answers<H, K, V>(file: &[u8], entries: &[(K, V)], absent: &[K])
where
    H: MassMapHashLoader,
    K: DeserializeOwned + Hash + Eq + Debug,
    V: DeserializeOwned + Clone + PartialEq + Debug,
{
    let map = open::<H, K, V>(file);
    let mut expected: HashMap<&K, Vec<&V>> = HashMap::new();
    for (key, value) in entries {
        expected.entry(key).or_default().push(value);
    }
    for (key, values) in &expected {
        assert_eq!(map.get(*key).unwrap().as_ref(), Some(values[0]), "{key:?}");
        assert!(map.contains_key(*key).unwrap(), "{key:?}");
        let bucket = map.get_bucket(map.bucket_index(*key)).unwrap();
        assert!(bucket.iter().any(|(found, _)| found == *key), "{key:?}");
    }
    for key in absent.iter().filter(|key| !expected.contains_key(key)) {
        assert_eq!(map.get(key).unwrap(), None, "{key:?}");
        assert!(!map.contains_key(key).unwrap(), "{key:?}");
    }
    let keys: Vec<&K> = entries.iter().map(|(key, _)| key).chain(absent).collect();
    let singles: Vec<Option<V>> = keys
        .iter()
        .map(|key| expected.get(*key).map(|values| values[0].clone()))
        .collect();
    assert_eq!(map.batch_get::<K>(keys.iter().copied()).unwrap(), singles);

    let all = map.iter().collect::<std::io::Result<Vec<_>>>().unwrap();
    assert_eq!((all.len(), map.len()), (entries.len(), entries.len() as u64));
    let mut found: HashMap<&K, Vec<&V>> = HashMap::new();
    for (key, value) in &all {
        found.entry(key).or_default().push(value);
    }
    assert_eq!(found, expected);
    let report = map.verify();
    assert!(report.is_ok(), "{:?}", report.problems);
    assert_eq!(report.entries, entries.len() as u64);
}

/// The entries that a duplicate policy keeps; `None` if it fails.
fn left<K: Hash + Eq + Clone, V: Clone>(entries: &[(K, V)], policy: DuplicateKeys) -> Option<Vec<(K, V)>> {
    let mut seen = HashSet::new();
    match policy {
        DuplicateKeys::KeepAll => Some(entries.to_vec()),
        DuplicateKeys::Error => entries
            .iter()
            .all(|(key, _)| seen.insert(key))
            .then(|| entries.to_vec()),
        DuplicateKeys::First => {
            let first = entries.iter().filter(|(key, _)| seen.insert(key));
            Some(first.cloned().collect())
        }
        DuplicateKeys::Last => {
            let last = entries.iter().rev().filter(|(key, _)| seen.insert(key));
            Some(last.cloned().collect())
        }
    }
}

const POLICIES: [DuplicateKeys; 4] = [
    DuplicateKeys::KeepAll,
    DuplicateKeys::Error,
    DuplicateKeys::First,
    DuplicateKeys::Last,
];

/// Asserts that every duplicate policy works, with a builder of either format.
fn assert_policies<H, K, V>(builder: &MassMapBuilder<H>, entries: &[(K, V)], absent: &[K])
where
    H: MassMapHashLoader,
    K: Serialize + DeserializeOwned + Hash + Eq + Clone + Debug,
    V: Serialize + DeserializeOwned + Clone + PartialEq + Debug,
{
    for policy in POLICIES {
        let builder = builder.clone().with_duplicate_keys(policy);
        let before = vec![7; 3000];
        let writer = MemoryWriter::from(before.clone());
        let built = builder.clone().build(&writer, entries.iter());
        match left(entries, policy) {
            Some(left) => {
                assert_eq!(built.unwrap().meta.entry_count, left.len() as u64);
                assert_answers::<H, K, V>(&build(builder, entries), &left, absent);
            }
            None => {
                let error = built.unwrap_err();
                let WriteError::DuplicateKey { encoded: key, .. } = cause(&error) else {
                    panic!("{error}");
                };
                let named = entries.iter().enumerate().any(|(index, (duplicate, _))| {
                    *rmp_serde::to_vec(duplicate).unwrap() == **key
                        && entries[..index].iter().any(|(earlier, _)| earlier == duplicate)
                });
                assert!(named, "{error} is no duplicate");
                assert_eq!(writer.to_vec(), before, "the target was touched");
            }
        }
    }
}

fn page_size() -> impl Strategy<Value = u32> {
    (9u32..=16).prop_map(|bits| 1 << bits)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn generated_strings_to_bytes_answer_as_a_hash_map_does(
        entries in vec((".{0,20}", vec(any::<u8>(), 0..300)), 0..50),
        absent in vec(".{0,4}", 0..8),
        page_size in page_size(),
        filter in any::<bool>(),
        note in ".{0,20}",
    ) {
        let builder = paged_with::<Xxh3HashLoader>()
            .with_page_size(page_size)
            .with_miss_filter(filter)
            .with_user_metadata("note", &note);
        assert_policies(&builder, &entries, &absent);
        let kept = left(&entries, DuplicateKeys::First).unwrap();
        let map = open::<Xxh3HashLoader, String, Vec<u8>>(&build(builder, &kept));
        prop_assert_eq!(&map.user_metadata()["note"], &note);
    }

    #[test]
    fn generated_integers_to_strings_answer_as_a_hash_map_does(
        entries in vec((any::<u64>(), ".{0,30}"), 0..200),
        absent in vec(any::<u64>(), 0..8),
        page_size in page_size(),
        filter in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let builder = paged_with::<MassMapDefaultHashLoader>()
            .with_page_size(page_size)
            .with_miss_filter(filter)
            .with_hash_seed(seed);
        assert_policies(&builder, &entries, &absent);
    }

    #[test]
    fn generated_entries_of_one_length_answer_as_a_hash_map_does(
        entries in vec((any::<u64>(), any::<[u8; 3]>()), 0..200),
        absent in vec(any::<u64>(), 0..8),
        length in 0..300usize,
        odd in proptest::option::weighted(0.3, 0..200usize),
        page_size in page_size(),
        filter in any::<bool>(),
    ) {
        let mut entries: Vec<(u64, ByteString)> = entries
            .into_iter()
            .map(|(key, bytes)| (key, ByteString(bytes.iter().copied().cycle().take(length).collect())))
            .collect();
        let odd = odd.and_then(|place| entries.get_mut(place)).map(|(_, value)| value.0.push(7));
        let builder = paged_with::<Xxh3HashLoader>().with_page_size(page_size).with_miss_filter(filter);
        let file = build(builder.clone().with_duplicate_keys(DuplicateKeys::KeepAll), &entries);
        let is_fixed = !entries.is_empty() && (odd.is_none() || entries.len() == 1);
        prop_assert_eq!(layout_of(&file) != EntryLayout::Variable, is_fixed);
        assert_policies(&builder, &entries, &absent);
        assert_policies(&paged_with::<Constant>().with_page_size(page_size), &entries, &absent);
    }

    #[test]
    fn generated_duplicates_answer_as_a_hash_map_does_in_either_format(
        entries in vec((0u64..30, any::<u16>()), 0..60),
        buckets in 1u64..40,
        filter in any::<bool>(),
    ) {
        let absent = [30, 31, u64::MAX];
        let paged = paged_with::<MassMapDefaultHashLoader>().with_page_size(512).with_miss_filter(filter);
        assert_policies(&paged, &entries, &absent);
        let identity = paged_with::<Identity>().with_page_size(512).with_miss_filter(filter);
        assert_policies(&identity, &entries, &absent);
        let constant = paged_with::<Constant>().with_page_size(512).with_miss_filter(filter);
        assert_policies(&constant, &entries, &absent);
        let bucketed = MassMapBuilder::default().with_bucket_count(buckets).with_format(FormatVersion::V1);
        assert_policies(&bucketed, &entries, &absent);
    }

    #[test]
    fn the_same_entries_give_the_same_bytes(
        entries in vec((any::<u32>(), ".{0,60}"), 0..100),
        page_size in page_size(),
        filter in any::<bool>(),
    ) {
        let entries = left(&entries, DuplicateKeys::First).unwrap();
        let builder = paged_with::<MassMapDefaultHashLoader>().with_page_size(page_size).with_miss_filter(filter);
        let file = build(builder.clone(), &entries);
        prop_assert_eq!(&file, &build(builder.clone().with_writer_buffer_size(0), &entries));
        // Their order does not matter either, unless hashes are equal.
        let reversed: Vec<_> = entries.iter().rev().cloned().collect();
        prop_assert_eq!(&file, &try_build(builder, &reversed).unwrap());
    }
}
