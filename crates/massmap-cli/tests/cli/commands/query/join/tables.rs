//! CSV and TSV.

use serde::Serialize;

use super::{join, printed};
use crate::harness::Directory;
use crate::harness::fixtures::{hundred, map, paged_map};

fn numbers() -> Directory {
    Directory::with("a", paged_map(&hundred(|n| n.to_string())))
}

#[test]
fn the_value_is_a_new_column_at_the_end_and_all_else_stays() {
    for bytes in [map(4, &hundred(|n| n)), paged_map(&hundred(|n| n))] {
        let directory = Directory::with("a", bytes);
        for (name, table, options, joined) in [
            ("t.csv", "id,x\n1,a\n2,b\n", &[][..], "id,x,value\n1,a,1\n2,b,2\n"),
            (
                "t.csv",
                "x,id\n\"a\n,\"\"\",1\nb,\"2\"",
                &[],
                "x,id,value\n\"a\n,\"\"\",1,1\nb,\"2\",2",
            ),
            (
                "t.csv",
                "id\r\n\r\n1\r\n\n2\r\n",
                &["--as", "n"],
                "id,n\r\n\r\n1,1\r\n\n2,2\r\n",
            ),
            (
                "t.tsv",
                "x\tid\n\"\t1\n\t2\n",
                &["--as", "a,b"],
                "x\tid\ta,b\n\"\t1\t1\n\t2\t2\n",
            ),
            (
                "t",
                "id;x\n1;\n2;,\n",
                &["--table-format", "csv", "--delimiter", ";"],
                "id;x;value\n1;;1\n2;,;2\n",
            ),
        ] {
            let options = [&["--key", "id"], options].concat();
            assert_eq!(
                printed(join(&directory, (name, table.as_bytes()), &options), [2, 0]),
                joined
            );
        }
        let options = ["-k", "1", "--no-header"];
        assert_eq!(
            printed(join(&directory, ("t.csv", b"1,a\n2,b\n"), &options), [2, 0]),
            "1,a,1\n2,b,2\n"
        );
    }
}

#[test]
fn rows_without_a_value_have_an_empty_cell_or_are_left_out_or_an_error() {
    let directory = numbers();
    let table = ("t.csv", &b"id,x\n1,\nx,y\n\"\",z\n2,\n"[..]);
    let run = |options: &[&str]| join(&directory, table, &[&["-k", "id"], options].concat());
    assert_eq!(
        printed(run(&[]), [2, 2]),
        "id,x,value\n1,,1\nx,y,\n\"\",z,\n2,,2\n"
    );
    assert_eq!(
        printed(run(&["--missing", "skip"]), [2, 2]),
        "id,x,value\n1,,1\n2,,2\n"
    );
    assert_eq!(
        printed(run(&["--default", "7", "--missing-to", "missing"]), [2, 2]),
        "id,x,value\n1,,1\nx,y,7\n\"\",z,7\n2,,2\n"
    );
    assert_eq!(directory.read("missing"), b"x\n\n");
    let (stdout, message) = run(&["--missing", "error"]).failure_after_output();
    assert_eq!(stdout, "id,x,value\n1,,1\n");
    assert_eq!(message, "t.csv: line 3: there is no key \"x\" in a");
}

#[test]
fn an_empty_cell_is_no_key_unless_keys_are_strings() {
    let directory = Directory::with("a", paged_map(&hundred(|n| n)));
    let table = ("t.csv", &b"id,x\n1,\n,y\n"[..]);
    let options = ["-k", "id", "--missing-to", "missing"];
    assert_eq!(
        printed(join(&directory, table, &options), [1, 1]),
        "id,x,value\n1,,1\n,y,\n"
    );
    assert_eq!(directory.read("missing"), b"");
    let message = join(
        &directory,
        table,
        &["-k", "id", "--missing", "error", "-o", "out"],
    )
    .failure();
    assert_eq!(message, "t.csv: line 3: the key is null, and a has no such key");
    assert_eq!(directory.names(), ["a", "missing", "t.csv"]);
    let (_, message) = join(&directory, ("t.csv", b"id,x\n1,\nz,\n"), &["-k", "id"]).failure_after_output();
    assert_eq!(
        message,
        "t.csv: line 3, record 2, field \"id\": the key \"z\" is not of type u64: invalid digit found in string"
    );
}

