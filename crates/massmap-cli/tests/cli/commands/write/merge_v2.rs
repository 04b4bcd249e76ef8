//! `massmap merge` from and to format 2.

use massmap::{
    BytesReader, DuplicateKeys, FormatVersion, KnownHashLoader, MassMapDefaultHashLoader, MassMapInner,
    Xxh3HashLoader,
};
use serde_json::Value;

use crate::harness::Directory;
use crate::harness::fixtures::{OwnHashLoader, hundred, map, map_with, paged_map, paged_map_with};

fn open(bytes: &[u8]) -> MassMapInner<BytesReader<&[u8]>, KnownHashLoader> {
    MassMapInner::load(BytesReader::new(bytes)).unwrap()
}

/// All entries of `out`, sorted.
fn merged_entries(directory: &Directory) -> Vec<(u64, u64)> {
    let bytes = directory.read("out");
    let map = open(&bytes).cast::<u64, u64>();
    let mut entries = map.iter().collect::<Result<Vec<_>, _>>().unwrap();
    entries.sort_unstable();
    entries
}

fn merge(directory: &Directory, arguments: &[&str]) -> crate::harness::Outcome {
    directory.run(["merge", "-o", "out", "-i"].iter().chain(arguments))
}

#[test]
fn interleaved_maps_of_format_2_merge_into_a_single_build() {
    let entries = hundred(|n| n);
    let part = |rest| -> Vec<_> {
        entries
            .iter()
            .copied()
            .filter(|(key, _)| key % 3 == rest)
            .collect()
    };
    let directory = Directory::with("a", paged_map(&part(0)));
    directory.write("b", paged_map(&part(1)));
    directory.write("c", paged_map(&part(2)));
    directory.write("empty", paged_map(&[(0u64, 0u64); 0]));
    let whole = paged_map(&entries);
    for inputs in [&["a", "b", "c"][..], &["c", "a", "empty", "b"]] {
        let stdout = merge(&directory, inputs).success();
        assert!(directory.read("out") == whole);
        assert_eq!(stdout, directory.run(["info", "out"]).success());
    }
    directory.run(["verify", "out"]).success();
    assert_eq!(directory.names(), ["a", "b", "c", "empty", "out"]);
}

#[test]
fn integers_and_strings_of_every_type_can_be_merged() {
    fn assert_merges<K>(one: K, two: K)
    where
        K: serde::Serialize + std::hash::Hash + Eq + std::fmt::Display + Clone,
    {
        let directory = Directory::with("a", paged_map(&[(one.clone(), 1)]));
        directory.write("b", paged_map(&[(two.clone(), 2)]));
        merge(&directory, &["a", "b"]).success();
        let keys = [one.to_string(), two.to_string()];
        assert_eq!(
            directory.run(["get", "out", &keys[0], &keys[1]]).success(),
            "1\n2\n"
        );
    }
    macro_rules! integers {
        ($($type:ident)*) => { $(assert_merges($type::MIN, $type::MAX);)* };
    }
    integers! { u8 u16 u32 u64 u128 i8 i16 i32 i64 i128 }
    assert_merges("a", "b");
    assert_merges("a".to_owned(), "b".to_owned());
}

#[test]
fn maps_of_format_1_become_one_of_format_2() {
    let entries = hundred(|n| n);
    let (even, odd): (Vec<_>, Vec<_>) = entries.iter().partition(|(key, _)| key % 2 == 0);
    let directory = Directory::with("v1", map_with::<Xxh3HashLoader, _, _>(16, &even));
    directory.write("other v1", map_with::<Xxh3HashLoader, _, _>(8, &odd));
    directory.write("v2", paged_map(&odd));
    for arguments in [
        &["v1", "v2"][..],
        &["v1", "other v1", "--format", "v2"],
        &["v2", "v1", "--format", "v2"],
    ] {
        merge(&directory, arguments).success();
        assert_eq!(merged_entries(&directory), entries);
        assert_eq!(open(&directory.read("out")).format(), FormatVersion::V2);
        directory.run(["verify", "out"]).success();
    }
}

