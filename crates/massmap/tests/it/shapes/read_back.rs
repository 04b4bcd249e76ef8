//! Builds that decode every entry again.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::{Hash, Hasher};

use massmap::{FormatVersion, MassMapBuilder, MemoryWriter, WriteError, Xxh3HashLoader};
use rayon::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use support::chain;

use super::types::*;

type Entries<K, V> = Vec<(K, V)>;

/// Builds with read back in every way, and returns the results.
fn builds<K, V, RK, RV>(entries: &Entries<K, V>) -> Vec<Result<Vec<u8>, WriteError>>
where
    K: Serialize + Hash + Eq + Sync,
    V: Serialize + Sync,
    RK: DeserializeOwned + Serialize + Hash,
    RV: DeserializeOwned + Serialize,
{
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("map");
    let mut outcomes = Vec::new();
    for format in [FormatVersion::V1, FormatVersion::V2] {
        let builder = || {
            MassMapBuilder::<Xxh3HashLoader>::default()
                .with_format(format)
                .with_read_back::<RK, RV>()
        };
        let file = || MemoryWriter::new();
        let (one, two, three) = (file(), file(), file());
        let fallible = || entries.iter().map(Ok::<_, std::io::Error>);
        let built = [
            builder().build(&one, entries.iter()).map(|_| one.to_vec()),
            builder().try_build(&two, fallible()).map(|_| two.to_vec()),
            builder()
                .par_build(&three, entries.par_iter())
                .map(|_| three.to_vec()),
            builder()
                .build_to_path(&path, entries.iter())
                .map(|_| std::fs::read(&path).unwrap()),
            builder()
                .try_build_to_path(&path, fallible())
                .map(|_| std::fs::read(&path).unwrap()),
            builder()
                .par_build_to_path(&path, entries.par_iter())
                .map(|_| std::fs::read(&path).unwrap()),
        ];
        outcomes.extend(built.map(|built| built.map_err(|error| error.downcast::<WriteError>().unwrap())));
        if outcomes.iter().all(Result::is_ok) {
            let plain = file();
            let builder = MassMapBuilder::<Xxh3HashLoader>::default().with_format(format);
            builder.build(&plain, entries.iter()).unwrap();
            let files = outcomes.iter().rev().take(6);
            assert!(
                files
                    .clone()
                    .all(|file| *file.as_ref().unwrap() == plain.to_vec())
            );
        }
    }
    outcomes
}

#[track_caller]
fn assert_refused<K, V, RK, RV>(
    entries: Entries<K, V>,
    is_expected: impl Fn(&WriteError) -> bool,
    message: &str,
) where
    K: Serialize + Hash + Eq + Sync,
    V: Serialize + Sync,
    RK: DeserializeOwned + Serialize + Hash,
    RV: DeserializeOwned + Serialize,
{
    for outcome in builds::<K, V, RK, RV>(&entries) {
        let error = outcome.map(|file| file.len()).unwrap_err();
        let text = chain(&error);
        assert!(is_expected(&error) && text.contains(message), "{text}");
    }
}

#[test]
fn entries_that_come_back_give_the_bytes_of_a_build_without_read_back() {
    let text = |n: u64| format!("text {n}");
    let entries: Entries<String, External> = (0..500)
        .map(|n| {
            (
                text(n),
                External::Struct {
                    x: n as u8,
                    y: text(n),
                },
            )
        })
        .collect();
    assert!(
        builds::<_, _, String, External>(&entries)
            .iter()
            .all(Result::is_ok)
    );
    // Read as types other than those they are built from.
    let borrowed: Entries<&str, (u8, &str)> = vec![("a", (1, "b")), ("c", (2, "d"))];
    assert!(
        builds::<_, _, String, (u8, String)>(&borrowed)
            .iter()
            .all(Result::is_ok)
    );
    assert!(builds::<_, _, String, Pair>(&borrowed).iter().all(Result::is_ok));
    let entries: Entries<u64, HashMap<u64, Vec<u64>>> = (0..50)
        .map(|n| (n, (0..n).map(|m| (m, vec![m, 1, 0])).collect()))
        .collect();
    assert!(
        builds::<_, _, u64, HashMap<u64, Vec<u64>>>(&entries)
            .iter()
            .all(Result::is_ok)
    );
}

/// `count` values; the one numbered `which` is `odd`.
fn among<T: Clone>(usual: T, odd: T, which: usize) -> impl Iterator<Item = T> {
    let mut all = vec![usual; 300];
    all[which] = odd;
    all.into_iter()
}