#[derive(Serialize)]
struct Point {
    x: i8,
    label: Option<&'static str>,
}

#[test]
fn structs_and_tuples_are_a_column_for_each_part() {
    let points = [
        (
            1u8,
            Point {
                x: -1,
                label: Some("a\"b"),
            },
        ),
        (2, Point { x: 2, label: None }),
    ];
    let directory = Directory::with("a", paged_map(&points));
    assert_eq!(
        printed(
            join(&directory, ("t.csv", b"id\n1\n3\n2\n"), &["-k", "id"]),
            [2, 1]
        ),
        "id,value.x,value.label\n1,-1,\"a\"\"b\"\n3,,\n2,2,\n"
    );
    assert_eq!(
        printed(
            join(&directory, ("t.csv", b"id\n1\n"), &["-k", "id", "--as", "point"]),
            [1, 0]
        ),
        "id,point.x,point.label\n1,-1,\"a\"\"b\"\n"
    );
    let directory = Directory::with("a", paged_map(&[(1u8, (7u8, vec![true]))]));
    assert_eq!(
        printed(
            join(&directory, ("t.tsv", b"id\n1\n3\n"), &["-k", "id", "--as", "p"]),
            [1, 1]
        ),
        "id\tp.0\tp.1\n1\t7\t[true]\n3\t\t\n"
    );
}

#[test]
fn a_key_of_several_columns_is_a_tuple() {
    let directory = Directory::with("a", paged_map(&hundred(|n| (n, n.to_string()))));
    let table = ("t.csv", &b"s,x,n\n7,,7\n8,,\n9,,7\n"[..]);
    assert_eq!(
        printed(join(&directory, table, &["-k", "n,s"]), [1, 2]),
        "s,x,n,value\n7,,7,7\n8,,,\n9,,7,\n"
    );
}

#[test]
fn special_characters_are_escaped_in_the_dialect_of_the_table() {
    let directory = Directory::with("a", paged_map(&[("1", "a;b'c\\d\n"), ("2", "")]));
    let table = ("t.csv", &b"id\n1\n2\n"[..]);
    let run = |options: &[&str]| {
        join(
            &directory,
            table,
            &[&["-k", "id", "--delimiter", ";"], options].concat(),
        )
    };
    assert_eq!(
        printed(run(&["--quote", "'", "--escape", "\\"]), [2, 0]),
        "id;value\n1;'a;b''c\\\\d\n'\n2;''\n"
    );
    assert_eq!(
        printed(run(&["--quote", "none", "--escape", "\\"]), [2, 0]),
        "id;value\n1;a\\;b'c\\\\d\\\n\n2;\n"
    );
    let (stdout, message) = run(&["--quote", "none"]).failure_after_output();
    assert_eq!(stdout, "id;value\n");
    assert_eq!(
        message,
        "t.csv: line 2: the key \"1\": the value cannot be written: it is a text with a line break, not what a table without quotes can \
         hold: CSV and NDJSON can hold it"
    );
}

#[test]
fn many_rows_stay_in_order() {
    let directory = Directory::with("a", paged_map(&hundred(|n| n)));
    let keys = (0..50_000u64).map(|n| n * 7919 % 101);
    let table: String = keys.clone().map(|key| format!("row {key},{key}\n")).collect();
    let joined: String = keys
        .map(|key| match key {
            100 => "row 100,100,\n".to_owned(),
            key => format!("row {key},{key},{key}\n"),
        })
        .collect();
    let missing = joined.lines().filter(|line| line.ends_with(',')).count() as u64;
    let options = ["-k", "id", "-o", "out.csv"];
    directory.write("t.csv", format!("x,id\n{table}"));
    let outcome = directory.run(["join"].iter().chain(&options).chain(&["t.csv", "a"]));
    assert_eq!(printed(outcome, [50_000 - missing, missing]), "");
    assert!(directory.read("out.csv") == format!("x,id,value\n{joined}").as_bytes());
}

