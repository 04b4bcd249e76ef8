//! Malformed input.

use std::io::Write;

use crate::harness::{Directory, refusal_of};

/// The message without column numbers, which depend on serde_json.
fn without_columns(message: &str) -> String {
    match message.split_once(", column ") {
        Some((before, rest)) => {
            let rest = rest.trim_start_matches(|character: char| character.is_ascii_digit());
            format!("{before}, column N{rest}")
        }
        None => message.to_owned(),
    }
}

#[test]
fn errors_in_json_name_file_line_column_record_and_cause() {
    let shape = r#"[key, value] or {"key": …, "value": …}"#;
    for (json, options, message) in [
        (
            "",
            &[][..],
            "it is empty; --allow-empty treats it as having no entries".to_owned(),
        ),
        (
            "\n",
            &[],
            "line 2, record 1: EOF while parsing a value".to_owned(),
        ),
        (
            "{\n\"a\": 1\n",
            &[],
            "line 3, record 2: EOF while parsing an object".to_owned(),
        ),
        (
            "{\"a\": 1}\n{}",
            &[],
            "line 2, column N: trailing characters; it looks like NDJSON: give --input-format ndjson"
                .to_owned(),
        ),
        (
            "{1: 1}",
            &[],
            "line 1, column N, record 1: key must be a string".to_owned(),
        ),
        (
            "[[\"a\", 1],\n7]",
            &[],
            format!("line 2, column N, record 2: invalid type: integer `7`, expected {shape}"),
        ),
        (
            "[[\"a\", 1],\n [\"b\", 2, 3]]",
            &[],
            format!("line 2, column N, record 2: invalid length 3, expected {shape}"),
        ),
        (
            "[[\"a\", 1],\n[2, 2]]",
            &[],
            "line 2, column N, record 2: the key 2 is not of type string; --key-type can make keys integers"
                .to_owned(),
        ),
        (
            "{\"1\": 1,\n\"256\": 2}",
            &["--key-type", "u8"],
            "line 2, column N, record 2: the key \"256\" is not of type u8: number too large to fit in target type"
                .to_owned(),
        ),
        (
            "{\"a\": 1,\n\"b\": -2}",
            &["--value-type", "u64"],
            "line 2, column N, record 2: the value -2 is not of type u64".to_owned(),
        ),
        (
            "[{\"id\": 1}]",
            &["--key", "id", "--value", "n"],
            "line 1, column N, record 1: there is no field \"n\"".to_owned(),
        ),
        (
            "{\"id\": 1}",
            &["--key", "id"],
            "line 1, column N, record 1: invalid type: map, expected an array of objects, since --key or \
             --value is given; it looks like NDJSON: give --input-format ndjson"
                .to_owned(),
        ),
        (
            "[[\"id\", 1]]",
            &["--key", "id"],
            "line 1, column N, record 1: invalid type: sequence, expected an object with the field \"id\""
                .to_owned(),
        ),
    ] {
        assert_eq!(
            without_columns(&refusal_of("in.json", json, options)),
            format!("in.json: {message}"),
            "{json}"
        );
    }
    let message = without_columns(&refusal_of("in.json", b"{\"a\": 1, \"b\": \"\xff\"}", &[]));
    assert_eq!(
        message,
        "in.json: line 1, column N, record 2: invalid unicode code point"
    );
    let deep = format!("[[\"a\", {}", "[".repeat(1000));
    let message = refusal_of("in.json", deep, &[]);
    assert!(
        message.ends_with(", record 1: recursion limit exceeded"),
        "{message}"
    );
}

