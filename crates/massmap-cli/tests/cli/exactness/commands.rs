//! JSON values come out unchanged, through every command and format.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::harness::{Directory, as_json, escaped};

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        (0usize..9000).prop_map(|length| Value::from("x".repeat(length))),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// The entries as JSON, in each supported shape.
fn shapes(entries: &BTreeMap<String, Value>) -> [String; 4] {
    let pair = |(key, value): (&String, &Value)| json!([key, value]);
    let object = |(key, value): (&String, &Value)| json!({"value": value, "key": key, "more": 1});
    let mixed = |(index, entry): (usize, _)| match index % 2 {
        0 => pair(entry),
        _ => object(entry),
    };
    [
        json!(entries).to_string(),
        Value::from_iter(entries.iter().map(pair)).to_string(),
        Value::from_iter(entries.iter().map(object)).to_string(),
        Value::from_iter(entries.iter().enumerate().map(mixed)).to_string(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn built_entries_are_found_verified_and_merged(
        // Arguments cannot hold NUL.
        entries in prop::collection::btree_map("[^\0]{0,12}", value(), 1..12),
        first_shape in 0usize..4,
    ) {
        let shapes = shapes(&entries);
        let expected: String = entries.values().map(|value| as_json(&value.to_string()) + "\n").collect();
        let directory = Directory::new();
        let assert_holds = |map: &str| {
            let keys = entries.keys().map(String::as_str);
            let found = directory.run(["get", map, "--"].into_iter().chain(keys)).success();
            prop_assert_eq!(&found, &expected);
            let report: Value =
                serde_json::from_str(&directory.run(["verify", map, "--json"]).success()).unwrap();
            prop_assert_eq!(&report["entries"], &json!(entries.len()));
            prop_assert_eq!(&report["keys_checked"], &json!(true));
            let (key, value) = entries.first_key_value().unwrap();
            let info = directory.run(["info".to_owned(), map.to_owned(), format!("--key={key}")]).success();
            let answer = escaped(&format!("Get {key}: Some({value:?})"));
            prop_assert!(info.ends_with(&format!("}}\n{answer}\n")), "{info}");
            Ok(())
        };
        let formats = [
            &["--format", "v1", "--bucket-count", "5"][..],
            &["--format", "v1", "--hash", "xxh3", "--bucket-count", "1"],
            &["--page-size", "512"],
            &["--miss-filter", "--hash", "foldhash"],
        ];
        // The cases together cover each shape in each format.
        let shapes = shapes.iter().cycle().skip(first_shape);
        for (shape, format) in shapes.zip(formats) {
            directory.write("in.json", shape);
            directory.run(["build", "-i", "in.json", "-o", "built"].iter().chain(format)).success();
            assert_holds("built")?;
            for merge in [&[][..], &["--format", "v2"], &["--format", "v1"]] {
                directory.run(["merge", "-i", "built", "-o", "merged"].iter().chain(merge)).success();
                assert_holds("merged")?;
            }
        }
        prop_assert_eq!(directory.names(), ["built", "in.json", "merged"]);
    }
}