#[test]
fn maps_of_format_2_become_one_of_format_1() {
    let entries = hundred(|n| n);
    let directory = Directory::with(
        "v2",
        paged_map_with::<MassMapDefaultHashLoader, _, _>(
            |builder| builder.with_user_metadata("a", "b"),
            &entries,
        ),
    );
    let stdout = merge(&directory, &["v2", "--format", "v1"]).success();
    assert!(directory.read("out") == map(1 << 16, &entries_in_file_order(&directory.read("v2"))));
    assert_eq!(stdout, directory.run(["info", "out"]).success());
    assert!(!stdout.contains("paged"), "{stdout}");

    // The number of buckets comes from the input of format 1.
    directory.write("v1", map(8, &[(1000u64, 1u64)]));
    let stdout = merge(&directory, &["v2", "v1", "--format", "v1"]).success();
    let info: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(info["meta"]["bucket_count"], 8);
    assert_eq!(info["meta"]["entry_count"], 101);
}

fn entries_in_file_order(bytes: &[u8]) -> Vec<(u64, u64)> {
    let map = open(bytes).cast::<u64, u64>();
    map.iter().collect::<Result<_, _>>().unwrap()
}

#[test]
fn equal_keys_are_an_error_in_format_2_by_default() {
    let directory = Directory::with("a", paged_map(&[(1u64, 10u64), (2, 20)]));
    directory.write("b", paged_map(&[(1u64, 11u64), (3, 30)]));
    directory.write("out", "precious");
    for options in [&["a", "b"][..], &["a", "b", "--duplicate-keys", "error"]] {
        let message = merge(&directory, options).failure();
        assert_eq!(
            message,
            "a and b both have the key 1; give --duplicate-keys first, last or keep-all to keep one of them or all"
        );
        assert_eq!(directory.read("out"), b"precious");
        assert_eq!(directory.names(), ["a", "b", "out"]);
    }
    for (policy, ones) in [
        ("keep-all", &[(1, 10), (1, 11)][..]),
        ("first", &[(1, 10)]),
        ("last", &[(1, 11)]),
    ] {
        merge(&directory, &["a", "b", "--duplicate-keys", policy]).success();
        assert_eq!(merged_entries(&directory), [ones, &[(2, 20), (3, 30)]].concat());
    }
}

#[test]
fn overlapping_maps_of_format_1_can_be_merged_with_a_policy_for_equal_keys() {
    let directory = Directory::with("a", map(4, &[(1u64, 10u64), (2, 20)]));
    directory.write("b", map(4, &[(1u64, 11u64), (3, 30)]));
    let message = merge(&directory, &["a", "b"]).failure();
    assert!(
        message.contains("overlapping ranges of occupied buckets"),
        "{message}"
    );
    merge(&directory, &["a", "b", "--duplicate-keys", "last"]).success();
    assert_eq!(merged_entries(&directory), [(1, 11), (2, 20), (3, 30)]);
    let bytes = directory.read("out");
    assert_eq!(
        (open(&bytes).format(), open(&bytes).bucket_metas().len()),
        (FormatVersion::V1, 4)
    );
    let message = merge(&directory, &["a", "b", "--duplicate-keys", "error"]).failure();
    assert!(message.starts_with("a and b both have the key 1; "), "{message}");
}

#[test]
fn page_size_and_miss_filter_are_inherited_or_set_and_user_metadata_is_combined() {
    let directory = Directory::with(
        "a",
        paged_map_with::<Xxh3HashLoader, _, _>(
            |builder| {
                builder
                    .with_user_metadata("name", "a")
                    .with_user_metadata("a", "1")
            },
            &[(1u64, 1u64)],
        ),
    );
    directory.write(
        "b",
        paged_map_with::<Xxh3HashLoader, _, _>(
            |builder| {
                builder
                    .with_page_size(1024)
                    .with_user_metadata("name", "b")
                    .with_user_metadata("b", "2")
            },
            &[(2u64, 2u64)],
        ),
    );
    for (arguments, page_size, miss_filter) in [
        (&["a", "b"][..], 512, false),
        (&["a", "b", "--page-size", "8192", "--miss-filter"], 8192, true),
        (
            &["a", "b", "--buffer-size", "0", "--duplicate-keys", "first"],
            512,
            false,
        ),
    ] {
        merge(&directory, arguments).success();
        let bytes = directory.read("out");
        let map = open(&bytes);
        assert_eq!(
            (map.page_size(), map.has_miss_filter()),
            (Some(page_size), miss_filter)
        );
        let notes: Vec<_> = map
            .user_metadata()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(notes, ["a=1", "b=2", "name=a"]);
    }
    let bytes = directory.read("out");
    assert_eq!(open(&bytes).duplicate_keys(), DuplicateKeys::First);
}

