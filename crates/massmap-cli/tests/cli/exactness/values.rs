//! Values are stored exactly or refused, in every input format.

use std::collections::BTreeMap;

use massmap::{BytesReader, KnownHashLoader, MassMapInner};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use crate::harness::fixtures::published_map;
use crate::harness::{Directory, as_json};

/// A JSON value with exact numbers, unlike in `serde_json`.
#[derive(Debug, Clone)]
pub(crate) enum Exact {
    Null,
    Bool(bool),
    /// A finite number.
    Double(f64),
    Signed(i128),
    Unsigned(u128),
    Text(String),
    Array(Vec<Exact>),
    Object(BTreeMap<String, Exact>),
}

impl Exact {
    pub(crate) fn json(&self) -> String {
        let quoted = |text: &str| serde_json::to_string(text).unwrap();
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(value) => value.to_string(),
            // Several shortest notations of a double.
            Self::Double(value) => match value.to_bits() % 3 {
                0 => format!("{value:e}"),
                1 => format!("{value:?}"),
                _ => serde_json::to_string(value).unwrap(),
            },
            Self::Signed(value) => value.to_string(),
            Self::Unsigned(value) => value.to_string(),
            Self::Text(text) => quoted(text),
            Self::Array(elements) => {
                let elements: Vec<_> = elements.iter().map(Self::json).collect();
                format!("[{}]", elements.join(", "))
            }
            Self::Object(members) => {
                // Not in the order of stored members.
                let members = members.iter().rev();
                let members: Vec<_> = members
                    .map(|(key, value)| format!("{}: {}", quoted(key), value.json()))
                    .collect();
                format!("{{{}}}", members.join(","))
            }
        }
    }

    /// `None` if it contains an integer beyond 64 bits.
    fn value(&self) -> Option<Value> {
        Some(match self {
            Self::Null => Value::Null,
            Self::Bool(value) => (*value).into(),
            Self::Double(value) => (*value).into(),
            Self::Signed(value) => match (u64::try_from(*value), i64::try_from(*value)) {
                (Ok(value), _) => value.into(),
                (_, Ok(value)) => value.into(),
                _ => return None,
            },
            Self::Unsigned(value) => u64::try_from(*value).ok()?.into(),
            Self::Text(text) => text.as_str().into(),
            Self::Array(elements) => elements
                .iter()
                .map(Self::value)
                .collect::<Option<Vec<_>>>()?
                .into(),
            Self::Object(members) => {
                let members = members
                    .iter()
                    .map(|(key, value)| Some((key.clone(), value.value()?)));
                Value::Object(members.collect::<Option<_>>()?)
            }
        })
    }
}

/// Finite doubles of every kind.
pub(crate) fn finite() -> impl Strategy<Value = f64> {
    any::<u64>()
        .prop_map(f64::from_bits)
        .prop_filter("JSON has no others", |double| double.is_finite())
}

fn exact() -> impl Strategy<Value = Exact> {
    let leaf = prop_oneof![
        1 => Just(Exact::Null),
        1 => any::<bool>().prop_map(Exact::Bool),
        // Typical numbers: with few digits, or quotients of these.
        3 => (any::<i32>(), 1..1000u16).prop_map(|(n, of)| Exact::Double(f64::from(n) / f64::from(of))),
        3 => finite().prop_map(Exact::Double),
        2 => any::<i64>().prop_map(|value| Exact::Signed(value.into())),
        2 => any::<u64>().prop_map(|value| Exact::Unsigned(value.into())),
        1 => any::<i128>().prop_map(Exact::Signed),
        1 => any::<u128>().prop_map(Exact::Unsigned),
        3 => any::<String>().prop_map(Exact::Text),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Exact::Array),
            prop::collection::btree_map(any::<String>(), inner, 0..4).prop_map(Exact::Object),
        ]
    })
}

