//! Keys, answers and tables in Parquet and Arrow IPC.

#[cfg(feature = "parquet")]
use serde::Serialize;

use crate::harness::Directory;
use crate::harness::fixtures::{hundred, paged_map};

#[cfg(not(feature = "parquet"))]
#[test]
fn a_program_without_parquet_says_how_to_get_it() {
    let directory = Directory::with("a", paged_map(&hundred(|n| n)));
    directory.write("t.parquet", b"PAR1");
    directory.write("t.csv", b"id\n1\n");
    let how =
        "this program was built without: cargo install massmap-cli --features parquet builds it with that";
    for (arguments, subject) in [
        (
            &["get", "a", "--keys-from", "t.parquet"][..],
            "t.parquet: it is parquet, which ",
        ),
        (
            &["get", "a", "--keys-from", "t.csv", "--keys-format", "arrow"],
            "t.csv: it is arrow, which ",
        ),
        (
            &["join", "--key", "id", "t.parquet", "a"],
            "t.parquet: it is parquet, which ",
        ),
        (
            &["get", "a", "--keys-from", "t.csv", "-o", "out.parquet"],
            "parquet is a format that ",
        ),
        (
            &["get", "a", "--keys-from", "t.csv", "--format", "arrow"],
            "arrow is a format that ",
        ),
    ] {
        assert_eq!(directory.run(arguments).failure(), format!("{subject}{how}"));
    }
    assert_eq!(directory.names(), ["a", "t.csv", "t.parquet"]);
}

/// A map `a` from each of the numbers 0 to 99 to its square, and a table with the columns `id`, some of which are null or missing in the
/// map, and `name`.
#[cfg(feature = "parquet")]
fn squares() -> Directory {
    let squares: Vec<_> = hundred(|n| n).into_iter().map(|(n, _)| (n, n * n)).collect();
    let directory = Directory::with("a", paged_map(&squares));
    directory.write("rows", typed_rows());
    for name in ["t.parquet", "t.arrow"] {
        directory.run(["dump", "--sort", "rows", "-o", name]).success();
    }
    directory
}

#[cfg(feature = "parquet")]
#[derive(Serialize)]
struct Row {
    id: Option<i64>,
    name: String,
}

#[cfg(feature = "parquet")]
fn typed_rows() -> Vec<u8> {
    let rows: Vec<_> = (0..210i64)
        .map(|n| {
            let id = (n % 50 != 49).then_some(n % 105);
            let name = format!("row {n}");
            (n, Row { id, name })
        })
        .collect();
    paged_map(&rows)
}

/// Runs the program, which succeeds and tells how many keys it found. Returns its output.
#[cfg(feature = "parquet")]
#[track_caller]
fn found(directory: &Directory, arguments: &[&str]) -> String {
    let outcome = directory.run(arguments);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(outcome.stderr.starts_with("massmap: found "), "{outcome:?}");
    outcome.stdout
}

