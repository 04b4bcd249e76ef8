//! Keys that the map does not have.

use super::{both_formats, get, printed};
use crate::harness::Directory;
use crate::harness::fixtures::{hundred, paged_map};

#[test]
fn missing_keys_have_no_value_or_are_left_out_or_are_an_error() {
    for directory in both_formats(&hundred(|n| n)) {
        let keys = ("keys", &b"1\n100\n2\n"[..]);
        let with_null = "{\"key\":1,\"value\":1}\n{\"key\":100,\"value\":null}\n{\"key\":2,\"value\":2}\n";
        assert_eq!(printed(get(&directory, keys, &[]), [2, 1]), with_null);
        assert_eq!(
            printed(get(&directory, keys, &["--missing", "null"]), [2, 1]),
            with_null
        );
        assert_eq!(
            printed(
                get(&directory, keys, &["--missing", "skip", "--values-only"]),
                [2, 1]
            ),
            "1\n2\n"
        );
        let (stdout, message) = get(&directory, keys, &["--missing", "error"]).failure_after_output();
        assert_eq!(stdout, "{\"key\":1,\"value\":1}\n");
        assert_eq!(message, "keys: line 2: there is no key 100 in a");
    }
}

#[test]
fn missing_keys_on_the_command_line_may_be_none_or_null_too() {
    for directory in both_formats(&hundred(|n| n.to_string())) {
        let run =
            |options: &[&str]| directory.run(["get"].iter().chain(options).chain(&["a", "1", "x", "2"]));
        assert_eq!(run(&["--missing", "skip"]).success(), "1\n2\n");
        assert_eq!(run(&["--missing", "null"]).success(), "1\nnull\n2\n");
        assert_eq!(
            run(&["--missing", "null", "--with-keys"]).success(),
            "[\"1\",1]\n[\"x\",null]\n[\"2\",2]\n"
        );
        let (stdout, message) = run(&["--missing", "error"]).failure_after_output();
        assert_eq!((&*stdout, &*message), ("1\n2\n", "a: there is no key \"x\""));
        let message = directory
            .run(["get", "--missing-to", "b", "a", "1"])
            .usage_error();
        assert!(
            message.contains("--missing-to is for keys in a file"),
            "{message}"
        );
    }
}

#[test]
fn missing_keys_do_not_go_where_the_answers_go() {
    let directory = Directory::with("a", paged_map(&hundred(|n| n.to_string())));
    directory.write("keys", "1\nx\n");
    directory.write("t.csv", "key\n1\nx\n");
    directory.write("out", "as it was");
    for options in [
        &["-o", "out", "--missing-to", "out"][..],
        &["-o", "./out", "--missing-to", "out"],
        &["-o", "new", "--missing-to", "./new"],
        &["--missing-to", "-"],
    ] {
        let get = ["get", "--keys-from", "keys", "a"];
        let join = ["join", "--key", "key", "t.csv", "a"];
        for arguments in [&get[..], &join] {
            let message = directory.run(arguments.iter().chain(options)).usage_error();
            assert!(
                message.contains("--missing-to names what is written to already"),
                "{message}"
            );
        }
    }
    assert_eq!(directory.read("out"), b"as it was");
    let options = ["-o", "new", "--missing-to", "out"];
    printed(get(&directory, ("keys", b"1\nx\n"), &options), [1, 1]);
}

#[test]
fn missing_keys_go_to_a_file_that_can_be_looked_up_again() {
    let directory = Directory::with("a", paged_map(&hundred(|n| n.to_string())));
    let lines = ("keys", &b"1\nx\n\ny z\n2\n"[..]);
    let options = ["--missing", "skip", "--missing-to", "missing"];
    let found = "{\"key\":\"1\",\"value\":1}\n{\"key\":\"2\",\"value\":2}\n";
    assert_eq!(printed(get(&directory, lines, &options), [2, 3]), found);
    assert_eq!(directory.read("missing"), b"x\n\ny z\n");
    let again = get(&directory, ("keys", &directory.read("missing")), &options);
    assert_eq!(printed(again, [0, 3]), "");

    let options = ["--missing-to", "missing.ndjson", "--missing", "skip"];
    assert_eq!(printed(get(&directory, lines, &options), [2, 3]), found);
    assert_eq!(directory.read("missing.ndjson"), b"\"x\"\n\"\"\n\"y z\"\n");

    let options = ["--missing-to", "missing", "--missing", "skip", "-0"];
    assert_eq!(
        printed(get(&directory, ("keys", b"1\0\r\n\0a\nb"), &options), [1, 2]),
        "{\"key\":\"1\",\"value\":1}\n"
    );
    assert_eq!(directory.read("missing"), b"\r\n\0a\nb\0");

    let options = ["--missing-to", "missing", "--key-format", "hex", "--values-only"];
    assert_eq!(
        printed(get(&directory, ("keys", b"0d0A\n31"), &options), [1, 1]),
        "null\n1\n"
    );
    assert_eq!(directory.read("missing"), b"0d0a\n");
}

#[test]
fn a_missing_key_that_is_no_line_is_refused_and_the_file_stays_as_it_was() {
    let directory = Directory::with("a", paged_map(&hundred(|n| n.to_string())));
    directory.write("missing", "old");
    for key in ["\"x\\ny\"", "\"x\\r\""] {
        let options = ["--missing-to", "missing", "--missing", "skip"];
        let message = get(&directory, ("keys.ndjson", key.as_bytes()), &options).failure();
        assert_eq!(
            message,
            format!(
                "keys.ndjson: line 1: the key {key}: it has what ends each key in missing; give that file a name that ends with \
                 .ndjson"
            )
        );
        assert_eq!(directory.read("missing"), b"old");
        assert_eq!(directory.names(), ["a", "keys.ndjson", "missing"]);
    }
}
