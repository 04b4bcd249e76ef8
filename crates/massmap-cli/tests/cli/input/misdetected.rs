//! Inputs of another format than assumed.

use std::io::Write;

use serde_json::Value;

use crate::harness::{Directory, Outcome, refusal_of};

pub(crate) fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// Builds `content`, in a file of this name, over an existing file.
pub(crate) fn build(name: &str, content: impl AsRef<[u8]>, options: &[&str]) -> (Directory, Outcome) {
    let directory = Directory::with("out", "precious");
    directory.write(name, content);
    let outcome = directory.run(["build", "-i", name, "-o", "out"].iter().chain(options));
    (directory, outcome)
}

/// Number of entries of the map built from `content`.
#[track_caller]
pub(crate) fn entry_count(name: &str, content: impl AsRef<[u8]>, options: &[&str]) -> u64 {
    let (directory, outcome) = build(name, content, options);
    outcome.success();
    let info: Value = serde_json::from_str(&directory.run(["info", "out"]).success()).unwrap();
    info["meta"]["entry_count"].as_u64().unwrap()
}

#[test]
fn a_byte_order_mark_in_the_middle_of_concatenated_files_is_refused() {
    let mark = "\u{feff}";
    let found = "a byte order mark begins the line, as in concatenated files; give the files one by one";
    for (name, text, place) in [
        (
            "in.csv",
            format!("{mark}id,n\n1,a\n{mark}id,n\n2,b\n"),
            "line 3, record 2",
        ),
        ("in.csv", format!("{mark}{mark}id,n\n1,a\n"), "line 1"),
        ("in.tsv", format!("id\tn\n{mark}\"2\"\tb\n"), "line 2, record 1"),
        (
            "in.ndjson",
            format!("{mark}[\"a\", 1]\n{mark}[\"b\", 2]\n"),
            "line 2, record 2",
        ),
    ] {
        assert_eq!(refusal_of(name, &text, &[]), format!("{name}: {place}: {found}"));
        let parts = text.split_inclusive('\n').map(|part| gzip(part.as_bytes()));
        let compressed = parts.collect::<Vec<_>>().concat();
        let name = format!("{name}.gz");
        assert_eq!(
            refusal_of(&name, compressed, &[]),
            format!("{name}: {place}: {found}")
        );
    }
    let message = refusal_of(
        "in.json",
        format!("{mark}{{\"a\": 1}}\n{mark}{{\"b\": 2}}\n"),
        &[],
    );
    assert!(
        message.contains("line 2, ") && message.contains("trailing characters"),
        "{message}"
    );
}