/// What is in a table, as NDJSON.
#[cfg(feature = "parquet")]
fn rows_of(directory: &Directory, name: &str, key: &str) -> Vec<serde_json::Value> {
    let build = [
        "build", "-i", name, "--key", key, "--nulls", "keep", "-o", "rows of",
    ];
    let options = ["--duplicate-keys", "keep-all"];
    directory.run(build.iter().chain(&options)).success();
    let lines = directory.run(["dump", "--sort", "rows of"]).success();
    std::fs::remove_file(directory.path("rows of")).unwrap();
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[cfg(feature = "parquet")]
#[test]
fn keys_may_be_a_column() {
    let directory = squares();
    let expected: String = (0..210u64)
        .filter(|n| n % 50 != 49)
        .map(|n| match n % 105 {
            key @ 100.. => format!("{{\"key\":{key},\"value\":null}}\n"),
            key => format!("{{\"key\":{key},\"value\":{}}}\n", key * key),
        })
        .collect();
    directory.write("keys.ndjson", expected.as_bytes());
    for name in ["t.parquet", "t.arrow"] {
        let get = ["get", "a", "--keys-from", name, "--key", "id"];
        let message = directory.run(get).failure_after_output();
        assert_eq!(message.0.lines().count(), 49, "{name}");
        let part = if name == "t.parquet" {
            "row group 1"
        } else {
            "batch 1"
        };
        assert_eq!(
            message.1,
            format!(
                "{name}: row 50, {part}, field \"id\": it is null, and keys of type u64 are not: --missing skip leaves it out"
            )
        );
        let left_out = directory.run([&get[..], &["--missing", "skip"]].concat());
        assert_eq!(
            (left_out.code, left_out.stdout.lines().count()),
            (Some(0), 196),
            "{name}"
        );
    }
    // Without nulls, all keys come back in their order.
    found(
        &directory,
        &["get", "a", "--keys-from", "keys.ndjson", "-o", "found.parquet"],
    );
    for options in [&[][..], &["--key", "key"], &["--keys-format", "parquet"]] {
        let get = [&["get", "a", "--keys-from", "found.parquet"], options].concat();
        assert_eq!(found(&directory, &get), expected);
    }
    let message = directory
        .run(["get", "a", "--keys-from", "t.parquet", "--key", "name"])
        .failure();
    assert!(
        message.starts_with("t.parquet: row 1, row group 1, field \"name\": ") && message.contains("row 0"),
        "{message}"
    );
    let message = directory
        .run(["get", "a", "--keys-from", "t.parquet", "--key", "number"])
        .failure();
    assert_eq!(
        message,
        "t.parquet: there is no column \"number\" among \"key\", \"id\", \"name\""
    );
}

#[cfg(feature = "parquet")]
#[test]
fn answers_may_be_columns() {
    let directory = squares();
    directory.write("keys", "7\n500\n3\n7\n");
    let written = |options: &[&str], name: &str| {
        let get = [&["get", "a", "--keys-from", "keys", "-o", name], options].concat();
        assert_eq!(found(&directory, &get), "");
        rows_of(&directory, name, "key")
    };
    for name in ["out.parquet", "out.arrow"] {
        for (options, expected) in [
            (
                &[][..],
                serde_json::json!([[3, 9], [7, 49], [7, 49], [500, null]]),
            ),
            (
                &["--missing", "skip"],
                serde_json::json!([[3, 9], [7, 49], [7, 49]]),
            ),
            (
                &["--default", "0"],
                serde_json::json!([[3, 9], [7, 49], [7, 49], [500, 0]]),
            ),
        ] {
            assert_eq!(
                serde_json::Value::from(written(options, name)),
                expected,
                "{name}"
            );
        }
    }
    // The same through a pipe.
    let get = ["get", "a", "--keys-from", "keys", "--format", "arrow"];
    let mut piped = directory.command(crate::harness::PROGRAM);
    let piped = piped.args(get).output().unwrap();
    directory.write("piped.arrow", &piped.stdout);
    assert_eq!(
        rows_of(&directory, "piped.arrow", "key"),
        written(&[], "out.arrow")
    );
    // Only values.
    found(
        &directory,
        &[
            "get",
            "a",
            "--keys-from",
            "keys",
            "--values-only",
            "-o",
            "values.parquet",
        ],
    );
    let message = directory
        .run(["build", "-i", "values.parquet", "-o", "none"])
        .failure();
    assert_eq!(
        message,
        "values.parquet: there is no column for the value: it has only \"value\"; --value chooses one"
    );
    for name in ["out.parquet.gz", "out.PARQUET.zst"] {
        let usage = directory
            .run(["get", "a", "--keys-from", "keys", "-o", name])
            .usage_error();
        assert!(
            usage.starts_with("error: parquet is compressed in itself"),
            "{usage}"
        );
    }
    // Nothing appears if a key is missing.
    let message = directory
        .run([
            "get",
            "a",
            "--keys-from",
            "keys",
            "--missing",
            "error",
            "-o",
            "none.parquet",
        ])
        .failure();
    assert_eq!(message, "keys: line 2: there is no key 500 in a");
    assert!(!directory.path("none.parquet").exists());
}

#[cfg(feature = "parquet")]
#[test]
fn values_of_structs_are_columns() {
    #[derive(Serialize)]
    struct Person {
        name: String,
        tags: Vec<u8>,
    }
    let people: Vec<_> = (0..10u8)
        .map(|n| {
            let name = format!("person {n}");
            (
                (n, 'x'),
                Person {
                    name,
                    tags: vec![n; n.into()],
                },
            )
        })
        .collect();
    let directory = Directory::with("a", paged_map(&people));
    directory.write("keys.csv", "key.0,key.1\n2,x\n2,y\n0,x\n");
    found(
        &directory,
        &["get", "a", "--keys-from", "keys.csv", "-o", "out.parquet"],
    );
    // The columns of keys are found by their names.
    let again = found(
        &directory,
        &["get", "a", "--keys-from", "out.parquet", "--missing", "skip"],
    );
    assert_eq!(
        again,
        "{\"key\":[2,\"x\"],\"value\":{\"name\":\"person 2\",\"tags\":[2,2]}}\n\
         {\"key\":[0,\"x\"],\"value\":{\"name\":\"person 0\",\"tags\":[]}}\n"
    );
    let rows = rows_of(&directory, "out.parquet", "key.0,key.1");
    assert_eq!(
        serde_json::Value::from(rows),
        serde_json::json!([
            [[0, "x"], {"name": "person 0", "tags": []}],
            [[2, "x"], {"name": "person 2", "tags": [2, 2]}],
            [[2, "y"], {"name": null, "tags": null}],
        ])
    );
}

#[cfg(feature = "parquet")]
#[test]
fn tables_are_joined() {
    let directory = squares();
    for (name, out) in [("t.parquet", "out.parquet"), ("t.arrow", "out.arrow")] {
        for (options, default) in [
            (&[][..], None),
            (&["--default", "5"], Some(5)),
            (&["--missing", "skip"], None),
        ] {
            let skips = options.contains(&"skip");
            let join = ["join", "--key", "id", name, "a", "-o", out];
            let outcome = directory.run(join.iter().chain(options));
            assert_eq!(outcome.code, Some(0), "{outcome:?}");
            assert_eq!(outcome.stderr, "massmap: found 196, missing 14\n");
            let expected: Vec<_> = (0..210u64)
                .map(|n| {
                    let id = (n % 50 != 49).then_some(n % 105);
                    let value = id.filter(|id| *id < 100).map(|id| id * id);
                    let is_found = value.is_some();
                    let value = value.or(default);
                    let row = serde_json::json!([n, {"id": id, "name": format!("row {n}"), "value": value}]);
                    (row, is_found)
                })
                .filter(|(_, is_found)| *is_found || !skips)
                .map(|(row, _)| row)
                .collect();
            let rows = rows_of(&directory, out, "key");
            assert_eq!(rows, expected, "{name} {options:?}");
        }
    }
    let join = ["join", "--key", "id", "t.parquet", "a"];
    let message = directory
        .run(join.iter().chain(&["--missing", "error", "-o", "none.parquet"]))
        .failure();
    assert_eq!(
        message,
        "t.parquet: row 50: the key is null, and a has no such key"
    );
    let message = directory.run(join.iter().chain(&["--as", "name"])).failure();
    assert_eq!(
        message,
        "t.parquet: there is a column \"name\" already; --as gives the new one another name"
    );
    let usage = directory
        .run(join.iter().chain(&["-o", "t.parquet.gz"]))
        .usage_error();
    assert!(
        usage.starts_with("error: parquet is compressed in itself"),
        "{usage}"
    );
    assert!(!directory.path("none.parquet").exists());
}

#[cfg(feature = "parquet")]
#[test]
fn a_table_that_is_damaged_in_its_middle_is_an_error_and_nothing_appears() {
    let directory = squares();
    for name in ["t.parquet", "t.arrow"] {
        let mut bytes = directory.read(name);
        let middle = bytes.len() / 2;
        bytes.truncate(middle);
        directory.write(name, &bytes);
        let message = directory
            .run(["join", "--key", "id", name, "a", "-o", "none"])
            .failure();
        assert!(message.starts_with(&format!("{name}: ")), "{message}");
        assert!(message.chars().count() < 500, "{message}");
        assert!(!directory.path("none").exists());
    }
}
