//! stdout and stderr that are closed or full.

use std::io::PipeWriter;

use crate::harness::fixtures::{hundred, map};
use crate::harness::{Directory, Outcome, PROGRAM};

/// A pipe without a reader.
fn broken_pipe() -> PipeWriter {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer
}

#[test]
fn a_closed_stdout_ends_each_command_silently() {
    let directory = Directory::with("a", map(1, &hundred(|n| n.to_string())));
    directory.write("in.json", r#"{"a": 1}"#);
    for arguments in [
        &["info", "a"][..],
        &["info", "a", "--key", "7", "--bucket", "0"],
        &["convert", "-i", "in.json", "-o", "out"],
        &["build", "-i", "in.json", "-o", "built"],
        &["get", "a", "7", "8"],
        &["verify", "a"],
        &["verify", "a", "--json"],
        &["merge", "-i", "a", "-o", "out"],
        &["--help"],
    ] {
        let outcome = Outcome::of(directory.command(PROGRAM).args(arguments).stdout(broken_pipe()));
        assert_eq!(outcome.success(), "");
    }
    assert_eq!(directory.read("out"), directory.read("a"));
}

#[test]
fn a_closed_stderr_does_not_change_the_exit_code() {
    let directory = Directory::with("broken.json", "{");
    for (arguments, code) in [
        (&["info", "missing"][..], 1),
        (&["convert", "-i", "broken.json", "-o", "out"], 1),
        (&["build", "-i", "broken.json", "-o", "out"], 1),
        (&["get", "missing", "a"], 1),
        (&["verify", "missing"], 1),
        (&["info"], 2),
        (&["build", "-i", "a", "-o", "b", "--bucket-count", "1"], 2),
    ] {
        let outcome = Outcome::of(directory.command(PROGRAM).args(arguments).stderr(broken_pipe()));
        assert_eq!(outcome.code, Some(code), "{arguments:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_stdout_is_an_error() {
    let directory = Directory::with("a", map(1, &[("a", 1)]));
    for arguments in [&["info", "a"][..], &["get", "a", "a"], &["verify", "a"]] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let message = Outcome::of(directory.command(PROGRAM).args(arguments).stdout(full)).failure();
        assert_eq!(
            message,
            "cannot write to stdout: No space left on device (os error 28)"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_file_name_cannot_break_out_of_its_line_or_control_the_terminal() {
    let message = Directory::new()
        .run(["info", "a\nmassmap: all is well\u{1b}[2K"])
        .failure();
    assert!(
        message.starts_with(r"a\nmassmap: all is well\u{1b}[2K: cannot open the file: "),
        "{message}"
    );
}