#[test]
fn options_of_format_2_are_usage_errors_for_output_of_format_1() {
    let directory = Directory::with("v1", map(4, &[(1u64, 1u64)]));
    directory.write(
        "v2",
        paged_map_with::<MassMapDefaultHashLoader, _, _>(|builder| builder, &[(2u64, 2u64)]),
    );
    let names = directory.names();
    for (arguments, named) in [
        (&["v1", "--page-size", "512"][..], "--page-size"),
        (&["v1", "--miss-filter"], "--miss-filter"),
        (
            &["v1", "v2", "--format", "v1", "--page-size", "512"],
            "--page-size",
        ),
    ] {
        let stderr = merge(&directory, arguments).usage_error();
        assert!(
            stderr.starts_with(&format!("error: {named} needs --format v2")),
            "{stderr}"
        );
        assert!(stderr.contains("Usage: massmap merge"), "{stderr}");
    }
    assert_eq!(directory.names(), names);
}

#[test]
fn incompatible_maps_are_refused_and_leave_no_file() {
    let base = hundred(|n| n);
    let directory = Directory::with("base", paged_map(&base));
    directory.write(
        "seed",
        paged_map_with::<Xxh3HashLoader, _, _>(|builder| builder.with_hash_seed(1), &base),
    );
    directory.write("foldhash", map(4, &base));
    directory.write("keys", paged_map(&hundred(|n| n.to_string())));
    directory.write(
        "own hash",
        paged_map_with::<OwnHashLoader, _, _>(|builder| builder, &base),
    );
    directory.write("own keys", paged_map(&[(('x', 1u8), 0u64)]));
    directory.write("no map", "{}");
    let mut damaged = paged_map(&base);
    damaged[600] ^= 1;
    directory.write("damaged", damaged);
    directory.write("out", "precious");
    let names = directory.names();
    for (other, cause) in [
        (
            "seed",
            "base and seed: cannot write out: maps 0 and 1 (from 0) have different hash functions",
        ),
        (
            "foldhash",
            "base and foldhash: cannot write out: maps 0 and 1 (from 0) have different hash functions",
        ),
        (
            "keys",
            "keys: cannot write out: map 1 (from 0) cannot be merged: the keys of the file are string and cannot be looked up as u64",
        ),
        (
            "own hash",
            "own hash: its keys must be hashed to merge it: the hash function is \"our own\"; this program knows only ",
        ),
        (
            "own keys",
            "own keys: its keys must be hashed to merge it: keys of type \"(char, u8)\" can be ",
        ),
        ("no map", "no map: cannot read it as a massmap file: "),
        (
            "damaged",
            "damaged: cannot write out: map 1 (from 0) cannot be read: page 0 is damaged: ",
        ),
        ("missing", "missing: cannot open the file: "),
    ] {
        let message = merge(&directory, &["base", other, "--duplicate-keys", "first"]).failure();
        assert!(message.starts_with(cause), "{message}");
        assert_eq!(directory.read("out"), b"precious");
        assert_eq!(directory.names(), names);
    }
}

#[test]
fn the_error_about_a_key_of_another_type_names_its_file() {
    // The file names u8 as its key type, but one key is larger.
    let directory = Directory::with("base", paged_map(&[(1u8, 0)]));
    let mut bytes = map_with::<Xxh3HashLoader, _, _>(1, &[(200u8, 0)]);
    let key = bytes.windows(2).position(|window| window == b"\xcc\xc8").unwrap();
    bytes[key] = 0xd0; // Now a signed integer: -56.
    directory.write("other", bytes);
    let message = merge(&directory, &["base", "other"]).failure();
    assert!(
        message.starts_with("other: cannot write out: map 1 (from 0) cannot be merged: a key in bucket 0 cannot be decoded as u8 (the file says \"u8\"): "),
        "{message}"
    );
}

#[test]
fn the_output_may_be_one_of_the_inputs() {
    let directory = Directory::with("out", paged_map(&[(1u64, 1u64)]));
    directory.write("b", paged_map(&[(2u64, 2u64)]));
    merge(&directory, &["out", "b"]).success();
    assert_eq!(merged_entries(&directory), [(1, 1), (2, 2)]);
    assert_eq!(directory.names(), ["b", "out"]);
}
