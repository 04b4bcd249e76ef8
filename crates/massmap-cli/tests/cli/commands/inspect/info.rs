//! `massmap info`: metadata, lookups and buckets, for every key type and hash function.

use std::borrow::Cow;
use std::fmt::Display;
use std::hash::Hash;

use massmap::Xxh3HashLoader;
use serde::Serialize;
use serde_json::Value;

use crate::harness::fixtures::{OwnHashLoader, hundred, info_json, map, map_with, published_map};
use crate::harness::{Directory, escaped};

#[test]
fn info_is_header_and_metadata_as_json() {
    // The position of the metadata follows from the encoding: 24 bytes of header, then a bucket with an array of one (1 byte)
    // pair (1) of "a" (2) and 1 (1).
    let directory = Directory::with("a", map(1, &[("a", 1)]));
    assert_eq!(
        directory.run(["info", "a"]).success(),
        r#"{
  "header": {
    "meta_offset": 29,
    "meta_length": 39
  },
  "meta": {
    "entry_count": 1,
    "bucket_count": 1,
    "occupied_bucket_count": 1,
    "occupied_bucket_range": {
      "start": 0,
      "end": 1
    },
    "hash_config": {
      "name": "foldhash",
      "parameters": {
        "seed": 0
      }
    },
    "key_type": "&str",
    "value_type": "i32"
  }
}
"#
    );
}

#[test]
fn the_results_for_a_key_and_a_bucket_follow_the_info() {
    let directory = Directory::with("a", map(1, &[("b", 1), ("a", 2), ("b", 3)]));
    let info = info_json(&directory.read("a"));
    let answers = "Get b: Some(Number(1))\nBucket 0 entries:\n[\n  [\n    \"b\",\n    1\n  ],\n  [\n    \"a\",\n    2\n  ],\n  \
                   [\n    \"b\",\n    3\n  ]\n]\n";
    assert_eq!(
        directory
            .run(["info", "--bucket", "0", "a", "--key", "b"])
            .success(),
        format!("{info}{answers}")
    );
    assert_eq!(
        directory.run(["info", "a", "-k", "x"]).success(),
        format!("{info}Get x: None\n")
    );

    let directory = Directory::with("empty", map(2, &[("", 0); 0]));
    let info = info_json(&directory.read("empty"));
    assert_eq!(
        directory.run(["info", "empty", "-k", "", "-b", "1"]).success(),
        format!("{info}Get : None\nBucket 1 entries:\n[]\n")
    );
}

/// Looks up each of `keys` in a map that massmap 0.1.5 built from them, and lists their bucket.
#[track_caller]
fn assert_answers<K: Serialize + Hash + Eq + Clone + Display>(keys: &[K], missing: K) {
    let entries: Vec<_> = keys.iter().cloned().zip(10..).collect();
    let directory = Directory::with("a", published_map(5, 3, &entries));
    let info = info_json(&directory.read("a"));
    for (key, value) in &entries {
        let stdout = directory.run(["info", "a", "--key", &key.to_string()]).success();
        let key = escaped(&key.to_string());
        assert_eq!(stdout, format!("{info}Get {key}: Some(Number({value}))\n"));
    }
    let stdout = directory
        .run(["info", "a", "--key", &missing.to_string()])
        .success();
    assert_eq!(stdout, format!("{info}Get {missing}: None\n"));

    let mut listed = Vec::new();
    for bucket in 0..3 {
        let stdout = directory
            .run(["info", "a", "--bucket", &bucket.to_string()])
            .success();
        let json = stdout
            .strip_prefix(&format!("{info}Bucket {bucket} entries:\n"))
            .unwrap();
        listed.extend(serde_json::from_str::<Vec<(Value, u64)>>(json).unwrap());
    }
    listed.sort_by_key(|(_, value)| *value);
    let shown = |key: &Value| key.as_str().map_or_else(|| key.to_string(), str::to_owned);
    let listed: Vec<_> = listed.iter().map(|(key, value)| (shown(key), *value)).collect();
    let expected: Vec<_> = entries
        .iter()
        .map(|(key, value)| (key.to_string(), *value))
        .collect();
    assert_eq!(listed, expected);
}