#[test]
fn values_that_cannot_be_decoded_are_refused_with_their_entry_and_type() {
    let is_value = |error: &WriteError| {
        matches!(
            error,
            WriteError::NotDecoded {
                ordinal: 200,
                part: "value",
                ..
            }
        )
    };
    let skips = |note| SkipsLastWithoutDefault { count: 1, note };
    let entries = (0u64..).zip(among(skips(Some(1)), skips(None), 200)).collect();
    assert_refused::<_, _, u64, SkipsLastWithoutDefault>(entries, is_value, "SkipsLastWithoutDefault");
    let entries = (0u64..).zip(among(
        Untagged::Number(1),
        Untagged::Struct {
            x: 1,
            y: String::new(),
        },
        200,
    ));
    let is_other = |error: &WriteError| {
        matches!(
            error,
            WriteError::DecodedDifferently {
                ordinal: 200,
                part: "value",
                ..
            }
        )
    };
    assert_refused::<_, _, u64, Untagged>(entries.collect(), is_other, "Untagged");
    // Of a type other than the one the map is to be opened with.
    let entries = (0u64..).zip(among(1u64, 256, 200)).collect();
    assert_refused::<_, _, u64, u8>(entries, is_value, "u8");
    let elements = |a, b| SkipsElement(a, b);
    let entries = (0u64..)
        .zip(among(elements(Some(1), Some(2)), elements(None, Some(2)), 200))
        .collect();
    assert_refused::<_, _, u64, SkipsElement>(
        entries,
        is_value,
        "`SkipsElement` has 2 elements of which 1 are stored",
    );
    let entries = (0u64..).zip(among(
        Skipping::Tuple(Some(1), Some(2)),
        Skipping::Tuple(None, Some(2)),
        200,
    ));
    assert_refused::<_, _, u64, Skipping>(entries.collect(), is_value, "2 elements of which 1 are stored");
}

#[test]
fn values_that_decode_to_others_are_refused_and_both_are_shown() {
    let is_value = |error: &WriteError| {
        matches!(
            error,
            WriteError::DecodedDifferently {
                ordinal: 7,
                part: "value",
                ..
            }
        )
    };
    let big = UntaggedBig::Big(u128::from_be_bytes(*b"sixteen letters."));
    let entries = (0u64..)
        .zip(among(UntaggedBig::Text(String::new()), big, 7))
        .collect();
    assert_refused::<_, _, u64, UntaggedBig>(entries, is_value, "sixteen letters.");
    // Rounded when read.
    #[derive(Serialize, Deserialize, Clone)]
    struct Rounded(#[serde(deserialize_with = "rounded")] f64);
    fn rounded<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        f32::deserialize(deserializer).map(f64::from)
    }
    let entries = (0u64..).zip(among(Rounded(0.5), Rounded(0.1), 7)).collect();
    assert_refused::<_, _, u64, Rounded>(entries, is_value, "Rounded");
    // Sorted when read; a list has an order.
    #[derive(Serialize, Deserialize, Clone)]
    struct Ordered(#[serde(deserialize_with = "sorted")] Vec<u8>);
    fn sorted<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let mut list = Vec::deserialize(deserializer)?;
        list.sort_unstable();
        Ok(list)
    }
    let entries = (0u64..)
        .zip(among(Ordered(vec![1, 2]), Ordered(vec![2, 1]), 7))
        .collect();
    assert_refused::<_, _, u64, Ordered>(entries, is_value, "Ordered");
}

#[derive(Serialize, Deserialize, Clone, PartialEq, Eq)]
struct Cached {
    id: u64,
    #[serde(skip)]
    cache: u64,
}

impl Hash for Cached {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.id, self.cache).hash(state);
    }
}

#[test]
fn keys_that_hash_differently_once_decoded_are_refused() {
    let is_key = |error: &WriteError| matches!(error, WriteError::HashedDifferently { ordinal: 9, .. });
    let keys = |odd: u64| {
        (0..300).map(move |id| Cached {
            id,
            cache: if id == 9 { odd } else { 0 },
        })
    };
    assert!(
        builds::<_, _, Cached, u8>(&keys(0).map(|key| (key, 1u8)).collect())
            .iter()
            .all(Result::is_ok)
    );
    assert_refused::<_, _, Cached, u8>(keys(5).map(|key| (key, 1u8)).collect(), is_key, "Cached");
    // Read as a type that is encoded the same and hashes differently.
    let is_key = |error: &WriteError| matches!(error, WriteError::HashedDifferently { ordinal: 0, .. });
    assert_refused::<_, _, u32, u8>(vec![(1u64, 1u8)], is_key, "u32");
    assert_refused::<_, _, Vec<u8>, u8>(vec![((1u8, 2u8), 1u8)], is_key, "Vec<u8>");
}

