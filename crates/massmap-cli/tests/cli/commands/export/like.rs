//! `massmap build --like`.

use massmap::{Compression, DuplicateKeys, MassMapDefaultHashLoader, Xxh3HashLoader};

use crate::harness::Directory;
use crate::harness::fixtures::{default_map_with, hundred, map, paged_map, paged_map_with};

/// What `info` says of a file that `build` writes.
fn info(directory: &Directory, arguments: &[&str]) -> serde_json::Value {
    let build = ["build", "-i", "in.ndjson", "-o", "out"];
    serde_json::from_str(&directory.run(build.iter().chain(arguments)).success()).unwrap()
}

#[test]
fn other_entries_get_the_types_and_settings_of_the_map() {
    let like = default_map_with::<MassMapDefaultHashLoader, _, _>(
        |builder| {
            builder
                .with_page_size(1024)
                .with_hash_seed(5)
                .with_miss_filter(true)
                .with_user_metadata("source", "here")
                .with_compression(Compression::zstd().with_level(7).with_dictionary_size(0))
        },
        &[((1u8, 'a'), Some("text")), ((2, 'b'), None)],
    );
    let directory = Directory::with("like", &like);
    directory.write("in.ndjson", "[[7,\"x\"],\"new\"]\n[[8,\"y\"],null]\n");
    let found = info(&directory, &["--like", "like"]);
    let expected: serde_json::Value =
        serde_json::from_str(&directory.run(["info", "like"]).success()).unwrap();
    assert_eq!(found["meta"]["hash_config"], expected["meta"]["hash_config"]);
    for name in [
        "page_size",
        "types",
        "user_metadata",
        "miss_filter",
        "compression",
    ] {
        assert_eq!(
            found["paged"][name].is_null(),
            expected["paged"][name].is_null(),
            "{name}"
        );
    }
    assert_eq!(found["paged"]["page_size"], 1024);
    assert_eq!(found["paged"]["user_metadata"]["source"], "here");
    assert_eq!(
        directory.run(["dump", "--sort", "out"]).success(),
        "[[7,\"x\"],\"new\"]\n[[8,\"y\"],null]\n"
    );
    let schema = |file| {
        let text = directory
            .run(["build", "--schema", "-i", "in.ndjson", "--like", file])
            .success();
        serde_json::from_str::<serde_json::Value>(&text).unwrap()
    };
    let found = schema("like");
    assert_eq!(found["key"]["type"], "(u8, char)");
    assert_eq!(found["value"]["type"], "optional string");
}

#[test]
fn other_options_replace_settings() {
    let like = paged_map_with::<Xxh3HashLoader, _, _>(
        |builder| {
            builder
                .with_user_metadata("a", "1")
                .with_duplicate_keys(DuplicateKeys::Last)
        },
        &[(1u64, "text")],
    );
    let directory = Directory::with("like", &like);
    directory.write("in.ndjson", "[1,\"a\"]\n[1,\"b\"]\n");
    let found = info(
        &directory,
        &[
            "--like",
            "like",
            "--page-size",
            "2048",
            "--user-metadata",
            "a=2",
            "--user-metadata",
            "b=3",
            "--miss-filter",
        ],
    );
    assert_eq!(found["paged"]["page_size"], 2048);
    assert_eq!(
        found["paged"]["user_metadata"],
        serde_json::json!({"a": "2", "b": "3"})
    );
    assert_eq!(directory.run(["dump", "out"]).success(), "[1,\"b\"]\n");
    let first = info(&directory, &["--like", "like", "--duplicate-keys", "first"]);
    assert_eq!(first["paged"]["page_size"], 512);
    assert_eq!(directory.run(["dump", "out"]).success(), "[1,\"a\"]\n");
    info(&directory, &["--like", "like", "--duplicate-keys", "keep-all"]);
    assert_eq!(directory.run(["dump", "out"]).success(), "[1,\"a\"]\n[1,\"b\"]\n");
    let message = directory
        .run([
            "build",
            "-i",
            "in.ndjson",
            "-o",
            "out",
            "--like",
            "like",
            "--duplicate-keys",
            "error",
        ])
        .failure();
    assert_eq!(
        message,
        "in.ndjson: line 1, record 1 and line 2, record 2 both have the key 1; give --duplicate-keys first, last or keep-all to keep one \
         of them or all"
    );

    directory.write("like", map(8, &[(1u64, "text")]));
    let found = info(
        &directory,
        &[
            "--like",
            "like",
            "--duplicate-keys",
            "last",
            "--bucket-count",
            "3",
        ],
    );
    assert_eq!(found["meta"]["bucket_count"], 3);
    let usage = directory
        .run([
            "build",
            "-i",
            "in.ndjson",
            "-o",
            "out",
            "--like",
            "like",
            "--page-size",
            "512",
        ])
        .usage_error();
    assert!(
        usage.contains("--page-size needs --format v2; the output format is v1"),
        "{usage}"
    );
}