#[test]
fn keys_of_every_integer_type_are_looked_up_and_listed() {
    macro_rules! integers {
        ($($type:ident)*) => {$(
            assert_answers::<$type>(&[$type::MIN, 1, 42, $type::MAX], 7);
        )*};
    }
    integers! { u8 u16 u32 u64 i8 i16 i32 i64 }
}

#[test]
fn keys_of_128_bits_are_looked_up_and_listed() {
    // serde_json reads integers beyond 64 bits as floats, so the listing is compared as text.
    macro_rules! integers {
        ($($type:ident)*) => {$(
            let directory = Directory::with("a", map(2, &[($type::MIN, 1), ($type::MAX, 2)]));
            let mut listed = String::new();
            for bucket in ["0", "1"] {
                listed += &directory.run(["info", "a", "-b", bucket]).success();
            }
            for (key, value) in [($type::MIN, 1), ($type::MAX, 2)] {
                let stdout = directory.run(["info", "a", "-k", &key.to_string()]).success();
                assert!(stdout.ends_with(&format!("\nGet {key}: Some(Number({value}))\n")), "{stdout}");
                assert!(listed.contains(&format!("    {key},\n    {value}\n")), "{listed}");
            }
        )*};
    }
    integers! { u128 i128 }
}

#[test]
fn keys_of_every_string_type_are_looked_up_and_listed() {
    let keys = ["", "a", "naïve", "-k", "--bucket", "line\nbreak"];
    assert_answers::<&str>(&keys, "?");
    assert_answers(&keys.map(str::to_owned), "?".to_owned());
    assert_answers(&keys.map(Box::<str>::from), "?".into());
    assert_answers(&keys.map(Cow::from), "?".into());
    let owned = keys.map(str::to_owned);
    assert_answers(&owned.each_ref(), &"?".to_owned());
}

#[test]
fn a_key_of_another_type_is_an_error() {
    macro_rules! refused {
        ($($type:ident $key:literal $cause:literal)*) => {$(
            let directory = Directory::with("a", map(2, &[($type::MAX, 0)]));
            let message = directory.run(["info", "a", "--key", $key]).failure();
            assert_eq!(message, format!("a: the key {:?} is not of type {}: {}", $key, stringify!($type), $cause));
        )*};
    }
    refused! {
        u8 "256" "number too large to fit in target type"
        i8 "-129" "number too small to fit in target type"
        u16 "-1" "invalid digit found in string"
        i16 "one" "invalid digit found in string"
        u32 "" "cannot parse integer from empty string"
        i32 "1\n" "invalid digit found in string"
        u64 "0x10" "invalid digit found in string"
        i64 "9223372036854775808" "number too large to fit in target type"
        u128 " 1" "invalid digit found in string"
        i128 "1.0" "invalid digit found in string"
    }
}

#[test]
fn keys_of_other_types_are_refused_but_the_info_is_shown() {
    let directory = Directory::with("a", map(2, &[(('x', 1u8), 0)]));
    assert_eq!(
        directory.run(["info", "a"]).success(),
        info_json(&directory.read("a"))
    );
    for question in [["--key", "x"], ["--bucket", "0"]] {
        assert_eq!(
            directory.run(["info", "a"].iter().chain(&question)).failure(),
            "a: keys of type \"(char, u8)\" can be neither looked up nor shown; known types are integers from u8 to u128 \
             and from i8 to i128, and strings"
        );
    }
}

#[test]
fn a_missing_bucket_is_an_error() {
    let directory = Directory::with("a", map(4, &hundred(|n| n)));
    for bucket in ["4", "18446744073709551615"] {
        assert_eq!(
            directory
                .run(["info", "a", "--key", "1", "--bucket", bucket])
                .failure(),
            format!("a: cannot list the bucket: bucket {bucket} was requested, but the map has 4")
        );
    }
}

