//! Maps of JSON, which the command line builds and converts. Its tests compare its files with those of this crate.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::both::{Settings, assert_alike};

type Entries = Vec<(String, Value)>;

fn settings(seed: u64, buckets: u64) -> Settings {
    Settings {
        seed: Some(seed),
        ..Settings::buckets(buckets)
    }
}

fn assert_json_alike(seed: u64, buckets: u64, entries: &Entries) {
    assert_alike(&settings(seed, buckets), entries, &["absent".to_owned()]);
}

#[test]
fn maps_of_json_are_alike_whatever_seed_and_bucket_count() {
    let entries: Entries = (0..200).map(|n| (format!("{n:03}"), json!(n))).collect();
    for seed in [0, 1, 7, u64::MAX] {
        for buckets in [1, 3, 5, 1000, 1 << 16] {
            assert_json_alike(seed, buckets, &entries);
        }
    }
}

#[test]
fn maps_of_json_of_every_kind_are_alike() {
    let entry = |(key, value): (&str, Value)| (key.to_owned(), value);
    let deep = (0..126).fold(json!([]), |inner, _| json!([inner]));
    let entries: Entries = [
        ("", json!(u64::MAX)),
        ("a", json!([true, null, -0.0, 2.5, i64::MIN])),
        ("b", json!({"nested": -1.5, "": {}})),
        ("\0\n", json!({"key": "a", "value": 1})),
        ("é", json!("x")),
        ("deep", deep),
        ("a", json!("again")),
    ]
    .into_iter()
    .map(entry)
    .collect();
    for buckets in [1, 2, 7, 1 << 16] {
        assert_json_alike(0, buckets, &entries);
    }
    assert_json_alike(0, 1, &Entries::new());
}

#[test]
fn a_map_of_unicode_names_is_alike() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/unicode-names.json");
    let names: serde_json::Map<String, Value> =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(names.len(), 34_823);
    assert_json_alike(0, 1 << 16, &names.into_iter().collect());
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn maps_of_any_json_are_alike(values in prop::collection::vec(value(), 0..40)) {
        let entries: Entries = (100..).map(|n| format!("k{n}")).zip(values).collect();
        assert_json_alike(0, 5, &entries);
    }
}
