//! Standard input and output, pipes and files.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;

use super::{get, printed};
use crate::harness::fixtures::{hundred, paged_map};
use crate::harness::{Directory, PROGRAM};

#[test]
fn the_output_file_appears_when_it_is_complete() {
    let directory = Directory::with("a", paged_map(&hundred(|n| n.to_string())));
    directory.write("out", "old");
    assert_eq!(
        printed(get(&directory, ("keys", b"1\nx\n2"), &["-o", "out"]), [2, 1]),
        ""
    );
    let expected =
        "{\"key\":\"1\",\"value\":1}\n{\"key\":\"x\",\"value\":null}\n{\"key\":\"2\",\"value\":2}\n";
    assert_eq!(directory.read("out"), expected.as_bytes());
    assert_eq!(
        printed(get(&directory, ("keys", b"1\nx\n2"), &["-o", "-"]), [2, 1]),
        expected
    );
    assert_eq!(directory.names(), ["a", "keys", "out"]);
    // It may be the file with the keys.
    assert_eq!(
        printed(
            get(&directory, ("out", b"1\n"), &["-o", "out", "--values-only"]),
            [1, 0]
        ),
        ""
    );
    assert_eq!(directory.read("out"), b"1\n");
}

#[test]
fn answers_come_while_the_keys_are_still_typed_in() {
    let directory = Directory::with("a", paged_map(&hundred(|n| n.to_string())));
    let mut program = directory
        .command(PROGRAM)
        .args(["get", "--keys-from", "-", "--values-only", "a"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut keys = program.stdin.take().unwrap();
    let mut answers = BufReader::new(program.stdout.take().unwrap());
    for key in [7, 99, 7] {
        writeln!(keys, "{key}").unwrap();
        let mut answer = String::new();
        answers.read_line(&mut answer).unwrap();
        assert_eq!(answer, format!("{key}\n"));
    }
    drop(keys);
    assert!(program.wait().unwrap().success());
}

#[cfg(unix)]
#[test]
fn a_reader_that_closes_the_pipe_early_is_no_failure() {
    let directory = Directory::with("a", paged_map(&hundred(|n| n.to_string())));
    let mut program = directory
        .command(PROGRAM)
        .args(["get", "--keys-from", "-", "a"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut keys = program.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        // As many as anybody takes.
        while keys.write_all("7\n".repeat(1000).as_bytes()).is_ok() {}
    });
    let mut answer = [0; 20];
    let mut answers = program.stdout.take().unwrap();
    answers.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"{\"key\":\"7\",\"value\":7");
    drop(answers);
    let outcome = program.wait_with_output().unwrap();
    assert_eq!((outcome.status.code(), &*outcome.stderr), (Some(0), &b""[..]));
    writer.join().unwrap();
}

#[test]
fn stats_tell_what_the_lookups_took() {
    let directory = Directory::with("a", paged_map(&hundred(|n| n.to_string())));
    let outcome = get(&directory, ("keys", b"1\n1\n1\n"), &["--stats", "--values-only"]);
    assert_eq!(outcome.code, Some(0));
    let mut lines = outcome.stderr.lines();
    assert_eq!(lines.next(), Some("massmap: found 3, missing 0"));
    let stats = lines.next().unwrap();
    assert!(stats.starts_with("massmap: stats: opening: "), "{stats}");
    assert!(stats.contains("; lookups: 2 requests, 1024 bytes"), "{stats}");
}

#[test]
fn quiet_lookups_say_no_numbers() {
    let directory = Directory::with("a", paged_map(&hundred(|n| n.to_string())));
    let outcome = get(&directory, ("keys", b"1\nx\n"), &["--quiet", "--values-only"]);
    assert_eq!(outcome.success(), "1\nnull\n");
}
