//! Overlong records, and the length of messages.

use std::io::Write;

use crate::harness::{Directory, refusal_of};

#[test]
fn an_overlong_record_is_an_error_that_names_place_limit_and_option() {
    let long = "x".repeat(2000);
    let too_long = "is longer than 1000 bytes; --max-record allows longer ones";
    for (name, text, place) in [
        (
            "in.json",
            format!("{{\"a\": 1,\n\"b\": \"{long}\"}}"),
            "line 1, record 2: the record",
        ),
        (
            "in.json",
            format!("[[\"a\", 1],\n[\"b\", 1],\n\n[\"c\", [\n\"{long}"),
            "line 2, record 3: the record",
        ),
        (
            "in.json",
            format!("{{\"a\": 1, \"{long}"),
            "line 1, record 2: the record",
        ),
        (
            "in.ndjson",
            format!("[\"a\", 1]\n[\"b\", \"{long}"),
            "line 2, record 2: the record",
        ),
        (
            "in.ndjson",
            format!("[\"a\", 1]\n{}\n", " ".repeat(2000)),
            "line 2, record 2: the record",
        ),
        (
            "in.csv",
            format!("k,v\na,1\nb,\"{long}"),
            "line 3, record 2: the row",
        ),
        ("in.csv", format!("k,{long}\n"), "line 1: the row"),
        (
            "in.tsv",
            format!("k\tv\n{}", "\t".repeat(2000)),
            "line 2, record 1: the row",
        ),
    ] {
        let message = refusal_of(name, &text, &["--max-record", "1000"]);
        assert!(
            message.starts_with(&format!("{name}: {place} {too_long}")),
            "{message}"
        );
    }
    // A single line does not suggest JSON.
    let message = refusal_of(
        "in.ndjson",
        format!("{{\"key\": \"a\", \"value\": \"{long}\"}}\n"),
        &["--max-record", "1000"],
    );
    assert!(message.trim_end().ends_with("allows longer ones"), "{message}");
    // Shorter records are fine, however long the whole input is.
    let lines: String = (0..100)
        .map(|n| format!("[\"{n:02}\", \"{}\"]\n", "x".repeat(980)))
        .collect();
    for (name, text) in [
        ("in.ndjson", lines.clone()),
        ("in.json", format!("[{}]", lines.trim_end().replace('\n', ","))),
    ] {
        let directory = Directory::with(name, text);
        let arguments = ["build", "-i", name, "-o", "out", "--max-record", "1000"];
        directory.run(arguments).success();
    }
}

#[test]
fn the_limit_holds_with_every_option_of_a_format() {
    let long = "x".repeat(2000);
    let object = |fields: &str| format!("{{\"a\": \"k\", \"b\": 1, {fields}}}\n");
    let columns = ["--key", "a,b", "--key-type", "string,u64", "--value", "x,y"];
    for (name, text, options, place) in [
        (
            "in.csv",
            format!("k,v\n\"a\n{long}"),
            &[][..],
            "line 2, record 1: the row",
        ),
        (
            "in.csv",
            format!("a,1\nb,{long}\n"),
            &["--no-header"],
            "line 2, record 2: the row",
        ),
        (
            "in.csv",
            format!("{long},1\n"),
            &["--no-header"],
            "line 1, record 1: the row",
        ),
        (
            "in.csv",
            format!("k,v\na,{long}\n"),
            &["--header", "first"],
            "line 2, record 1: the row",
        ),
        (
            "in.csv",
            format!("k;v\na;{long}\n"),
            &["--delimiter", ";"],
            "line 2, record 1: the row",
        ),
        (
            "in.csv",
            format!("k,v\na,{}\n", "\\,".repeat(1000)),
            &["--escape", "\\"],
            "line 2, record 1: the row",
        ),
        (
            "in.csv",
            format!("k,v\n'a','{}'\n", "''".repeat(1000)),
            &["--quote", "'"],
            "line 2, record 1: the row",
        ),
        (
            "in.tsv",
            format!("k\tv\na\t\"{long}\"\n"),
            &["--quote", "\""],
            "line 2, record 1: the row",
        ),
        // A column that is not used counts too.
        (
            "in.csv",
            format!("k,v,w\na,1,{long}\n"),
            &["--key", "k", "--value", "v"],
            "line 2, record 1: the row",
        ),
        (
            "in.csv",
            format!("a,b,x,y\nk,1,2,{long}\n"),
            &columns,
            "line 2, record 1: the row",
        ),
        (
            "in.tsv",
            format!("a\tb\tx\ty\n{long}\t1\t2\t3\n"),
            &columns,
            "line 2, record 1: the row",
        ),
        (
            "in.ndjson",
            object(&format!("\"x\": 1, \"y\": \"{long}\"")),
            &columns,
            "line 1, record 1: the record",
        ),
        (
            "in.ndjson",
            object(&format!("\"z\": \"{long}\"")),
            &columns,
            "line 1, record 1: the record",
        ),
        (
            "in.ndjson",
            object(&format!("\"{long}\": 1")),
            &["--key", "a,b"],
            "line 1, record 1: the record",
        ),
        (
            "in.json",
            format!("[{}]", object(&format!("\"x\": [{}1]", "1,".repeat(1000)))),
            &columns,
            "line 1, record 1: the record",
        ),
        (
            "in.json",
            format!("[{}]", object(&format!("\"z\": \"{long}\""))),
            &["--key", "a", "--value", "b"],
            "line 1, record 1: the record",
        ),
        (
            "in.json",
            format!("{}{{}}", " ".repeat(2000)),
            &["--allow-empty"],
            "line 1, record 1: the record",
        ),
    ] {
        let options = [options, &["--max-record", "1000"]].concat();
        let too_long = "is longer than 1000 bytes; --max-record allows longer ones";
        let expected = |name: &str| format!("{name}: {place} {too_long}");
        let message = refusal_of(name, &text, &options);
        assert!(message.starts_with(&expected(name)), "{message}");
        // Compressed data are as long as what they decompress to.
        let mut compressed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        compressed.write_all(text.as_bytes()).unwrap();
        let name = format!("{name}.gz");
        let message = refusal_of(&name, compressed.finish().unwrap(), &options);
        assert!(message.starts_with(&expected(&name)), "{message}");
    }
    // Entries like those of a map.
    let directory = Directory::with("in.csv", "key,value\na,1\n");
    directory.run(["build", "-i", "in.csv", "-o", "map"]).success();
    directory.write("long.csv", format!("key,value\na,{long}\n"));
    directory.write("long.ndjson", format!("[\"a\", \"{long}\"]\n"));
    for (name, place) in [
        ("long.csv", "line 2, record 1: the row"),
        ("long.ndjson", "line 1, record 1: the record"),
    ] {
        let arguments = [
            "build",
            "-i",
            name,
            "-o",
            "out",
            "--like",
            "map",
            "--max-record",
            "1000",
        ];
        let message = directory.run(arguments).failure();
        assert!(
            message.starts_with(&format!(
                "{name}: {place} is longer than 1000 bytes; --max-record"
            )),
            "{message}"
        );
    }
}

