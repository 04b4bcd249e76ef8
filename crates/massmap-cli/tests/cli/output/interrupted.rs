//! Commands that are interrupted or terminated.

#![cfg(unix)]

use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::temporary_files::begin;
use crate::harness::fixtures::map;
use crate::harness::{Directory, PROGRAM};

const SIGNALS: [(&str, i32); 2] = [("-INT", 130), ("-TERM", 143)];

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
}

/// Sends a signal to a command that waits for its input, and checks that it ends by that alone. Checks stderr.
fn end(signal: &str, code: i32, mut child: Child) {
    // Waiting for its end would close it.
    let _stdin = child.stdin.take();
    send(signal, &child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

/// A directory with a pipe that nobody writes to.
fn directory_with_pipe() -> Directory {
    let directory = Directory::with("out", "old");
    let made = directory.command("mkfifo").arg("pipe").status().unwrap();
    assert!(made.success());
    directory
}

#[test]
fn a_command_that_writes_leaves_the_old_file_and_nothing_else() {
    for (signal, code) in SIGNALS {
        for command in ["build", "convert", "merge"] {
            let directory = directory_with_pipe();
            let mut arguments = directory.program_with_signals();
            arguments
                .args([command, "-i", "pipe", "-o", "out"])
                .stderr(Stdio::piped());
            let (child, temporary) = begin(&directory, &mut arguments);
            assert_eq!(directory.names(), [&temporary, "out", "pipe"]);
            end(signal, code, child);
            assert_eq!(directory.names(), ["out", "pipe"]);
            assert_eq!(directory.read("out"), b"old");
        }
    }
}

#[test]
fn plots_that_are_not_finished_are_removed() {
    let directory = directory_with_pipe();
    let mut stats = directory.program_with_signals();
    stats
        .args(["stats", "pipe", "--svg", "plots.svg"])
        .stderr(Stdio::piped());
    let (child, _) = begin(&directory, &mut stats);
    end("-TERM", 143, child);
    assert_eq!(directory.names(), ["out", "pipe"]);
}

#[test]
fn wherever_a_build_is_interrupted_it_leaves_the_old_or_the_new_file_and_nothing_else() {
    const HITS: u32 = 30;
    let old = map(1, &[("a", 1)]);
    let directory = Directory::with("out", &old);
    let entries: Vec<_> = (0..3000).map(|n| format!(r#""key {n}": {n}"#)).collect();
    directory.write("in.json", format!("{{{}}}", entries.join(",")));
    let build = |output| {
        let mut build = directory.program_with_signals();
        build
            .args(["build", "-i", "in.json", "--memory-limit", "64KiB", "-o", output])
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        build
    };
    let start = Instant::now();
    assert!(build("new").status().unwrap().success());
    let time = start.elapsed();
    let new = directory.read("new");

    let mut hits = 0;
    for number in 0..500 {
        if hits == HITS {
            break;
        }
        directory.write("out", &old);
        let child = build("out").spawn().unwrap();
        // Parts of the golden ratio lie evenly in the time of a build.
        sleep(time.mul_f64((f64::from(number) * 0.618_034).fract()));
        send("-INT", &child);
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        match (output.status.code(), output.status.signal()) {
            (Some(130), None) => hits += 1,
            (Some(0), None) => assert!(directory.read("out") == new),
            // Before the program has begun.
            (None, Some(2)) => assert!(directory.read("out") == old),
            status => panic!("{status:?}"),
        }
        let found = directory.read("out");
        assert!(found == old || found == new);
        assert_eq!(directory.names(), ["in.json", "new", "out"]);
    }
    assert_eq!(hits, HITS);
}

#[cfg(target_os = "linux")]
#[test]
fn entries_that_did_not_fit_into_memory_are_gone_from_the_disk() {
    for (signal, code) in SIGNALS {
        let directory = Directory::new();
        std::fs::create_dir(directory.path("spilled")).unwrap();
        let mut arguments = directory.program_with_signals();
        arguments
            .args(["build", "-i", "-", "--input-format", "ndjson", "-o", "out"])
            .args(["--memory-limit", "64KiB", "--spill-dir", "spilled"])
            .stderr(Stdio::piped());
        let (mut child, _) = begin(&directory, &mut arguments);
        let spilled = format!("{}/", directory.path("spilled").display());
        let files = format!("/proc/{}/fd", child.id());
        let has_spilled = || {
            let mut files = std::fs::read_dir(&files).unwrap();
            files.any(|file| {
                let file = std::fs::read_link(file.unwrap().path());
                file.is_ok_and(|path| path.to_string_lossy().starts_with(&spilled))
            })
        };
        let mut stdin = child.stdin.take().unwrap();
        let mut number = 0;
        while !has_spilled() {
            number += 1;
            writeln!(stdin, r#"["{number}", "{number:01000}"]"#).unwrap();
        }
        child.stdin = Some(stdin);
        end(signal, code, child);
        assert_eq!(directory.names(), ["spilled"]);
        assert_eq!(std::fs::read_dir(directory.path("spilled")).unwrap().count(), 0);
    }
}

/// The set of signals that `/proc` shows for a process, the first in the lowest bit.
#[cfg(target_os = "linux")]
fn signals(child: &Child, set: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let set = status.lines().find_map(|line| line.strip_prefix(set)).unwrap();
    u64::from_str_radix(set.trim_start_matches(':').trim(), 16).unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn commands_that_only_read_end_with_the_same_exit_codes() {
    const BOTH: u64 = 1 << (2 - 1) | 1 << (15 - 1);
    let directory = directory_with_pipe();
    for (signal, code) in SIGNALS {
        for arguments in [&["get", "pipe", "a"][..], &["info", "pipe"], &["verify", "pipe"]] {
            let mut command = directory.program_with_signals();
            command
                .args(arguments)
                .stdout(Stdio::null())
                .stderr(Stdio::piped());
            let child = command.spawn().unwrap();
            while signals(&child, "SigCgt") & BOTH != BOTH {
                sleep(Duration::from_millis(1));
            }
            end(signal, code, child);
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_is_ignored_stays_so() {
    let directory = Directory::new();
    let mut shell = directory.command("sh");
    shell
        .args(["-c", r#"trap "" INT; exec "$0" "$@""#, PROGRAM])
        .args(["build", "-i", "-", "-o", "out"])
        .stderr(Stdio::piped());
    let (mut child, temporary) = begin(&directory, &mut shell);
    send("-INT", &child);
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(br#"{"a": 1}"#).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(directory.names(), ["out"]);

    let (child, other) = begin(&directory, &mut shell);
    assert_ne!(other, temporary);
    end("-TERM", 143, child);
    assert_eq!(directory.names(), ["out"]);
}
