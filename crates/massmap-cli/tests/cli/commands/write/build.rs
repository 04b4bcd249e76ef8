//! `massmap build`: options, defaults and duplicates.

use massmap::{
    BytesReader, DuplicateKeys, FormatVersion, KnownHashLoader, MassMapDefaultHashLoader, MassMapInner,
    Xxh3HashLoader,
};
use serde_json::{Value, json};

use crate::harness::fixtures::{default_map_with, info_json, map_with, published_map};
use crate::harness::{Directory, Outcome};

type Entries = Vec<(String, Value)>;

fn entries(entries: &[(&str, Value)]) -> Entries {
    entries
        .iter()
        .map(|(key, value)| ((*key).to_owned(), value.clone()))
        .collect()
}

/// Builds `json` into `out`.
fn build(directory: &Directory, json: &str, options: &[&str]) -> Outcome {
    directory.write("in.json", json);
    directory.run(
        ["build", "--input", "in.json", "--output", "out"]
            .iter()
            .chain(options),
    )
}

fn open(bytes: &[u8]) -> MassMapInner<BytesReader<&[u8]>, KnownHashLoader> {
    MassMapInner::load(BytesReader::new(bytes)).unwrap()
}

/// All entries of `out`, in the order of the file.
fn built_entries(directory: &Directory) -> Entries {
    let bytes = directory.read("out");
    let map = open(&bytes).cast::<String, Value>();
    map.iter().collect::<Result<_, _>>().unwrap()
}

