//! `massmap merge`: which maps can be merged, and the result.

use massmap::{MassMapDefaultHashLoader, MassMapHashLoader};
use serde::Serialize;

use crate::harness::Directory;
use crate::harness::fixtures::{OwnHashLoader, hundred, info_json, map, map_with, published_map, shards};

/// A directory with shards of a hundred entries as `lower` and `upper`, and the bytes of the merged map.
fn shards_in_directory<H, K>(key: impl Fn(u64) -> K) -> (Directory, Vec<u8>)
where
    H: MassMapHashLoader,
    K: Serialize + for<'de> serde::Deserialize<'de> + std::hash::Hash + Eq + Clone,
{
    let [lower, upper, whole] = shards::<H, _, _>(16, &hundred(key));
    let directory = Directory::with("lower", lower);
    directory.write("upper", upper);
    (directory, whole)
}

#[test]
fn merged_shards_equal_a_single_build() {
    let (directory, whole) = shards_in_directory::<MassMapDefaultHashLoader, _>(|n| n.to_string());
    for arguments in [
        &["-i", "lower", "-i", "upper"][..],
        &["-i", "upper", "lower"],
        &["--input", "upper", "--input", "lower", "--buffer-size", "0"],
        &["-i", "upper", "-i", "lower", "--buffer-size", "5000"],
    ] {
        let arguments = ["merge", "--output", "out"].iter().chain(arguments);
        assert_eq!(directory.run(arguments).success(), info_json(&whole));
        assert!(directory.read("out") == whole);
        assert_eq!(directory.names(), ["lower", "out", "upper"]);
    }
}

#[test]
fn keys_of_any_type_and_unknown_hash_functions_can_be_merged() {
    #[derive(serde::Deserialize, Serialize, Hash, PartialEq, Eq, Clone)]
    struct Key(u64, Option<String>);

    fn assert_merges((directory, whole): (Directory, Vec<u8>)) {
        let stdout = directory
            .run(["merge", "-i", "lower", "-i", "upper", "-o", "out"])
            .success();
        assert_eq!(stdout, info_json(&whole));
        assert!(directory.read("out") == whole);
    }
    assert_merges(shards_in_directory::<MassMapDefaultHashLoader, _>(|n| n as u8));
    assert_merges(shards_in_directory::<MassMapDefaultHashLoader, _>(|n| {
        -i128::from(n)
    }));
    assert_merges(shards_in_directory::<MassMapDefaultHashLoader, _>(|n| {
        Key(n, None)
    }));
    assert_merges(shards_in_directory::<massmap::Xxh3HashLoader, _>(|n| {
        Key(n, Some(n.to_string()))
    }));
    assert_merges(shards_in_directory::<OwnHashLoader, _>(|n| n.to_string()));
}

#[test]
fn one_map_and_empty_maps_can_be_merged() {
    let whole = map(8, &hundred(|n| n));
    let directory = Directory::with("whole", &whole);
    directory.write("empty", map(8, &[(0u64, 0u64); 0]));
    directory.run(["merge", "-i", "whole", "-o", "out"]).success();
    assert!(directory.read("out") == whole);
    directory
        .run(["merge", "-i", "empty", "whole", "empty", "-o", "out"])
        .success();
    assert!(directory.read("out") == whole);
    directory.run(["merge", "-i", "empty", "-o", "out"]).success();
    assert!(directory.read("out") == directory.read("empty"));
}

#[test]
fn the_output_may_be_one_of_the_inputs() {
    let (directory, whole) = shards_in_directory::<MassMapDefaultHashLoader, _>(|n| n);
    directory
        .run(["merge", "-i", "lower", "-i", "upper", "-o", "lower"])
        .success();
    assert!(directory.read("lower") == whole);
    assert_eq!(directory.names(), ["lower", "upper"]);
}

#[test]
fn incompatible_maps_are_refused_and_the_output_is_unchanged() {
    let base = hundred(|n| n);
    let directory = Directory::with("base", map(16, &base));
    directory.write("overlapping", map(16, &base));
    directory.write("bucket count", map(32, &base));
    directory.write("seed", published_map(1, 16, &base));
    directory.write("hash", map_with::<OwnHashLoader, _, _>(16, &base));
    directory.write("keys", map(16, &hundred(|n| n.to_string())));
    directory.write("values", map(16, &[(1u64, "one")]));
    directory.write("no map", "{}");
    directory.write("cut", &directory.read("base")[..200]);
    directory.write("out", "precious");
    let names = directory.names();

    for (other, cause) in [
        (
            "overlapping",
            "base and OTHER: cannot write OUT: maps 0 and 1 (from 0) have overlapping ranges of occupied buckets and cannot be merged: 0..16 and 0..16",
        ),
        (
            "bucket count",
            "base and OTHER: cannot write OUT: maps 0 and 1 (from 0) have different numbers of buckets and cannot be merged: 16 and 32",
        ),
        (
            "seed",
            r#"base and OTHER: cannot write OUT: maps 0 and 1 (from 0) have different hash functions and cannot be merged: foldhash {"seed":0} and foldhash {"seed":1}"#,
        ),
        (
            "hash",
            r#"base and OTHER: cannot write OUT: maps 0 and 1 (from 0) have different hash functions and cannot be merged: foldhash {"seed":0} and our own null"#,
        ),
        (
            "keys",
            "base and OTHER: cannot write OUT: maps 0 and 1 (from 0) have different key types and cannot be merged: u64 and alloc::string::String",
        ),
        (
            "values",
            "base and OTHER: cannot write OUT: maps 0 and 1 (from 0) have different value types and cannot be merged: u64 and &str",
        ),
        ("no map", "no map: cannot read it as a massmap file: "),
        ("cut", "cut: cannot read it as a massmap file: "),
        ("missing", "missing: cannot open the file: "),
        (".", ".: cannot "),
    ] {
        for output in ["out", "base", "new"] {
            let before = [directory.read("out"), directory.read("base")];
            let message = directory
                .run(["merge", "-i", "base", "-i", other, "-o", output])
                .failure();
            let cause = cause.replace("OUT", output).replace("OTHER", other);
            match cause.ends_with(' ') {
                true => assert!(message.starts_with(&cause), "{message}"),
                false => assert_eq!(message, cause),
            }
            assert!([directory.read("out"), directory.read("base")] == before);
            assert_eq!(directory.names(), names);
        }
    }
}