#[test]
fn errors_in_ndjson_name_file_line_record_and_cause() {
    for (lines, options, message) in [
        (
            &b"[\"a\", 1]\r\n\r\n{\"key\": \"b\"}\n"[..],
            &[][..],
            "line 3, column N, record 2: there is no field \"value\"",
        ),
        (
            b"[\"a\", 1]\n[\"b\", 1",
            &[],
            "line 2, column N, record 2: EOF while parsing a list",
        ),
        (
            b"[\"a\", 1]\n[\"b\",\n1]",
            &[],
            "line 2, column N, record 2: EOF while parsing a value",
        ),
        (
            b"[\"a\", 1] [\"b\", 1]",
            &[],
            "line 1, column N, record 1: trailing characters",
        ),
        (
            b"\n[\"\xff\", 1]",
            &[],
            "line 2, column N, record 1: invalid UTF-8",
        ),
        (
            b"[\"a\", 1]\n[\"b\", \"c\"]",
            &["--value-type", "u64"],
            "line 2, record 2: the value \"c\" is not of type u64",
        ),
        (
            b"{\"id\": -1, \"n\": 2}",
            &["--key", "id", "--key-type", "u32"],
            "line 1, record 1, field \"id\": the key -1 is not of type u32",
        ),
    ] {
        assert_eq!(
            without_columns(&refusal_of("in.ndjson", lines, options)),
            format!("in.ndjson: {message}")
        );
    }
}

#[test]
fn errors_in_tables_name_file_line_record_column_and_cause() {
    for (csv, options, message) in [
        (
            &b"a,b\r\n1,2\r\n\r\n3\r\n"[..],
            &[][..],
            "line 4, record 2: the number of fields is 1, not 2 as in the first line",
        ),
        (
            b"a,b\n1,2,3\n",
            &[],
            "line 2, record 1: the number of fields is 3, not 2 as in the first line",
        ),
        (
            b"1,2\n3,4,5\n",
            &["--no-header"],
            "line 2, record 2: the number of fields is 3, not 2 as in the first line",
        ),
        (
            b"a,b\n1,\"2\n\n\"\n3,\"4\n",
            &[],
            "line 5, record 2: the opening quotation mark of a field is never closed; give --quote none if quotation \
             marks have no meaning",
        ),
        (
            b"a,\"b",
            &[],
            "line 1: the opening quotation mark of a field is never closed; give --quote none if quotation \
             marks have no meaning",
        ),
        (
            b"a,b\n1,\xff\n",
            &[],
            "line 2, record 1, field \"b\": invalid UTF-8; iconv can convert text from another encoding, such as Latin-1",
        ),
        (
            b"a,\xff\n",
            &[],
            "line 1: invalid UTF-8; iconv can convert text from another encoding, such as Latin-1",
        ),
        (
            b"id,n\n1,2\n\"x\ny\",3\n",
            &["--key-type", "u64"],
            "line 3, record 2, field \"id\": the key \"x\\ny\" is not of type u64: invalid digit found in string",
        ),
        (
            b"id,n\n1,2\n2,\n",
            &["--value-type", "i64"],
            "line 3, record 2, field \"n\": the value \"\" is not of type i64: cannot parse integer from empty string",
        ),
        (
            b"1,x\n",
            &["--no-header", "--value-type", "bool"],
            "line 1, record 1, field \"2\": the value \"x\" is not of type bool: provided string was not `true` or `false`",
        ),
        (
            b"id,n,m\n1,2,x\n",
            &["--value-type", "json"],
            "line 2, record 1, field \"m\": the cell is not JSON: expected value",
        ),
        (
            b"",
            &[],
            "there is no header; --no-header reads tables without one",
        ),
        (
            b"a;b\n1;2\n",
            &[],
            "line 1: there is only one column, \"a;b\"; if the delimiter is another, give --delimiter; it looks \
             like CSV with semicolons: give --delimiter ';'",
        ),
        (
            b"a,b\n",
            &["--key", "c"],
            "line 1: there is no column \"c\" among \"a\", \"b\"",
        ),
        (
            b"a,b\n",
            &["--no-header", "--key", "a"],
            "line 1: there is no column \"a\" among \"1\", \"2\"",
        ),
        (
            b"a,b,a\n",
            &["--value", "a"],
            "line 1: there are two columns \"a\": rename one of them",
        ),
        (
            b"a,b,b\n",
            &[],
            "line 1: there are two columns \"b\"; choose the value with --value",
        ),
        (b"a,b\n", &["--value", "a"], "line 1: \"a\" is both key and value"),
        (
            b"a,b,c\n1,2,3\n",
            &["--value-type", "u64"],
            "values of type u64 come from one column: choose it with --value",
        ),
    ] {
        assert_eq!(refusal_of("in.csv", csv, options), format!("in.csv: {message}"));
    }
}