#[test]
fn keys_that_do_not_come_back_are_refused() {
    #[derive(Serialize, Deserialize, Hash, PartialEq, Eq, Clone, Debug)]
    struct Lower(#[serde(deserialize_with = "lower")] String);
    fn lower<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        String::deserialize(deserializer).map(|text| text.to_lowercase())
    }
    let is_key = |error: &WriteError| {
        matches!(
            error,
            WriteError::DecodedDifferently {
                ordinal: 1,
                part: "key",
                ..
            }
        )
    };
    let keys = ["a", "B", "c"].map(|text| (Lower(text.to_owned()), 1u8));
    assert_refused::<_, _, Lower, u8>(keys.to_vec(), is_key, "Lower");
    let is_key = |error: &WriteError| {
        matches!(
            error,
            WriteError::NotDecoded {
                ordinal: 1,
                part: "key",
                ..
            }
        )
    };
    let keys = [Some(1), None].map(|note| (SkipsLastWithoutDefault { count: 1, note }, 1u8));
    assert_refused::<_, _, SkipsLastWithoutDefault, u8>(keys.to_vec(), is_key, "SkipsLastWithoutDefault");
    let keys = [1u8, 2].map(|x| (Untagged::Struct { x, y: String::new() }, 1u8));
    let is_key = |error: &WriteError| {
        matches!(
            error,
            WriteError::DecodedDifferently {
                ordinal: 0,
                part: "key",
                ..
            }
        )
    };
    assert_refused::<_, _, Untagged, u8>(keys.to_vec(), is_key, "Untagged");
    let is_shape = |error: &WriteError| {
        matches!(
            error,
            WriteError::Shape {
                ordinal: 0,
                part: "key",
                ..
            }
        )
    };
    assert_refused::<_, _, Option<Option<u8>>, u8>(
        vec![(Some(None::<u8>), 1u8)],
        is_shape,
        "would be read as `None`",
    );
}

#[test]
fn nested_options_of_nothing_are_refused_in_either_format() {
    let is_shape = |error: &WriteError| {
        matches!(
            error,
            WriteError::Shape {
                ordinal: 0,
                part: "value",
                ..
            }
        )
    };
    let entries = vec![(1u8, Some(None::<u8>))];
    assert_refused::<_, _, u8, Option<Option<u8>>>(entries, is_shape, "would be read as `None`");
}

#[test]
fn an_enum_with_the_name_of_its_variant_is_not_taken_for_a_tagged_struct() {
    // Both are serialized the same, and a tagged struct cannot be read from an array.
    #[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
    #[serde(tag = "type")]
    enum Circle {
        Circle { radius: u8 },
    }
    let entries = [(1u8, Circle::Circle { radius: 3 })];
    let build = |builder: MassMapBuilder| builder.build(&MemoryWriter::new(), entries.iter());
    build(MassMapBuilder::default()).unwrap();
    build(MassMapBuilder::default().with_read_back::<u8, Circle>()).unwrap();
}

/// A list that is serialized in reverse.
#[derive(Deserialize, Debug, Clone, PartialEq)]
struct Backwards(Vec<u8>);

impl Serialize for Backwards {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().rev())
    }
}

/// The same without type information about the elements.
#[derive(Deserialize, Debug, Clone, PartialEq)]
struct ByHand(Vec<(u8, u8)>);

impl Serialize for ByHand {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeSeq;
        let mut sequence = serializer.serialize_seq(Some(self.0.len()))?;
        self.0
            .iter()
            .rev()
            .try_for_each(|pair| sequence.serialize_element(pair))?;
        sequence.end()
    }
}

/// Pairs that are serialized as a map, in their order.
#[derive(Serialize)]
struct Pairs(#[serde(serialize_with = "as_map")] Vec<(u8, u8)>);

fn as_map<S: serde::Serializer>(pairs: &[(u8, u8)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(key, value)| (key, value)))
}

#[test]
fn values_that_come_back_in_another_order_are_refused_unless_they_have_no_order() {
    let is_other = |error: &WriteError| matches!(error, WriteError::DecodedDifferently { .. });
    let backwards = vec![(1u8, Backwards(vec![1, 2, 3]))];
    assert_refused::<_, _, u8, Backwards>(backwards, is_other, "would not be read back as it is");
    let by_hand = vec![(1u8, ByHand(vec![(1, 2), (3, 4)]))];
    assert_refused::<_, _, u8, ByHand>(by_hand, is_other, "would not be read back as it is");
    let pairs = vec![(1u8, Pairs(vec![(3, 1), (1, 2)]))];
    assert_refused::<_, _, u8, std::collections::BTreeMap<u8, u8>>(pairs, is_other, "");

    let numbers = || (0..50u8).map(|n| (n, n));
    let map: HashMap<u8, u8> = numbers().collect();
    let set: std::collections::HashSet<u8> = (0..50).collect();
    let texts: HashMap<String, u8> = numbers().map(|(key, value)| (key.to_string(), value)).collect();
    let entries = vec![(1u8, (map, set, Flat { id: 1, rest: texts }))];
    type Value = (
        HashMap<u8, u8>,
        std::collections::HashSet<u8>,
        Flat<HashMap<String, u8>>,
    );
    assert!(builds::<_, _, u8, Value>(&entries).iter().all(Result::is_ok));
}
