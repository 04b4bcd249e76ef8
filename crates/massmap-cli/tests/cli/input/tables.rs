//! Several tables, and their delimiters, quotes and escape characters.

use massmap::{BytesReader, KnownHashLoader, MassMapInner};
use serde_json::{Value, json};

use crate::harness::Directory;

/// Builds the files in order. Returns the entries of the map, sorted.
#[track_caller]
fn built(files: &[(&str, &str)], options: &[&str]) -> Vec<(String, Value)> {
    let directory = Directory::new();
    directory.run(arguments(&directory, files, options)).success();
    let map = MassMapInner::<_, KnownHashLoader>::load(BytesReader::new(directory.read("out"))).unwrap();
    let mut entries: Vec<_> = match map.meta.value_type == "string" {
        true => {
            let map = map.cast::<String, String>();
            let entries = map.iter().map(Result::unwrap);
            entries.map(|(key, value)| (key, json!(value))).collect()
        }
        false => map.cast::<String, Value>().iter().map(Result::unwrap).collect(),
    };
    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    entries
}

/// Builds the files, which must fail and leave no map. Returns the message.
#[track_caller]
fn refusal(files: &[(&str, &str)], options: &[&str]) -> String {
    let directory = Directory::with("out", "precious");
    let message = directory.run(arguments(&directory, files, options)).failure();
    assert_eq!(directory.read("out"), b"precious");
    message
}

fn arguments(directory: &Directory, files: &[(&str, &str)], options: &[&str]) -> Vec<String> {
    let mut arguments = vec!["build".to_owned(), "-o".to_owned(), "out".to_owned()];
    for (name, text) in files {
        directory.write(name, text);
        arguments.extend(["-i".to_owned(), (*name).to_owned()]);
    }
    arguments.extend(options.iter().map(|option| (*option).to_owned()));
    arguments
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, Value)> {
    let pair = |(key, value): &(&str, &str)| ((*key).to_owned(), json!(value));
    pairs.iter().map(pair).collect()
}