#[test]
fn the_default_is_format_2_with_xxh3() {
    let directory = Directory::new();
    let stdout = build(&directory, r#"{"b": 1, "a": [null]}"#, &[]).success();
    let expected = default_map_with::<Xxh3HashLoader, _, _>(
        |builder| builder,
        &entries(&[("b", json!(1)), ("a", json!([null]))]),
    );
    assert!(directory.read("out") == expected);
    assert_eq!(stdout, directory.run(["info", "out"]).success());
    assert_eq!(directory.names(), ["in.json", "out"]);
}

#[test]
fn format_1_has_the_bytes_of_0_1_5() {
    let directory = Directory::new();
    let json = r#"[["b", 1], {"key": "a", "value": 2.5}]"#;
    let expected = entries(&[("b", json!(1)), ("a", json!(2.5))]);
    for (options, seed, buckets) in [
        (&["--format", "v1"][..], 0, 1 << 16),
        (
            &[
                "--format",
                "v1",
                "--hash",
                "foldhash",
                "--hash-seed",
                "7",
                "--bucket-count",
                "3",
            ],
            7,
            3,
        ),
    ] {
        let stdout = build(&directory, json, options).success();
        let bytes = directory.read("out");
        assert!(bytes == published_map(seed, buckets, &expected));
        assert_eq!(stdout, info_json(&bytes));
    }
}

#[test]
fn each_format_supports_each_hash_function_with_a_seed() {
    let directory = Directory::new();
    let expected = entries(&[("a", json!(1))]);
    build(
        &directory,
        r#"{"a": 1}"#,
        &["--format", "v1", "--hash", "xxh3", "--bucket-count", "4"],
    )
    .success();
    assert!(directory.read("out") == map_with::<Xxh3HashLoader, _, _>(4, &expected));

    build(
        &directory,
        r#"{"a": 1}"#,
        &["--hash", "foldhash", "--hash-seed", "18446744073709551615"],
    )
    .success();
    let seeded = default_map_with::<MassMapDefaultHashLoader, _, _>(
        |builder| builder.with_hash_seed(u64::MAX),
        &expected,
    );
    assert!(directory.read("out") == seeded);
    assert_eq!(directory.run(["get", "out", "a"]).success(), "1\n");
}

#[test]
fn entries_share_runs_of_pages_up_to_the_longest_run_in_builds_and_merges() {
    let directory = Directory::new();
    let json = format!(r#"{{"a": "{0}", "b": "{0}", "c": "{0}"}}"#, "v".repeat(2700));
    let pages = |arguments: &[&str]| {
        directory.run(arguments).success();
        directory.read("out").len() / 4096
    };
    directory.write("in.json", json);
    // One page per entry, header and tail; two pages for all three entries.
    assert_eq!(pages(&["build", "-i", "in.json", "-o", "out"]), 4);
    assert_eq!(
        pages(&["build", "-i", "in.json", "-o", "out", "--longest-run", "2"]),
        3
    );
    // A merge does as its files say, unless it is told otherwise.
    assert_eq!(pages(&["merge", "-i", "out", "-o", "out"]), 3);
    assert_eq!(
        pages(&["merge", "-i", "out", "-o", "out", "--longest-run", "1"]),
        4
    );
    assert_eq!(
        pages(&["merge", "-i", "out", "-o", "out", "--longest-run", "3"]),
        3
    );
    assert_eq!(directory.run(["get", "out", "b"]).success().len(), 2700 + 3);
}

#[test]
fn page_size_miss_filter_and_user_metadata_reach_the_file() {
    let directory = Directory::new();
    let options = [
        "--page-size",
        "512",
        "--miss-filter",
        "--user-metadata",
        "source=a=b",
        "--user-metadata",
        "empty=",
        "--duplicate-keys",
        "keep-all",
        "--buffer-size",
        "0",
    ];
    build(&directory, r#"{"a": 1}"#, &options).success();
    let bytes = directory.read("out");
    let map = open(&bytes);
    assert_eq!(map.page_size(), Some(512));
    assert!(map.has_miss_filter());
    assert_eq!(map.duplicate_keys(), DuplicateKeys::KeepAll);
    let notes: Vec<_> = map
        .user_metadata()
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(notes, [("empty", ""), ("source", "a=b")]);
}

#[test]
fn options_of_the_other_format_are_usage_errors_that_name_it() {
    let directory = Directory::with("in.json", "{}");
    for (options, named) in [
        (&["--bucket-count", "5"][..], "--bucket-count needs --format v1"),
        (
            &["--format", "v2", "--bucket-count", "5"],
            "--bucket-count needs --format v1",
        ),
        (
            &["--target-bucket-bytes", "4KiB"],
            "--target-bucket-bytes needs --format v1",
        ),
        (
            &["--format", "v1", "--page-size", "512"],
            "--page-size needs --format v2",
        ),
        (
            &["--format", "v1", "--longest-run", "8"],
            "--longest-run needs --format v2",
        ),
        (
            &["--format", "v1", "--miss-filter"],
            "--miss-filter needs --format v2",
        ),
        (
            &["--format", "v1", "--user-metadata", "a=b"],
            "--user-metadata needs --format v2",
        ),
    ] {
        let stderr = build(&directory, "{}", options).usage_error();
        assert!(stderr.starts_with(&format!("error: {named}")), "{stderr}");
        assert!(stderr.contains("Usage: massmap build"), "{stderr}");
    }
    assert_eq!(directory.names(), ["in.json"]);
}

#[test]
fn equal_keys_are_an_error_in_objects_and_arrays_and_both_formats() {
    for json in [
        r#"{"a": 1, "b": 2, "a": 1}"#,
        r#"[["a", 1], ["b", 2], {"key": "a", "value": 3}]"#,
    ] {
        for options in [
            &[][..],
            &["--format", "v1"],
            &["--duplicate-keys", "error", "--page-size", "512"],
        ] {
            let directory = Directory::with("out", "precious");
            let message = build(&directory, json, options).failure();
            assert_eq!(
                message,
                "in.json: line 1, record 1 and line 1, record 3 both have the key \"a\"; give --duplicate-keys first, \
                 last or keep-all to keep one of them or all"
            );
            assert_eq!(directory.read("out"), b"precious");
            assert_eq!(directory.names(), ["in.json", "out"]);
        }
    }
}

#[test]
fn equal_keys_are_kept_or_dropped_as_requested() {
    let directory = Directory::new();
    for json in [r#"{"a": 1, "a": 2, "a": 3}"#, r#"[["a", 1], ["a", 2], ["a", 3]]"#] {
        for format in ["v1", "v2"] {
            for (policy, values) in [("keep-all", &[1, 2, 3][..]), ("first", &[1]), ("last", &[3])] {
                build(
                    &directory,
                    json,
                    &["--format", format, "--duplicate-keys", policy],
                )
                .success();
                let expected: Entries = values
                    .iter()
                    .map(|value| ("a".to_owned(), json!(value)))
                    .collect();
                assert_eq!(built_entries(&directory), expected, "{format} {policy}");
            }
        }
    }
}

#[test]
fn no_entries_make_an_empty_map() {
    let directory = Directory::new();
    for (json, options) in [
        ("{}", &[][..]),
        ("[]", &["--miss-filter"]),
        ("[]", &["--format", "v1"]),
    ] {
        build(&directory, json, options).success();
        assert!(built_entries(&directory).is_empty());
        directory.run(["verify", "out"]).success();
        assert_eq!(
            directory.run(["get", "out", "a"]).failure(),
            r#"out: there is no key "a""#
        );
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let json = serde_json::to_string(&(0..500).map(|n| (n.to_string(), n)).collect::<Vec<_>>()).unwrap();
    for options in [
        &[
            "--miss-filter",
            "--user-metadata",
            "b=1",
            "--user-metadata",
            "a=2",
        ][..],
        &["--format", "v1"],
    ] {
        let build_anew = || {
            let directory = Directory::new();
            build(&directory, &json, options).success();
            directory.read("out")
        };
        assert!(build_anew() == build_anew());
    }
}

#[test]
fn unicode_names_are_built_into_full_pages() {
    let json = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../data/unicode-names.json"
    ))
    .unwrap();
    let directory = Directory::new();
    let info: Value = serde_json::from_str(&build(&directory, &json, &[]).success()).unwrap();
    assert_eq!(info["meta"]["entry_count"], 34_823);
    assert!(info["paged"]["fill"].as_f64().unwrap() > 0.97, "{info}");
    assert_eq!(open(&directory.read("out")).format(), FormatVersion::V2);
    let found = directory.run(["get", "out", "U+0020", "U+1F600"]).success();
    assert_eq!(found, "\"SPACE\"\n\"GRINNING FACE\"\n");
    directory.run(["verify", "out"]).success();
}

#[test]
fn invalid_input_is_an_error_and_leaves_no_file() {
    let directory = Directory::new();
    for (json, cause) in [
        ("nonsense", "in.json: line 1, column 2, record 1: expected ident"),
        (
            "7",
            "in.json: line 1, column 1, record 1: invalid type: integer `7`, expected an object, or an array of ",
        ),
        (
            r#"[["a"]]"#,
            "in.json: line 1, column 6, record 1: invalid length 1, expected [key, value] or ",
        ),
        (
            r#"{"a": 1"#,
            "in.json: line 1, column 7, record 2: EOF while parsing an object",
        ),
    ] {
        let message = build(&directory, json, &[]).failure();
        assert!(message.starts_with(cause), "{message}");
    }
    let message = directory.run(["build", "-i", "missing", "-o", "out"]).failure();
    assert!(
        message.starts_with("missing: cannot open the file: "),
        "{message}"
    );
    let message = directory.run(["build", "-i", "in.json", "-o", "."]).failure();
    assert_eq!(message, "cannot write .: it is a directory");
    assert_eq!(directory.names(), ["in.json"]);
}

#[test]
fn the_output_may_be_the_input() {
    let directory = Directory::with("a", r#"{"a": 1}"#);
    directory.run(["build", "-i", "a", "-o", "a"]).success();
    assert_eq!(directory.run(["get", "a", "a"]).success(), "1\n");
    assert_eq!(directory.names(), ["a"]);
}

#[test]
fn memory_limit_spill_directory_and_threads_do_not_change_the_bytes() {
    let json = serde_json::to_string(&(0..500).map(|n| (n.to_string(), n)).collect::<Vec<_>>()).unwrap();
    for format in ["v1", "v2"] {
        let directory = Directory::new();
        std::fs::create_dir(directory.path("spill")).unwrap();
        build(&directory, &json, &["--format", format]).success();
        let expected = directory.read("out");
        for options in [
            &["--memory-limit", "1K"][..],
            &["--memory-limit", "1K", "--spill-dir", "spill"],
            &["--threads", "1"],
            &["--threads", "3"],
        ] {
            let format = ["--format", format];
            let options: Vec<_> = format.iter().chain(options).copied().collect();
            build(&directory, &json, &options).success();
            assert!(directory.read("out") == expected, "{options:?}");
        }
        assert_eq!(directory.names(), ["in.json", "out", "spill"]);
        assert_eq!(std::fs::read_dir(directory.path("spill")).unwrap().count(), 0);
    }
}

#[test]
fn merged_shards_equal_a_single_build() {
    let json = serde_json::to_string(&(0..2000).map(|n| (n.to_string(), n)).collect::<Vec<_>>()).unwrap();
    for format in ["v1", "v2"] {
        let directory = Directory::new();
        build(&directory, &json, &["--format", format]).success();
        let expected = directory.read("out");
        for shard in ["0/3", "1/3", "2/3"] {
            build(&directory, &json, &["--format", format, "--shard", shard]).success();
            assert!(directory.read("out").len() < expected.len());
            std::fs::rename(directory.path("out"), directory.path(&shard[..1])).unwrap();
        }
        directory
            .run(["merge", "-i", "2", "0", "1", "-o", "out"])
            .success();
        assert!(directory.read("out") == expected, "{format}");
    }
}

#[test]
fn maps_for_object_stores_have_larger_pages() {
    let directory = Directory::with("in.json", "{}");
    directory.write(
        "in.json",
        format!(
            "{{{}}}",
            (0..5000)
                .map(|n| format!("\"{n}\": \"value {n}\""))
                .collect::<Vec<_>>()
                .join(",")
        ),
    );
    let page_size = |arguments: &[&str]| {
        let printed = directory.run(arguments).success();
        let description: serde_json::Value = serde_json::from_str(&printed).unwrap();
        description["paged"]["page_size"].as_u64().unwrap()
    };
    let build = ["build", "-i", "in.json", "-o", "out"];
    for (place, size) in [("disk", 4096), ("object-store", 16_384)] {
        assert_eq!(page_size(&[&build[..], &["--for", place]].concat()), size);
        assert_eq!(
            page_size(&["merge", "-i", "out", "-o", "merged", "--for", place]),
            size
        );
    }
    assert_eq!(
        page_size(&["merge", "-i", "out", "-o", "merged", "--for", "disk"]),
        4096
    );
    assert_eq!(page_size(&[&build[..], &["--page-size", "1024"]].concat()), 1024);
    assert_eq!(
        page_size(&["merge", "-i", "out", "-o", "merged", "--for", "object-store"]),
        16_384
    );

    for (more, complaint) in [
        (
            &["--for", "object-store", "--page-size", "1024"][..],
            "cannot be used with",
        ),
        (
            &["--for", "object-store", "--format", "v1"],
            "--for needs --format v2",
        ),
        (&["--for", "tape"], "[possible values: disk, object-store]"),
    ] {
        let stderr = directory.run([&build[..], more].concat()).usage_error();
        assert!(stderr.contains(complaint), "{stderr}");
    }
}
