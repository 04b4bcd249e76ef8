//! Keys and values of one type are stored and shown exactly.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::exactness::values::{Exact, encoded, finite, stored};
use crate::harness::Directory;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn values_of_each_type_are_stored_exactly(
        doubles in prop::collection::vec(
            prop_oneof![
                4 => finite(),
                1 => prop::sample::select(vec![f64::INFINITY, f64::NEG_INFINITY, f64::NAN, -f64::NAN]),
            ],
            1..40,
        ),
        signed in prop::collection::btree_set(any::<i128>(), 1..20),
        unsigned in prop::collection::btree_set(any::<u128>(), 1..20),
        small in prop::collection::btree_set(any::<i64>(), 1..20),
        texts in prop::collection::vec(any::<String>(), 1..20),
    ) {
        fn spelled(double: f64) -> String {
            match double.is_finite() {
                true => Exact::Double(double).json(),
                false if double.is_nan() && double.is_sign_negative() => "-NaN".to_owned(),
                false => double.to_string(),
            }
        }
        let doubles: Vec<_> = doubles.iter().map(|double| (spelled(*double), encoded(double))).collect();
        let texts: Vec<_> = texts
            .iter()
            .map(|text| (serde_json::to_string(text).unwrap(), encoded(text)))
            .collect();
        check_values("f64", &doubles)?;
        check_values("string", &texts)?;
        check_values("i128", &integers(&signed))?;
        check_values("u128", &integers(&unsigned))?;
        check_values("i64", &integers(&small))?;
        check_keys("i128", &signed)?;
        check_keys("u128", &unsigned)?;
        check_keys("i64", &small)?;
    }
}

fn integers<T: ToString + Serialize>(integers: &BTreeSet<T>) -> Vec<(String, Vec<u8>)> {
    let integers = integers.iter();
    integers
        .map(|integer| (integer.to_string(), encoded(integer)))
        .collect()
}

/// Builds maps of `values`. Each is given in JSON and in its stored form.
fn check_values(value_type: &str, values: &[(String, Vec<u8>)]) -> Result<(), TestCaseError> {
    let is_json = |text: &str| text.starts_with('"') || text.parse::<f64>().is_ok_and(|it| it.is_finite());
    let in_json = |text: &str| match is_json(text) {
        true => text.to_owned(),
        // Floats that are not finite.
        false => format!("\"{text}\""),
    };
    // A cell is the text without quotes.
    let in_csv = |text: &str| {
        let text = serde_json::from_str(text).unwrap_or_else(|_| text.to_owned());
        format!("\"{}\"", text.replace('"', "\"\""))
    };
    let keys: Vec<_> = (100..100 + values.len()).map(|n| format!("k{n}")).collect();
    let entries = keys.iter().zip(values);
    let lines = entries
        .clone()
        .map(|(key, (text, _))| format!("[\"{key}\", {}]", in_json(text)));
    let lines: Vec<_> = lines.collect();
    let rows = entries.map(|(key, (text, _))| format!("{key},{}\n", in_csv(text)));
    let expected: Vec<_> = values.iter().map(|(_, bytes)| bytes.clone()).collect();
    let directory = Directory::new();
    let options = ["--value-type", value_type];
    for (name, text, more) in [
        ("a.json", format!("[{}]", lines.join(",")), &[][..]),
        ("a.ndjson", lines.join("\n"), &[]),
        ("a.csv", rows.collect(), &["--no-header"]),
    ] {
        directory.write(name, text);
        let build = ["build", "-i", name, "-o", "out"];
        directory.run(build.iter().chain(&options).chain(more)).success();
        let file = directory.read("out");
        prop_assert_eq!(&stored(&file, keys.clone()), &expected, "{} {}", name, value_type);
    }
    // Shown values can be typed in again.
    let shown = directory
        .run(
            ["get", "--with-keys", "out"]
                .into_iter()
                .chain(keys.iter().map(String::as_str)),
        )
        .success();
    directory.write("shown.ndjson", shown);
    directory
        .run(
            ["build", "-i", "shown.ndjson", "-o", "again"]
                .iter()
                .chain(&options),
        )
        .success();
    prop_assert!(directory.read("again") == directory.read("out"), "{}", value_type);
    Ok(())
}

/// Builds maps with `keys`, as numbers and as strings.
fn check_keys<T>(key_type: &str, keys: &BTreeSet<T>) -> Result<(), TestCaseError>
where
    T: ToString + Serialize + DeserializeOwned + Clone + Eq + std::hash::Hash,
{
    let as_numbers: String = keys
        .iter()
        .map(|key| format!("[{}, 1]\n", key.to_string()))
        .collect();
    let as_strings: String = keys
        .iter()
        .map(|key| format!("[\"{}\", 1]\n", key.to_string()))
        .collect();
    let as_cells: String = keys
        .iter()
        .map(|key| format!("{},1\n", key.to_string()))
        .collect();
    let directory = Directory::new();
    let options = ["--key-type", key_type, "--value-type", "u64"];
    for (name, text, more) in [
        ("numbers.ndjson", as_numbers, &[][..]),
        ("strings.ndjson", as_strings, &[]),
        ("cells.csv", as_cells, &["--no-header"]),
    ] {
        directory.write(name, text);
        let build = ["build", "-i", name, "-o", "out"];
        directory.run(build.iter().chain(&options).chain(more)).success();
        let found = stored(&directory.read("out"), keys.iter().cloned());
        prop_assert!(
            found.iter().all(|value| value == b"\x01"),
            "{} {}",
            name,
            key_type
        );
    }
    Ok(())
}