#[test]
fn columns_of_later_tables_are_matched_by_name() {
    let expected = pairs(&[("1", "a"), ("2", "b")]);
    assert_eq!(
        built(&[("a.csv", "id,name\n1,a\n"), ("b.csv", "name,id\nb,2\n")], &[]),
        expected
    );
    assert_eq!(
        built(
            &[("a.csv", "id,name\n1,a\n"), ("b.tsv", "name\tid\nb\t2\n")],
            &["--key", "id"]
        ),
        expected
    );
    // Only the selected names count, even if there are other columns or names that occur twice.
    assert_eq!(
        built(
            &[
                ("a.csv", "x,x,id,name\n,,1,a\n"),
                ("b.csv", "name,more,id\nb,,2\n")
            ],
            &["--key", "id", "--value", "name"]
        ),
        expected
    );
    // With an input between them that is not a table.
    assert_eq!(
        built(
            &[
                ("a.csv", "id,name\n1,a\n"),
                ("j.json", r#"{"3": "c"}"#),
                ("b.csv", "name,id\nb,2\n"),
                ("c.csv", "id,name\n")
            ],
            &["--value-type", "string"]
        ),
        pairs(&[("1", "a"), ("2", "b"), ("3", "c")])
    );
    assert_eq!(
        built(
            &[("a.csv", "id,n,m\n1,a,x\n"), ("b.csv", "m,id,n\ny,2,b\n")],
            &["--key", "id"]
        ),
        [
            ("1".to_owned(), json!({"n": "a", "m": "x"})),
            ("2".to_owned(), json!({"n": "b", "m": "y"}))
        ]
    );
}

#[test]
fn tables_with_other_columns_are_refused_naming_both_inputs_and_the_columns() {
    let advice = "; if it has no header, give --header first if only the first input has one, or --no-header";
    for (first, second, options, difference) in [
        (
            "id,name\n1,a\n",
            "2,b\n3,c\n",
            &[][..],
            r#"it lacks "id", "name" and has "2", "b" instead"#,
        ),
        (
            "id,name\n1,a\n",
            "id,title\n2,b\n",
            &[],
            r#"it lacks "name" and has "title" instead"#,
        ),
        ("id,n,m\n1,a,b\n", "id,n\n2,b\n", &[], r#"it lacks "m""#),
        ("id,n\n1,a\n", "id,n,m\n2,b,c\n", &[], r#"it has "m" in addition"#),
        ("id,n\n1,a\n", "id,n,n\n2,b,c\n", &[], r#"it has "n" in addition"#),
        (
            "id,n,m\n1,a,b\n",
            "2,b,c\n",
            &["--value", "n"],
            r#"it lacks "id", "n""#,
        ),
        (
            "id,n,m\n1,a,b\n",
            "id,m\n2,c\n",
            &["--value", "n"],
            r#"it lacks "n""#,
        ),
    ] {
        assert_eq!(
            refusal(&[("a.csv", first), ("b.csv", second)], options),
            format!("b.csv: line 1: its columns are not those of a.csv: {difference}{advice}"),
        );
    }
    let wide: Vec<_> = (0..1000).map(|n| format!("a long name of column {n}")).collect();
    let message = refusal(
        &[("a.csv", &wide.join(",")), ("b.csv", "x,y\n1,2\n")],
        &["--key", "a long name of column 0"],
    );
    assert!(
        message.chars().count() <= 500 && message.contains(", … and has \"x\", \"y\" instead"),
        "{message}"
    );
}

#[test]
fn parts_of_a_split_table_are_read_with_the_header_of_the_first() {
    let rows: Vec<_> = (0..1000).map(|n| format!("{n:03},v{n}\n")).collect();
    let parts: Vec<_> = rows.chunks(10).map(|rows| rows.concat()).collect();
    let names: Vec<_> = (0..parts.len()).map(|n| format!("part{n:03}.csv")).collect();
    let with_header = format!("id,name\n{}", parts[0]);
    let files = |first| {
        let texts = std::iter::once(first).chain(parts[1..].iter().map(String::as_str));
        names.iter().map(String::as_str).zip(texts).collect::<Vec<_>>()
    };
    let expected: Vec<_> = (0..1000)
        .map(|n| (format!("{n:03}"), json!(format!("v{n}"))))
        .collect();
    assert_eq!(built(&files(&with_header), &["--header", "first"]), expected);
    assert_eq!(built(&files(&parts[0]), &["--no-header"]), expected);
    for first in [&with_header, &parts[0]] {
        let message = refusal(&files(first), &[]);
        let start = "part001.csv: line 1: its columns are not those of part000.csv: it lacks ";
        assert!(message.starts_with(start), "{message}");
        let end = "give --header first if only the first input has one, or --no-header";
        assert!(message.ends_with(end), "{message}");
    }
}

#[test]
fn tables_without_a_header_must_have_as_many_columns_as_the_first() {
    let files = [("a.csv", "id,n\n1,a\n"), ("b.csv", "2,b,c\n")];
    for options in [
        &["--header", "first"][..],
        &["--header", "none"],
        &["--no-header"],
    ] {
        assert_eq!(
            refusal(&files, options),
            "b.csv: line 1: it has 3 columns, but a.csv has 2"
        );
    }
    assert_eq!(
        refusal(
            &[("a.csv", "1,2,3\n"), ("b.csv", ""), ("c.csv", "1,2\n")],
            &["--no-header", "--key", "1", "--value", "3"]
        ),
        "c.csv: line 1: it has 2 columns, but a.csv has 3"
    );
    assert_eq!(
        refusal(
            &[("a.csv", "id,n\n1,a\n"), ("b.csv", "id,n\n2,b\n")],
            &["--header", "first"]
        ),
        "b.csv: line 1: its first line is the header of a.csv again: give --header each if all inputs have one"
    );
    let again = ": line 1: its first line is the header of a.csv again, in another order: give --header each if all inputs \
                 have one";
    for (files, name) in [
        (
            &[("a.csv", "id,name\n1,a\n"), ("b.csv", "name,id\nb,2\n")][..],
            "b.csv",
        ),
        (
            &[("a.csv", "id,n\n1,a\n"), ("b.csv", "2,b\n"), ("c.tsv", "n\tid\n")],
            "c.tsv",
        ),
        (
            &[("a.csv", "id,x,y\n1,a,b\n"), ("b.csv", "\r\ny,\"id\",x\r\n")],
            "b.csv",
        ),
    ] {
        let message = refusal(files, &["--header", "first"]);
        assert_eq!(message.replace("line 2", "line 1"), format!("{name}{again}"));
    }
    // Some of the names may occur as data.
    assert_eq!(
        built(
            &[("a.csv", "id,name\n1,a\n"), ("b.csv", "name,name\nid,2\n")],
            &["--header", "first"]
        ),
        pairs(&[("1", "a"), ("id", "2"), ("name", "name")])
    );
    // Column numbers are not names that a later header could repeat.
    assert_eq!(
        built(&[("a.csv", "0,a\n"), ("b.csv", "1,2\n")], &["--header", "none"]),
        pairs(&[("0", "a"), ("1", "2")])
    );
}

#[test]
fn in_tsv_quotation_marks_have_no_meaning_unless_the_option_is_given() {
    let rows: String = (0..1000)
        .map(|n| match n % 200 {
            0 => format!("{n:03}\t\"opens {n}\n"),
            _ => format!("{n:03}\tv{n}\n"),
        })
        .collect();
    let entries = built(&[("a.tsv", &format!("id\tname\n{rows}"))], &[]);
    assert_eq!(entries.len(), 1000);
    assert_eq!(entries[200], ("200".to_owned(), json!("\"opens 200")));
    assert_eq!(
        built(&[("a.tsv", "k\tv\n1\t\"a\"\n2\t5\" disk\n\"3\"\t\"\"\n")], &[]),
        pairs(&[("\"3\"", "\"\""), ("1", "\"a\""), ("2", "5\" disk")])
    );
    assert_eq!(
        built(&[("a.tsv", "k\tv\n1\t\"a\t\"\"b\"\"\n\"\n")], &["--quote", "\""]),
        pairs(&[("1", "a\t\"b\"\n")])
    );
}

#[test]
fn text_after_a_closing_quote_is_an_error_that_names_the_line() {
    for (csv, line) in [
        ("k,v\n1,\"abc\"def\n", "line 2, record 1"),
        ("k,v\n1,a\n2,\"say \\\"hi\\\"\"\n", "line 3, record 2"),
        ("k,v\n1,\"a\n\nb\" \n", "line 4, record 1"),
        ("k,\"v\"w\n", "line 1"),
    ] {
        assert_eq!(
            refusal(&[("in.csv", csv)], &[]),
            format!(
                "in.csv: {line}: there is text after the closing quotation mark of a field; inside a field, quotation \
                 marks must be doubled, or escaped with the character of --escape"
            )
        );
    }
}

#[test]
fn a_lone_carriage_return_is_an_error_that_names_the_line() {
    for (name, text, line) in [
        ("in.csv", "k,v\r\n1,a\rb\r\n", "line 2, record 1"),
        ("in.csv", "k,v\r1,a\r", "line 1"),
        ("in.csv", "k,v\n1,a\n2,\"b\"\r3,c\n", "line 3, record 2"),
        ("in.tsv", "k\tv\n1\ta\rb\n", "line 2, record 1"),
    ] {
        assert_eq!(
            refusal(&[(name, text)], &[]),
            format!(
                "{name}: {line}: a carriage return is neither quoted nor followed by the line feed that ends a row"
            )
        );
    }
    assert_eq!(
        built(&[("in.csv", "k,v\r\n1,\"a\rb\"\r\n")], &[]),
        pairs(&[("1", "a\rb")])
    );
}

#[test]
fn quote_escape_character_and_delimiter_can_be_set() {
    for (name, text, options) in [
        (
            "in.csv",
            "k;v\n1;'a;''b'\n",
            &["--delimiter", ";", "--quote", "'"][..],
        ),
        ("in.csv", "k\tv\n1\ta;'b\n", &["--delimiter", "\\t"]),
        ("in.csv", "k|v\n1|\"a;'b\"\n", &["--delimiter", "|"]),
        ("in.tsv", "k\u{1}v\n1\u{1}a;'b\n", &["--delimiter", "\\x01"]),
    ] {
        assert_eq!(
            built(&[(name, text)], options),
            pairs(&[("1", "a;'b")]),
            "{text:?}"
        );
    }
    assert_eq!(
        built(
            &[("in.csv", "k,v\n1,\"say \\\"hi\\\"\"\n2,a\\,b\\\\\n")],
            &["--escape", "\\"]
        ),
        pairs(&[("1", "say \"hi\""), ("2", "a,b\\")])
    );
    assert_eq!(
        built(&[("in.csv", "k,v\n1,\"a\"b\n2,\"c\n")], &["--quote", "none"]),
        pairs(&[("1", "\"a\"b"), ("2", "\"c")])
    );
}

#[test]
fn escaping_an_ordinary_character_is_an_error() {
    for (text, line) in [
        ("k,v\n1,a\\n\n", 2),
        ("k,v\n1,\"a\n\\t\"\n", 3),
        ("k,v\n1,\\N\n", 2),
    ] {
        assert_eq!(
            refusal(&[("in.csv", text)], &["--escape", "\\"]),
            format!(
                "in.csv: line {line}, record 1: the escape character is before a character other than the \
                 delimiter, the quotation mark, a line feed and itself"
            )
        );
    }
}

#[test]
fn invalid_special_characters_are_usage_errors() {
    let directory = Directory::with("in.csv", "k,v\n");
    directory.write("in.json", "{}");
    for (input, options, complaint) in [
        (
            "in.csv",
            &["--delimiter", "::"][..],
            "'--delimiter <CHARACTER>': give one character",
        ),
        ("in.csv", &["--delimiter", ""], "it is empty; give one character"),
        (
            "in.csv",
            &["--delimiter", "é"],
            "it takes more than one byte in UTF-8",
        ),
        ("in.csv", &["--delimiter", "\n"], "a line break always ends a row"),
        ("in.csv", &["--quote", "''"], "give one character"),
        (
            "in.csv",
            &["--quote", "''"],
            "none means that values are never enclosed",
        ),
        (
            "in.csv",
            &["--escape", "ab"],
            "'--escape <CHARACTER>': give one character",
        ),
        (
            "in.csv",
            &["--escape", "\""],
            "--quote and --escape are the same character",
        ),
        (
            "in.csv",
            &["--delimiter", "\""],
            "--delimiter and --quote are the same character",
        ),
        (
            "in.csv",
            &["--escape", ","],
            "--delimiter and --escape are the same character",
        ),
        (
            "in.json",
            &["--delimiter", ";"],
            "--delimiter needs an input of --input-format csv or tsv",
        ),
        (
            "in.json",
            &["--quote", "none"],
            "--quote needs an input of --input-format csv or tsv",
        ),
        (
            "in.json",
            &["--escape", "\\"],
            "--escape needs an input of --input-format csv or tsv",
        ),
        (
            "in.json",
            &["--header", "first"],
            "--header needs an input of --input-format csv or tsv",
        ),
        (
            "in.csv",
            &["--header", "first", "--no-header"],
            "cannot be used with",
        ),
        (
            "in.csv",
            &["--header", "last"],
            "[possible values: each, first, none]",
        ),
        ("in.csv", &["--max-record", "0"], "a record has at least one byte"),
    ] {
        let stderr = directory
            .run(["build", "-i", input, "-o", "out"].iter().chain(options))
            .usage_error();
        assert!(stderr.contains(complaint), "{options:?}: {stderr}");
    }
    assert_eq!(directory.names(), ["in.csv", "in.json"]);
}

#[test]
fn an_empty_first_part_does_not_change_the_types() {
    let directory = Directory::new();
    directory.write("a.csv", "");
    directory.write("b.csv", "1,x\n");
    let value_type = |arguments: &str| {
        directory.run(arguments.split(' ')).success();
        let info: Value = serde_json::from_str(&directory.run(["info", "out"]).success()).unwrap();
        info["meta"]["value_type"].clone()
    };
    let expected = value_type("build -i b.csv -o out --no-header");
    assert_eq!(value_type("build -i a.csv -i b.csv -o out --no-header"), expected);
    assert_eq!(
        value_type("build -i a.csv -i a.csv -i b.csv -o out --header none"),
        expected
    );
    directory.write("c.csv", "id,n\n1,x\n");
    assert_eq!(
        value_type("build -i a.csv -i c.csv -o out --allow-empty"),
        expected
    );
}
