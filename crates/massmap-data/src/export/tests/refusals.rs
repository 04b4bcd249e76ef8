//! Entries that a format cannot hold.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Bytes, FORMATS, builder, built, check, numbered};

/// Checks which formats refuse some values, and what they say.
#[track_caller]
fn check_refusals<V: Serialize>(values: impl IntoIterator<Item = V>, expected: &[(&str, &str)]) {
    let refusals = check(&built(builder(), &numbered(values)));
    let refusals: Vec<_> = refusals
        .iter()
        .map(|(format, message)| (*format, message.as_str()))
        .collect();
    assert_eq!(refusals, expected);
}

#[test]
fn what_a_format_cannot_hold_is_refused() {
    let all = |message| ["ndjson", "json", "csv", "tsv"].map(|format| (format, message));
    let tables = |message| ["csv", "tsv"].map(|format| (format, message));
    check_refusals(
        [Some("a"), None, Some("")],
        &tables(
            "the value of the key 2 cannot be written: it is empty, not a text that a cell tells from a missing value: NDJSON can hold both",
        ),
    );
    check_refusals(
        ["a\tb"],
        &[(
            "tsv",
            "the value of the key 0 cannot be written: it is a text with a tab, not what TSV can hold: CSV and NDJSON can hold it",
        )],
    );
    check_refusals(
        [("a", "b\rc")],
        &[(
            "tsv",
            "the value of the key 0 cannot be written: `value.1` is a text with a line break, not what TSV can hold: CSV and NDJSON can hold it",
        )],
    );
    check_refusals(
        [f64::from_bits(0x7ff8_0000_0000_0001)],
        &all(
            "the value of the key 0 cannot be written: it is a NaN with a payload, not a float that has a text: only NaN and -NaN without a payload have",
        ),
    );
    check_refusals(
        [vec![1.5, f64::from_bits(0x7ff0_0000_0000_0001)]],
        &all(
            "the value of the key 0 cannot be written: `[1]` is a NaN with a payload, not a float that has a text: only NaN and -NaN without a payload have",
        ),
    );
}

/// Values of different types, of which a file does not say what is there.
#[derive(Serialize)]
#[serde(untagged)]
enum Anything {
    Text(&'static str),
    Double(f64),
    Float(f32),
    Bytes(Bytes),
    Numbers(BTreeMap<u8, u8>),
    Twice(#[serde(serialize_with = "twice")] ()),
}

/// A map with a key that is there twice.
fn twice<S: serde::Serializer>((): &(), serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map([("a", 1), ("b", 2), ("a", 3)])
}

#[test]
fn what_only_a_program_with_the_type_can_read_is_refused() {
    let check = |value, found: &str| {
        let refusals = check(&built(
            builder(),
            &numbered([Anything::Text("a"), value, Anything::Double(1.0)]),
        ));
        assert_eq!(refusals.len(), FORMATS.len());
        for (_, message) in refusals {
            assert!(
                message.starts_with("the value of the key 1 cannot be written: ") && message.contains(found),
                "{message}"
            );
        }
    };
    check(
        Anything::Float(1.5),
        "it is a float of 32 bits, not anything that JSON has, and the file does not say what is there: only a program that has the type can read it",
    );
    check(Anything::Bytes(Bytes(b"ab")), "it is a byte array of 2 bytes");
    check(Anything::Double(f64::NAN), "it is the float NaN");
    check(Anything::Double(f64::NEG_INFINITY), "it is the float -inf");
    check(
        Anything::Numbers(BTreeMap::from([(1, 2)])),
        "`{key 0}` is an integer, not a string, as all keys of JSON are, and the file does not say what is there",
    );
    check(
        Anything::Twice(()),
        "it is a map with a key that is there twice, not one in which each key is there once",
    );
    let only = check_all_alike([Anything::Twice(())]);
    assert!(only.contains("a map with a key that is there twice"), "{only}");
}

/// The message of all formats about values that none can hold.
fn check_all_alike<V: Serialize>(values: impl IntoIterator<Item = V>) -> String {
    let refusals = check(&built(builder(), &numbered(values)));
    assert_eq!(refusals.len(), FORMATS.len());
    refusals.into_iter().map(|(_, message)| message).next().unwrap()
}

#[test]
fn structs_with_fields_of_the_same_name_are_refused() {
    #[derive(Serialize)]
    struct Twice {
        #[serde(rename = "a")]
        one: u8,
        #[serde(rename = "a")]
        other: u8,
    }
    assert_eq!(
        check_all_alike([Twice { one: 1, other: 2 }]),
        "a value of this map cannot be written: it is a struct with two fields `a`, not one whose fields have names of their own"
    );
}