#[test]
fn values_without_a_json_form_are_an_error() {
    let directory = Directory::with("a", map(1, &[(1u8, [u128::MAX])]));
    assert_eq!(
        directory.run(["info", "a"]).success(),
        info_json(&directory.read("a"))
    );
    for (question, context) in [
        ("-k1", "the value cannot be shown as JSON"),
        (
            "-b0",
            "cannot list the bucket: the value of entry 1 cannot be shown as JSON",
        ),
    ] {
        assert_eq!(
            directory.run(["info", "a", question]).failure(),
            format!("a: {context}: a byte array of 16 bytes at byte 1 has no JSON form")
        );
    }
}

#[test]
fn values_of_128_bits_are_shown() {
    let directory = Directory::with("a", map(1, &[(1u8, i128::MIN)]));
    let info = info_json(&directory.read("a"));
    assert_eq!(
        directory.run(["info", "a", "-k1", "-b0"]).success(),
        format!(
            "{info}Get 1: Some(Number({}))\nBucket 0 entries:\n[\n  [\n    1,\n    {}\n  ]\n]\n",
            i128::MIN,
            i128::MIN
        )
    );
}

#[test]
fn files_with_xxh3_are_looked_up() {
    let directory = Directory::with(
        "a",
        map_with::<Xxh3HashLoader, _, _>(16, &hundred(|n| format!("key {n}"))),
    );
    let stdout = directory.run(["info", "a", "--key", "key 99"]).success();
    assert!(stdout.contains(r#""name": "xxh3""#), "{stdout}");
    assert!(stdout.ends_with("\nGet key 99: Some(Number(99))\n"), "{stdout}");
}

#[test]
fn an_unknown_hash_function_is_an_error_only_for_lookups() {
    let directory = Directory::with("a", map_with::<OwnHashLoader, _, _>(1, &[("x", 1)]));
    let cause = "keys cannot be looked up: the hash function is \"our own\"; this program knows only \"foldhash\", \"xxh3\"";
    let info = info_json(&directory.read("a"));

    for (question, answer) in [
        (&[][..], ""),
        (&["-b0"], "Bucket 0 entries:\n[\n  [\n    \"x\",\n    1\n  ]\n]\n"),
    ] {
        let outcome = directory.run(["info", "a"].iter().chain(question));
        assert_eq!(outcome.code, Some(0));
        assert_eq!(outcome.stdout, format!("{info}{answer}"));
        assert_eq!(outcome.stderr, format!("massmap: warning: a: {cause}\n"));
    }
    for question in [&["-kx"][..], &["-kx", "-b0"]] {
        let message = directory.run(["info", "a"].iter().chain(question)).failure();
        assert_eq!(message, format!("a: {cause}"));
    }
}

#[test]
fn a_wrong_hash_function_is_an_error_and_not_a_miss() {
    // Built with an unknown function, whose name is then overwritten with that of a known one.
    let mut bytes = map_with::<OwnHashLoader, _, _>(1024, &hundred(|n| n.to_string()));
    let name = bytes
        .windows(8)
        .position(|window| window == b"\xa7our own")
        .unwrap();
    bytes.splice(name..name + 9, *b"\xa4xxh3\x81\xa4seed\0");
    let grown = b"\xa4xxh3\x81\xa4seed\0".len() - b"\xa7our own\xc0".len();
    let meta_length = u64::from_be_bytes(bytes[16..24].try_into().unwrap()) + grown as u64;
    bytes[16..24].copy_from_slice(&meta_length.to_be_bytes());

    let directory = Directory::with("a", bytes);
    let message = directory.run(["info", "a", "--key", "1"]).failure();
    assert!(
        message.starts_with("a: cannot look up the key: lookups would miss the key of entry "),
        "{message}"
    );
}

#[test]
fn files_that_are_not_maps_are_errors() {
    let directory = Directory::new();
    for content in [
        &b""[..],
        b"MASSMAP!",
        b"{\"a\": 1} and enough to be a header",
        &[0; 24],
        &[0xff; 100],
    ] {
        directory.write("a", content);
        let message = directory.run(["info", "a"]).failure();
        assert!(
            message.starts_with("a: cannot read it as a massmap file: "),
            "{message}"
        );
    }
    assert!(
        directory
            .run(["info", "b"])
            .failure()
            .starts_with("b: cannot open the file: ")
    );
    assert!(directory.run(["info", "."]).failure().starts_with(".: cannot "));
}