/// The entries in each supported shape, with file names and options for it.
fn shapes(entries: &[(String, String)]) -> [(&'static str, String, &'static [&'static str]); 7] {
    let lines = |line: &dyn Fn(&str, &str) -> String, separator: &str| {
        let lines: Vec<_> = entries.iter().map(|(key, json)| line(key, json)).collect();
        lines.join(separator)
    };
    let pairs = |separator| lines(&|key, json| format!("[\"{key}\", {json}]"), separator);
    let objects = |separator| {
        lines(
            &|key, json| format!("{{\"value\": {json}, \"x\": [1, 1e999], \"key\": \"{key}\"}}"),
            separator,
        )
    };
    let quoted = |json: &str| format!("\"{}\"", json.replace('"', "\"\""));
    let json_cells = &["--value-type", "json", "--no-header"];
    [
        (
            "object.json",
            format!("{{{}}}", lines(&|key, json| format!("\"{key}\": {json}"), ",\n")),
            &[],
        ),
        ("pairs.json", format!("[{}]", pairs(", ")), &[]),
        ("objects.json", format!("[{}]", objects(",")), &[]),
        ("pairs.ndjson", pairs("\n"), &[]),
        ("objects.ndjson", objects("\n"), &[]),
        (
            "a.csv",
            lines(&|key, json| format!("{key},{}", quoted(json)), "\n"),
            json_cells,
        ),
        (
            "a.tsv",
            lines(&|key, json| format!("{key}\t{json}"), "\n"),
            json_cells,
        ),
    ]
}

/// The stored bytes of the values of `keys`.
pub(crate) fn stored<K>(file: &[u8], keys: impl IntoIterator<Item = K>) -> Vec<Vec<u8>>
where
    K: DeserializeOwned + Eq + std::hash::Hash,
{
    let inner = MassMapInner::<_, KnownHashLoader>::load(BytesReader::new(file)).unwrap();
    let map = inner.cast::<K, IgnoredAny>();
    let bytes = keys.into_iter().map(|key| map.get_with(&key, <[u8]>::to_vec));
    bytes.map(|bytes| bytes.unwrap().unwrap()).collect()
}

pub(crate) fn encoded(value: &impl Serialize) -> Vec<u8> {
    rmp_serde::to_vec(value).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn json_values_are_stored_exactly_or_refused(
        values in prop::collection::vec(exact(), 10..40),
    ) {
        let keys = (100..).map(|n| format!("k{n}"));
        let (kept, refused): (Vec<_>, Vec<_>) = keys.zip(values).partition(|(_, value)| value.value().is_some());
        let json = |entries: &[(String, Exact)]| -> Vec<_> {
            entries.iter().map(|(key, value)| (key.clone(), value.json())).collect()
        };
        let expected: Vec<_> = kept.iter().map(|(key, value)| (key.clone(), value.value().unwrap())).collect();
        let keys: Vec<_> = kept.iter().map(|(key, _)| key.clone()).collect();
        let bytes: Vec<_> = expected.iter().map(|(_, value)| encoded(value)).collect();
        let shown: String = expected.iter().map(|(_, value)| as_json(&value.to_string()) + "\n").collect();

        let directory = Directory::new();
        for (name, text, options) in shapes(&json(&kept)) {
            directory.write(name, text);
            directory.run(["build", "-i", name, "-o", "out"].iter().chain(options)).success();
            let file = directory.read("out");
            prop_assert_eq!(&stored(&file, keys.clone()), &bytes, "{}", name);
            let arguments = ["get", "out"].into_iter().chain(keys.iter().map(String::as_str));
            prop_assert_eq!(&directory.run(arguments).success(), &shown);
            if name.ends_with(".json") {
                directory.run(["convert", "-i", name, "-o", "converted", "--bucket-count", "5"]).success();
                prop_assert!(directory.read("converted") == published_map(0, 5, &expected), "{}", name);
            }
            std::fs::remove_file(directory.path("out")).unwrap();
        }
        // More would take too long.
        for entry in refused.iter().take(2) {
            for (name, text, options) in shapes(&json(std::slice::from_ref(entry))) {
                directory.write(name, text);
                let message = directory.run(["build", "-i", name, "-o", "out"].iter().chain(options)).failure();
                prop_assert!(message.contains(" has more than 64 bits"), "{}", message);
                if name.ends_with(".json") {
                    let message = directory.run(["convert", "-i", name, "-o", "out"]).failure();
                    prop_assert!(message.contains(" has more than 64 bits"), "{}", message);
                }
                prop_assert!(!directory.path("out").exists());
            }
        }
    }
}

/// Builds the value `json` in every shape, which must fail. Returns the messages.
#[track_caller]
fn refusals(json: &str) -> Vec<String> {
    let directory = Directory::new();
    let mut messages = Vec::new();
    for (name, text, options) in shapes(&[
        ("k1".to_owned(), "0".to_owned()),
        ("k2".to_owned(), json.to_owned()),
    ]) {
        directory.write(name, text);
        let build = ["build", "-i", name, "-o", "out"];
        let message = directory.run(build.iter().chain(options)).failure();
        assert!(message.starts_with(&format!("{name}: line ")), "{message}");
        assert!(message.contains("record 2"), "{message}");
        messages.push(message);
        if name.ends_with(".json") {
            let message = directory.run(["convert", "-i", name, "-o", "out"]).failure();
            assert!(
                message.starts_with(&format!("{name}: cannot read the entries: ")),
                "{message}"
            );
            messages.push(message);
        }
    }
    assert!(!directory.path("out").exists());
    messages
}

#[test]
fn duplicate_members_inside_a_value_are_refused() {
    for (json, key) in [
        (r#"{"q": 1, "q": 2}"#, r#""q""#),
        (r#"[{"b": {"q": 1, "a": 0, "\u0071": 1}}]"#, r#""q""#),
        (r#"{"": null, "é": 0, "": null}"#, r#""""#),
    ] {
        let cause = format!("an object has two members {key}, but a value can keep only one");
        for message in refusals(json) {
            assert!(message.contains(&cause), "{message}");
        }
    }
}

#[test]
fn integers_beyond_64_bits_and_floats_out_of_range_are_refused_inside_values() {
    let long = "9".repeat(78);
    for (json, cause) in [
        (
            "18446744073709551616",
            "the integer 18446744073709551616 has more than 64 bits",
        ),
        (
            "[-9223372036854775809]",
            "the integer -9223372036854775809 has more than 64 bits",
        ),
        (&long, "99 has more than 64 bits"),
        ("1e400", "number out of range"),
        ("{\"a\": [-1.8e308]}", "number out of range"),
    ] {
        for message in refusals(json) {
            assert!(message.contains(cause), "{message}");
        }
    }
}

#[test]
fn duplicate_fields_of_a_record_are_refused_if_they_are_its_value() {
    for (line, field) in [
        (r#"{"id": 1, "q": 1, "q": 2}"#, r#""q""#),
        (r#"{"q": 1, "id": 1, "a": {}, "q": 1}"#, r#""q""#),
        (r#"{"id": 1, "q": 1, "id": 2}"#, r#""id""#),
    ] {
        let directory = Directory::with("in.ndjson", line);
        let message = directory
            .run("build -i in.ndjson -o out --key id --key-type u8".split(' '))
            .failure();
        assert!(
            message.ends_with(&format!("there are two fields {field}")),
            "{message}"
        );
    }
}

#[test]
fn minus_zero_and_selected_doubles_are_stored_exactly() {
    let json = "[181.66666666666666, -0, -0.0, 0.0, 5e-324, 1.7976931348623157e308, 9007199254740993.0]";
    let directory = Directory::with("in.json", format!("{{\"a\": {json}}}"));
    for command in ["build", "convert"] {
        directory.run([command, "-i", "in.json", "-o", "out"]).success();
        assert_eq!(
            directory.run(["get", "out", "a"]).success(),
            "[181.66666666666666,-0.0,-0.0,0.0,5e-324,1.7976931348623157e+308,9007199254740992.0]\n"
        );
    }
}