#[test]
fn an_error_names_its_input_among_several() {
    let directory = Directory::with("a.csv", "k,v\na,1\n");
    directory.write("b.csv", "k,v,w\nb,1,2\n");
    directory.write("c.json", "[[\"c\", 1], 2]");
    let build = |inputs: &str| {
        let arguments = format!("build {inputs} -o out");
        directory.run_with_input(b"x", arguments.split(' ')).failure()
    };
    assert_eq!(
        build("-i a.csv -i b.csv"),
        "b.csv: line 1: its columns are not those of a.csv: it has \"w\" in addition; if it has no header, \
         give --header first if only the first input has one, or --no-header"
    );
    assert_eq!(
        build("-i b.csv -i a.csv"),
        "a.csv: line 1: its columns are not those of b.csv: it lacks \"w\"; if it has no header, give --header \
         first if only the first input has one, or --no-header"
    );
    let message = without_columns(&build("-i a.csv -i c.json"));
    assert!(
        message.starts_with("c.json: line 1, column N, record 2: "),
        "{message}"
    );
    assert_eq!(
        without_columns(&build("-i a.csv -i -")),
        "standard input: line 1, column N, record 1: expected value"
    );
    // Found before anything is read.
    assert!(build("-i c.json -i missing").starts_with("missing: cannot open the file: "));
    assert_eq!(directory.names(), ["a.csv", "b.csv", "c.json"]);
}

#[test]
fn damaged_compressed_data_are_an_error() {
    let lines: Vec<_> = (0..1000).map(|n| format!("[\"{n}\", {n}]")).collect();
    for (text, options) in [
        (
            format!("[{}]", lines.join(",\n")),
            &["--input-format", "json"][..],
        ),
        (lines.join("\n"), &["--input-format", "ndjson"]),
        (lines.join("\n"), &["--input-format", "csv", "--no-header"]),
    ] {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        let gzip = encoder.finish().unwrap();
        // With a checksum, as the zstd program writes it.
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        encoder.include_checksum(true).unwrap();
        encoder.write_all(text.as_bytes()).unwrap();
        let zstd = encoder.finish().unwrap();

        for (bytes, name) in [(gzip, "gzip"), (zstd, "zstd")] {
            let mut flipped = bytes.clone();
            *flipped.last_mut().unwrap() ^= 1;
            let cut = bytes[..bytes.len() / 2].to_vec();
            for damaged in [cut, flipped, [&bytes[..], b"garbage"].concat()] {
                let message = refusal_of("in", damaged, options);
                let cause = format!("cannot read it: cannot decompress the {name} data: ");
                assert!(
                    message.starts_with("in: ") && message.contains(&cause),
                    "{message}"
                );
            }
        }
    }
}

#[test]
fn compressed_data_of_a_few_bytes_are_reported_as_truncated() {
    for (name, bytes) in [
        ("in.csv.gz", &b"\x1f"[..]),
        ("in.json.zst", b"\x28"),
        ("in.ndjson.zst", b"\x28\xb5"),
        ("in.zst", b"\x28\xb5\x2f"),
        ("in", b"\x28\xb5\x2f"),
    ] {
        let message = refusal_of(name, bytes, &[]);
        let start = format!(
            "{name}: it is truncated: it ends after the first {} bytes",
            bytes.len()
        );
        assert!(message.starts_with(&start), "{message}");
    }
}

#[test]
fn an_input_that_is_not_a_file_is_an_error() {
    let directory = Directory::new();
    std::fs::create_dir(directory.path("in")).unwrap();
    let message = directory.run(["build", "-i", "in", "-o", "out"]).failure();
    assert!(message.starts_with("in: cannot "), "{message}");
    assert_eq!(directory.names(), ["in"]);
}