/// Feeds standard input with `beginning` and then endlessly with `filler`. The program must refuse this soon and in little memory.
/// Returns the message.
#[cfg(target_os = "linux")]
fn refusal_of_endless(beginning: &str, filler: &str, limit: usize, options: &[&str]) -> String {
    use std::process::{Command, Stdio};

    let directory = Directory::new();
    // 64 MiB for the record, the same again while its buffer grows, and the base of the program.
    let script = r#"ulimit -v 1000000; exec "$0" "$@""#;
    let arguments = ["build", "-i", "-", "-o", "out"];
    let mut child = Command::new("sh")
        .args(["-c", script, crate::harness::PROGRAM])
        .args(arguments.iter().chain(options))
        .current_dir(directory.path(""))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let outcome = std::thread::scope(|scope| {
        let feeder = scope.spawn(move || {
            let mut written = 0;
            let chunk = filler.repeat((1 << 20) / filler.len());
            let mut outcome = pipe.write_all(beginning.as_bytes());
            while outcome.is_ok() {
                outcome = pipe.write_all(chunk.as_bytes());
                written += chunk.len();
            }
            written
        });
        let outcome = crate::harness::Outcome::from(child.wait_with_output().unwrap());
        let written = feeder.join().unwrap();
        assert!(written < limit + (4 << 20), "{written}");
        outcome
    });
    outcome.failure()
}

#[cfg(target_os = "linux")]
#[test]
fn an_endless_record_is_refused_at_the_default_limit_of_64_mib() {
    for (beginning, filler, options, place) in [
        (
            "[\"a\", 1]\n[\"b\", \"",
            "x",
            &["--input-format", "ndjson"],
            "line 2, record 2: the record",
        ),
        (
            "k,v\na,1\nb,\"",
            "x\n",
            &["--input-format", "csv"],
            "line 3, record 2: the row",
        ),
    ] {
        let message = refusal_of_endless(beginning, filler, 64 << 20, options);
        let too_long = "is longer than 67108864 bytes; --max-record allows longer ones";
        assert!(
            message.starts_with(&format!("standard input: {place} {too_long}")),
            "{message}"
        );
    }
    for (beginning, filler, format, place) in [
        (
            "{\"a\": 1, \"b\": \"",
            "x",
            "json",
            "line 1, record 2: the record",
        ),
        ("[[\"a\", [", "0,", "json", "line 1, record 1: the record"),
        ("k,", "x", "csv", "line 1: the row"),
        ("", ",", "csv", "line 1: the row"),
    ] {
        let options = ["--input-format", format, "--max-record", "1MiB"];
        let message = refusal_of_endless(beginning, filler, 1 << 20, &options);
        assert!(
            message.starts_with(&format!("standard input: {place}")),
            "{message}"
        );
    }
}

#[test]
fn messages_are_short_for_every_input() {
    let long = "long ".repeat(100_000);
    for (name, text, options) in [
        ("in.csv", format!("{long},{long},{long}\n"), &[][..]),
        ("in.csv", format!("k,\"{long}\"\na,1,2\n"), &[]),
        ("in.csv", format!("k,\"{long}\"\na,x\n"), &["--value-type", "u64"]),
        ("in.csv", format!("k,v\na,{long}\n"), &["--value-type", "u64"]),
        ("in.csv", format!("{long}\n"), &[]),
        ("in.json", format!("[\"{long}\"]"), &[]),
        ("in.json", format!("{{\"{long}\": 1}}"), &["--key-type", "u64"]),
        (
            "in.ndjson",
            format!("{{\"{long}\": 1, \"k\": 1, \"{long}\": 2}}"),
            &["--key", "k"],
        ),
        ("in.ndjson", "[\"\u{1}".repeat(100_000), &[]),
        ("in.json", format!("[[\"{long}\", 1], [\"{long}\", 2]]"), &[]),
    ] {
        let directory = Directory::with(name, text);
        let arguments = ["build", "-i", name, "-o", "out"];
        let outcome = directory.run(arguments.iter().chain(options));
        let message = outcome.failure();
        assert!(message.chars().count() <= 500, "{} {message}", message.len());
    }
    let directory = Directory::new();
    let message = directory
        .run(["build", "-i", &"n".repeat(5000), "-o", "out"])
        .failure();
    assert!(
        message.len() <= 500 && message.contains("cannot open the file"),
        "{message}"
    );
}