#[test]
fn options_that_are_those_of_the_map_are_refused() {
    let directory = Directory::with("like", paged_map(&[(1u64, "text")]));
    directory.write("in.ndjson", "[1,\"a\"]\n");
    for option in [
        ["--key-type", "u64"],
        ["--value-type", "string"],
        ["--format", "v2"],
        ["--hash", "xxh3"],
        ["--hash-seed", "0"],
    ] {
        let arguments = ["build", "-i", "in.ndjson", "-o", "out", "--like", "like"];
        let usage = directory.run(arguments.iter().chain(&option)).usage_error();
        assert!(usage.contains("cannot be used with"), "{usage}");
    }
}

#[test]
fn entries_of_other_types_are_errors_that_say_where() {
    let directory = Directory::with("like", paged_map(&hundred(|n| n)));
    directory.write("out", "precious");
    for (input, expected) in [
        (
            "[1,2]\n[\"1\",2]\n",
            "in.ndjson: line 2, column 4, record 2: the key is not like those of the map: it is the string \"1\", not u64",
        ),
        (
            "[1,-2]\n",
            "in.ndjson: line 1, column 5, record 1: the value is not like those of the map: it is -2, not u64",
        ),
        (
            "",
            "in.ndjson: there is no record in it; --allow-empty builds a map without entries",
        ),
    ] {
        directory.write("in.ndjson", input);
        let message = directory
            .run(["build", "-i", "in.ndjson", "-o", "out", "--like", "like"])
            .failure();
        assert_eq!(message, expected);
    }
    directory.write("in.csv", "key,value\n1,2\n3,x\n");
    let message = directory
        .run(["build", "-i", "in.csv", "-o", "out", "--like", "like"])
        .failure();
    assert_eq!(
        message,
        "in.csv: line 3, record 2, field \"value\": the value is not like those of the map: it is \"x\", not u64"
    );
    assert_eq!(directory.read("out"), b"precious");
}

#[test]
fn files_that_do_not_tell_how_keys_are_hashed_are_refused() {
    #[derive(serde::Serialize, PartialEq, Eq)]
    struct Own(u32);
    impl std::hash::Hash for Own {
        fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
            state.write_u8(7);
        }
    }
    let directory = Directory::with("own", paged_map(&[(Own(1), 1u8)]));
    directory.write("own-v1", map(1, &[(Own(1), 1u8)]));
    directory.write("mixed", {
        // A struct with and one without the names of its fields.
        #[derive(serde::Serialize, Clone)]
        struct Field {
            a: u8,
        }
        paged_map(&[(1u8, (Field { a: 1 }, 2))])
    });
    directory.write("in.ndjson", "[1,1]\n");
    for (file, expected) in [
        ("own", "own: no entries like those of this map can be built: "),
        (
            "own-v1",
            "own-v1: no entries like those of this map can be built: ",
        ),
        ("missing", "missing: cannot open the file: "),
        ("in.ndjson", "in.ndjson: cannot read it as a massmap file: "),
    ] {
        let message = directory
            .run(["build", "-i", "in.ndjson", "-o", "out", "--like", file])
            .failure();
        assert!(message.starts_with(expected), "{message}");
    }
    assert!(!directory.names().contains(&"out".to_owned()));
    // All of them can be dumped.
    assert_eq!(directory.run(["dump", "own"]).success(), "[1,1]\n");
    assert_eq!(directory.run(["dump", "own-v1"]).success(), "[1,1]\n");
    assert_eq!(directory.run(["dump", "mixed"]).success(), "[1,[{\"a\":1},2]]\n");
}

#[test]
fn a_map_without_entries_is_like_itself_only() {
    let directory = Directory::with("v1", map::<u64, String>(3, &[]));
    directory.write("v2", paged_map::<u64, String>(&[]));
    for file in ["v1", "v2"] {
        directory.run(["dump", file, "-o", "empty.ndjson"]).success();
        assert_eq!(directory.read("empty.ndjson"), b"");
        directory
            .run(["build", "-i", "empty.ndjson", "--like", file, "-o", "out"])
            .success();
        assert!(directory.read("out") == directory.read(file));
    }
    directory.write("in.ndjson", "[1,\"a\"]\n");
    // The names of types are in files of format 1.
    directory
        .run(["build", "-i", "in.ndjson", "--like", "v1", "-o", "out"])
        .success();
    let message = directory
        .run(["build", "-i", "in.ndjson", "--like", "v2", "-o", "out"])
        .failure();
    assert_eq!(
        message,
        "in.ndjson: line 1, column 2, record 1: the key is not like those of the map: it is the integer `1`, not none; v2 has no \
         entries, and so it does not tell what others would be"
    );
}

#[test]
fn the_output_may_be_the_map_itself() {
    let directory = Directory::with("a", paged_map(&hundred(|n| n)));
    let old = directory.read("a");
    directory.run(["dump", "a", "-o", "a.csv"]).success();
    directory
        .run(["build", "-i", "a.csv", "--like", "a", "-o", "a"])
        .success();
    assert!(directory.read("a") == old);
}
