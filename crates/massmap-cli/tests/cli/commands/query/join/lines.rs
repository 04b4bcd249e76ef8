//! NDJSON.

use serde::Serialize;

use super::{join, printed};
use crate::harness::Directory;
use crate::harness::fixtures::{hundred, paged_map};

#[test]
fn the_value_is_a_new_member_at_the_end_and_all_else_stays() {
    let directory = Directory::with("a", paged_map(&hundred(|n| n)));
    let table = "{\"id\":1}\n\n { \"x\" : {\"id\": 9}, \"id\" : \"2\" , \"z\": 1e2 } \r\n{\"id\":100}";
    assert_eq!(
        printed(
            join(&directory, ("t.ndjson", table.as_bytes()), &["-k", "id"]),
            [2, 1]
        ),
        "{\"id\":1,\"value\":1}\n { \"x\" : {\"id\": 9}, \"id\" : \"2\" , \"z\": 1e2 ,\"value\":2} \r\n{\"id\":100,\"value\":null}"
    );
    let options = ["-k", "id", "--as", "a\"b", "--missing", "skip"];
    assert_eq!(
        printed(join(&directory, ("t.jsonl", table.as_bytes()), &options), [2, 1]),
        "{\"id\":1,\"a\\\"b\":1}\n { \"x\" : {\"id\": 9}, \"id\" : \"2\" , \"z\": 1e2 ,\"a\\\"b\":2} \r\n"
    );
}

#[test]
fn structs_are_objects() {
    #[derive(Serialize)]
    struct Point {
        x: i8,
        label: Option<&'static str>,
    }
    let directory = Directory::with(
        "a",
        paged_map(&[(
            "p",
            Point {
                x: -1,
                label: Some("a"),
            },
        )]),
    );
    assert_eq!(
        printed(
            join(
                &directory,
                ("t.ndjson", b"{\"k\":\"p\"}\n{\"k\":null}\n"),
                &["-k", "k"]
            ),
            [1, 1]
        ),
        "{\"k\":\"p\",\"value\":{\"x\":-1,\"label\":\"a\"}}\n{\"k\":null,\"value\":null}\n"
    );
    let options = ["-k", "k", "--default", "{\"x\":0,\"label\":null}"];
    assert_eq!(
        printed(
            join(&directory, ("t.ndjson", b"{\"k\":null}\n"), &options),
            [0, 1]
        ),
        "{\"k\":null,\"value\":{\"x\":0,\"label\":null}}\n"
    );
}

#[test]
fn a_key_of_several_fields_is_a_tuple() {
    let directory = Directory::with("a", paged_map(&hundred(|n| (n, n.to_string()))));
    let table = "{\"s\":\"7\",\"n\":7}\n{\"s\":\"7\",\"n\":null}\n";
    assert_eq!(
        printed(
            join(&directory, ("t.ndjson", table.as_bytes()), &["-k", "n,s"]),
            [1, 1]
        ),
        "{\"s\":\"7\",\"n\":7,\"value\":7}\n{\"s\":\"7\",\"n\":null,\"value\":null}\n"
    );
}

#[test]
fn records_without_the_key_or_with_the_new_field_are_errors() {
    let directory = Directory::with("a", paged_map(&hundred(|n| n)));
    for (record, message) in [
        (
            "{\"x\":1}",
            "line 2, column 7, record 2: there is no field \"id\"",
        ),
        ("{}", "line 2, column 2, record 2: there is no field \"id\""),
        (
            "{\"id\":1,\"id\":1}",
            "line 2, column 13, record 2: there are two fields \"id\"",
        ),
        (
            "{\"id\":1,\"value\":1}",
            "line 2, column 16, record 2: there is a field \"value\" already; --as gives the new one another name",
        ),
        (
            "[1]",
            "line 2, column 1, record 2: invalid type: sequence, expected an object with the field \"id\"",
        ),
        (
            "7",
            "line 2, column 1, record 2: invalid type: integer `7`, expected an object with the field \"id\"",
        ),
        ("{\"id\":1} 2", "line 2, column 10, record 2: trailing characters"),
        (
            "{\"id\":true}",
            "line 2, column 10, record 2: it is the boolean `true`, not u64",
        ),
    ] {
        let table = format!("{{\"id\":1}}\n{record}\n");
        let (stdout, found) =
            join(&directory, ("t.ndjson", table.as_bytes()), &["-k", "id"]).failure_after_output();
        assert_eq!(stdout, "{\"id\":1,\"value\":1}\n");
        assert_eq!(found, format!("t.ndjson: {message}"));
    }
}