#[test]
fn an_object_with_only_the_fields_of_a_record_is_ambiguous_unless_the_format_is_given() {
    let found = "the object has only the fields \"key\" and \"value\": give --input-format ndjson if it is one record, or json \
                 if these are the keys of two entries";
    for text in [
        r#"{"key": "a", "value": 1}"#,
        "{\"value\": {\"x\": [1]}, \"key\": \"a\"}\n",
        "{\n  \"key\": \"a\",\n  \"value\": null\n}",
    ] {
        for name in ["in.json", "in", "in.json.gz"] {
            let message = refusal_of(name, text, &[]);
            assert!(message.starts_with(&format!("{name}: line ")), "{message}");
            assert!(message.ends_with(found), "{message}");
            assert!(!message.contains("record 3"), "{message}");
        }
        assert_eq!(entry_count("in.json", text, &["--input-format", "json"]), 2);
    }
    let record = r#"{"key": "a", "value": 1}"#;
    assert_eq!(entry_count("in.json", record, &["--input-format", "ndjson"]), 1);
    // With another member or one less, it is not ambiguous.
    for (text, count) in [
        (r#"{"key": 1, "value": 2, "more": 3}"#, 3),
        (r#"{"key": 1}"#, 1),
        (r#"{"value": 1, "keys": 2}"#, 2),
        (r#"[{"key": "a", "value": 1}]"#, 1),
        (r#"[["key", 1], ["value", 2]]"#, 2),
    ] {
        assert_eq!(entry_count("in.json", text, &[]), count, "{text}");
    }
}

#[test]
fn another_format_is_named_with_the_options_that_read_it() {
    let ndjson = "{\"key\": \"a\", \"value\": 1}\n{\"key\": \"b\", \"value\": 2}\n";
    for (name, text, options, hint) in [
        (
            "in.json",
            "k,v\na,1\n",
            &[][..],
            "it looks like CSV: give --input-format csv",
        ),
        (
            "in",
            "k\tv\na\t1\n",
            &[],
            "it looks like TSV: give --input-format tsv",
        ),
        (
            "in.txt",
            "k;v\na;1\n",
            &[],
            "it looks like CSV with semicolons: give --input-format csv --delimiter ';'",
        ),
        (
            "in.csv",
            "k;v\na;1\n",
            &[],
            "it looks like CSV with semicolons: give --delimiter ';'",
        ),
        (
            "in.ndjson",
            "k,v\na,1\n",
            &[],
            "it looks like CSV: give --input-format csv",
        ),
        (
            "in.json",
            ndjson,
            &[],
            "it looks like NDJSON: give --input-format ndjson",
        ),
        (
            "in.json",
            "[\"a\", 1]\n[\"b\", 2]\n",
            &[],
            "it looks like NDJSON: give --input-format ndjson",
        ),
        (
            "in.json",
            "{\"id\": \"a\", \"n\": 2}\n{\"id\": \"b\", \"n\": 3}\n",
            &["--key", "id"],
            "it looks like NDJSON: give --input-format ndjson",
        ),
        (
            "in.csv",
            ndjson,
            &[],
            "it looks like NDJSON: give --input-format ndjson; --input-format csv reads it as a table",
        ),
        (
            "in.csv",
            "{\"a\": 1, \"b\": 2}",
            &[],
            "it looks like JSON: give --input-format json; --input-format csv reads it as a table",
        ),
        (
            "in.ndjson",
            "{\n  \"a\": 1\n}\n",
            &[],
            "it looks like JSON: give --input-format json",
        ),
        ("in.json", "<html>\n", &[], "it looks like HTML or XML"),
    ] {
        let message = refusal_of(name, text, options);
        assert!(message.starts_with(&format!("{name}: ")), "{message}");
        assert!(message.ends_with(hint), "{text:?}: {message}");
        // The suggested options read it.
        if let Some((_, give)) = hint.split_once(": give ") {
            let give = give.split("; ").next().unwrap_or_default();
            let give = give.replace('\'', "");
            let options: Vec<_> = options.iter().copied().chain(give.split(' ')).collect();
            entry_count(name, text, &options);
        }
    }
    // A table whose cells are parts of JSON.
    for (name, format) in [("in.csv", "csv"), ("in.tsv", "tsv")] {
        let text = match format {
            "csv" => "[0,1]\n[1,2]\n",
            _ => "[0]\t[1]\n[1]\t[2]\n",
        };
        if format == "csv" {
            let message = refusal_of(name, text, &[]);
            assert!(
                message.ends_with("; --input-format csv reads it as a table"),
                "{message}"
            );
        }
        assert_eq!(entry_count(name, text, &["--input-format", format]), 1);
    }
    let directory = Directory::new();
    let csv = b"id,name\n1,a\n";
    let message = directory
        .run_with_input(csv, ["build", "-i", "-", "-o", "out"])
        .failure();
    assert_eq!(
        message,
        "standard input: line 1, column 1, record 1: expected value; it looks like CSV: give --input-format csv"
    );
}

#[test]
fn errors_in_the_right_format_suggest_no_other() {
    let long = "x".repeat(5000);
    for (name, text, options, end) in [
        (
            "in.ndjson",
            "{\"key\": \"a\", \"val\": 1}".to_owned(),
            &[][..],
            "there is no field \"value\"",
        ),
        (
            "in.ndjson",
            "{\"a\": 1, \"b\": 2}\n".to_owned(),
            &[],
            "there is no field \"key\"",
        ),
        (
            "in.ndjson",
            "[\"a\", \"b\", \"c\"]\n".to_owned(),
            &[],
            "expected [key, value] or {\"key\": …, \"value\": …}",
        ),
        (
            "in.ndjson",
            "[\"a\", 1]\n".to_owned(),
            &["--key", "id"],
            "expected an object with the field \"id\"",
        ),
        // The first record is longer than the beginning that is examined.
        (
            "in.ndjson",
            format!("[\"{long}\", 1]\n[\"b\", 2}}\n"),
            &[],
            "expected `,` or `]`",
        ),
        (
            "in.ndjson",
            format!("{{\"key\": \"{long}\", \"val\": 1}}\n"),
            &[],
            "there is no field \"value\"",
        ),
        // A record was accepted before.
        (
            "in.csv",
            "a;b,c\n1,2\n3\n".to_owned(),
            &[],
            "not 2 as in the first line",
        ),
        // It is valid, but cannot be kept.
        (
            "in.json",
            "{\"key\": 111111111111111111111, \"value\": 1}".to_owned(),
            &[],
            "or as a float with a fraction or an exponent",
        ),
        (
            "in.json",
            "{\"key\": {\"a\": 1, \"a\": 2}, \"value\": 1}".to_owned(),
            &[],
            "but a value can keep only one; remove or rename one",
        ),
    ] {
        let message = refusal_of(name, &text, options);
        assert!(message.ends_with(end), "{text:.50}: {message}");
        assert!(!message.contains("looks like"), "{text:.50}: {message}");
    }
}

#[test]
fn unsupported_formats_are_named_with_a_remedy() {
    let utf_16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    for (name, content, message) in [
        (
            "in.csv.xz",
            b"\xfd7zXZ\0\0\x04\xe6\xd6\xb4\x46".to_vec(),
            "it looks like xz, which is not supported: xz -dc in.csv.xz | massmap build -i - … reads it",
        ),
        (
            "in.csv",
            utf_16("\u{feff}id,name\n1,a\n"),
            "it looks like UTF-16, which is not supported: iconv -f UTF-16 -t UTF-8 in.csv | massmap build -i - … reads it",
        ),
        (
            "in.json",
            utf_16("{\"a\": 1}"),
            "it looks like UTF-16LE, which is not supported: iconv -f UTF-16LE -t UTF-8 in.json | massmap build -i - … reads it",
        ),
        (
            "in.csv.gz",
            gzip(&utf_16("\u{feff}id,name\n")),
            "it looks like UTF-16, which is not supported: iconv -f UTF-16 -t UTF-8 in.csv.gz | massmap build -i - … reads it",
        ),
        (
            "in.csv.gz",
            gzip(&gzip(b"k,v\n")),
            "it is compressed twice, with gzip inside: decompress it once first",
        ),
    ] {
        assert_eq!(refusal_of(name, content, &[]), format!("{name}: {message}"));
    }
    let directory = Directory::new();
    let message = directory
        .run_with_input(b"\xfd7zXZ\0\0\x04", ["build", "-i", "-", "-o", "out"])
        .failure();
    assert_eq!(
        message,
        "standard input: it looks like xz, which is not supported: xz -dc FILE | massmap build -i - … reads it"
    );
}

#[test]
fn zeros_after_gzip_data_are_padding() {
    let csv = [gzip(b"k,v\na,1\n"), gzip(b"b,2\n"), vec![0; 1000]].concat();
    assert_eq!(entry_count("in.csv.gz", &csv, &[]), 2);
    let message = refusal_of("in.csv.gz", [csv, b"x".to_vec()].concat(), &[]);
    assert!(
        message.ends_with(
            "cannot decompress the gzip data: there are bytes after the zeros that follow the data"
        ),
        "{message}"
    );
}

#[test]
fn a_zstd_window_beyond_128_mib_needs_an_option_that_the_message_names() {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.window_log(28).unwrap();
    encoder.write_all(b"k,v\na,1\n").unwrap();
    let long = encoder.finish().unwrap();
    let message = refusal_of("in.csv.zst", &long, &[]);
    assert!(
        message.starts_with("in.csv.zst: cannot read it: cannot decompress the zstd data: ")
            && message.contains("its window exceeds 128 MiB")
            && message.contains("--zstd-window-log"),
        "{message}"
    );
    assert_eq!(entry_count("in.csv.zst", &long, &["--zstd-window-log", "28"]), 1);
    assert_eq!(entry_count("in.csv.zst", &long, &["--zstd-window-log", "31"]), 1);
    let message = refusal_of("in.csv.zst", &long, &["--zstd-window-log", "27"]);
    assert!(message.contains("--zstd-window-log"), "{message}");
    let directory = Directory::with("in.csv", "k,v\n");
    for log in ["9", "32", "x"] {
        let stderr = directory
            .run(["build", "-i", "in.csv", "-o", "out", "--zstd-window-log", log])
            .usage_error();
        assert!(stderr.contains("--zstd-window-log <LOG>"), "{stderr}");
    }
}

#[test]
fn an_output_that_is_a_stream_is_refused_with_an_explanation() {
    let directory = Directory::with("in.json", "{}");
    directory.run(["build", "-i", "in.json", "-o", "map"]).success();
    #[cfg(unix)]
    std::os::unix::fs::symlink("/dev/stdout", directory.path("link")).unwrap();
    let names = directory.names();
    for command in [
        &["build", "-i", "in.json"][..],
        &["convert", "-i", "in.json"],
        &["merge", "-i", "map"],
    ] {
        for output in [
            "-",
            "/dev/stdout",
            "/dev/stderr",
            "/dev/fd/1",
            "/proc/self/fd/1",
            #[cfg(unix)]
            "file:///dev/stdout",
            #[cfg(unix)]
            "link",
        ] {
            let stderr = directory.run(command.iter().chain(&["-o", output])).usage_error();
            let sentence =
                "a map is written to a file that appears once it is complete, not to a stream; give a path";
            assert!(stderr.contains(sentence), "{stderr}");
        }
        assert_eq!(directory.names(), names);
        directory.run(command.iter().chain(&["-o", "./-"])).success();
        std::fs::remove_file(directory.path("-")).unwrap();
    }
}

#[test]
fn an_input_that_cannot_be_opened_is_named() {
    let directory = Directory::with("a.json", "{}");
    std::fs::create_dir(directory.path("directory")).unwrap();
    for (arguments, name) in [
        (
            &["build", "-i", "a.json", "-i", "missing.csv", "-o", "out"][..],
            "missing.csv",
        ),
        (&["build", "-i", "directory", "-o", "out"], "directory"),
        (&["convert", "-i", "missing.json", "-o", "out"], "missing.json"),
        (&["merge", "-i", "a.json", "-i", "missing", "-o", "out"], "a.json"),
        (&["merge", "-i", "missing", "-o", "out"], "missing"),
        (&["get", "missing", "a"], "missing"),
        (&["info", "missing"], "missing"),
        (&["verify", "missing"], "missing"),
    ] {
        let message = directory.run(arguments).failure();
        assert!(
            message.starts_with(&format!("{name}: cannot ")),
            "{arguments:?}: {message}"
        );
    }
}