#[test]
fn the_table_may_come_from_standard_input_and_be_compressed() {
    let directory = numbers();
    let arguments = ["join", "-k", "id", "--table-format", "csv", "-", "a"];
    let table = zstd::encode_all(&b"id\n1\n"[..], 1).unwrap();
    for input in [&b"id\n1\n"[..], &table] {
        let outcome = directory.run_with_input(input, arguments);
        assert_eq!(printed(outcome, [1, 0]), "id,value\n1,1\n");
    }
}

#[test]
fn tables_without_the_key_or_with_the_new_column_are_errors() {
    let directory = numbers();
    for (table, options, message) in [
        (
            "a,b\n1,2\n",
            &[][..],
            "t.csv: line 1: there is no column \"id\" among \"a\", \"b\"",
        ),
        (
            "id,value\n1,2\n",
            &[],
            "t.csv: there is a column \"value\" already; --as gives the new one another name",
        ),
        (
            "id,x\n1,2\n",
            &["--as", "x"],
            "t.csv: there is a column \"x\" already; --as gives the new one another name",
        ),
        (
            "",
            &[],
            "t.csv: there is no header; --no-header reads tables without one",
        ),
    ] {
        let options = [&["-k", "id"], options].concat();
        assert_eq!(
            join(&directory, ("t.csv", table.as_bytes()), &options).failure(),
            message
        );
    }
    for (key, name) in [("id", "id"), ("id,other", "other")] {
        let rows = ("t.ndjson", &b"{\"id\":1,\"other\":2}\n"[..]);
        let message = join(&directory, rows, &["-k", key, "--as", name]).failure();
        assert_eq!(
            message,
            format!("t.ndjson: there is a field {name:?} already; --as gives the new one another name")
        );
    }
    for (name, options, message) in [
        ("t", &["-k", "id"][..], "give --table-format"),
        (
            "t.json",
            &["-k", "id"],
            "t.json: its name is not that of a table: give --table-format",
        ),
        ("t.csv", &[], "--key"),
        ("t.ndjson", &["-k", "id", "--no-header"], "--no-header is for"),
        (
            "t.csv",
            &["-k", "id", "-o", "out.parquet"],
            "the table stays in its format, csv, and the name given with -o is one of parquet",
        ),
        (
            "t.ndjson",
            &["-k", "id", "-o", "out.json.gz"],
            "the table stays in its format, ndjson, and the name given with -o is one of json",
        ),
    ] {
        let stderr = join(&directory, (name, b"id\n1\n"), options).usage_error();
        assert!(stderr.contains(message), "{stderr}");
    }
}

#[test]
fn damage_ends_the_output_at_the_row_that_it_concerns() {
    let mut bytes = paged_map(&hundred(|n| n));
    bytes[512 + 100] ^= 1;
    let directory = Directory::with("a", bytes);
    let is_lost = |n: u64| directory.run(["get", "a", &n.to_string()]).code == Some(1);
    let (lost, found): (Vec<_>, Vec<_>) = (0..100).partition(|n| is_lost(*n));
    let rows: String = found.iter().map(|n| format!("{n}\n")).collect();
    let table = format!("id\n{rows}{}\n{rows}", lost[0]);
    let outcome = join(&directory, ("t.csv", table.as_bytes()), &["-k", "id"]);
    let joined: String = found.iter().map(|n| format!("{n},{n}\n")).collect();
    assert_eq!(
        (outcome.code, outcome.stdout),
        (Some(1), format!("id,value\n{joined}"))
    );
    let start = format!(
        "massmap: error: t.csv: line {}: cannot look up the key {} in a: page 0 is damaged: ",
        found.len() + 2,
        lost[0]
    );
    assert!(outcome.stderr.starts_with(&start), "{}", outcome.stderr);
    join(
        &directory,
        ("t.csv", table.as_bytes()),
        &["-k", "id", "-o", "out"],
    )
    .failure();
    assert_eq!(directory.names(), ["a", "t.csv"]);
}
