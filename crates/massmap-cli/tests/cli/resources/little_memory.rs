//! Records and files that do not fit into memory.

#![cfg(target_os = "linux")]

use std::process::Output;

use crate::harness::fixtures::{map, paged_map};
use crate::harness::{Directory, PROGRAM};

/// Memory limit of the program, in KiB.
const LIMIT: u32 = 300 << 10;

/// Length of a record, in bytes.
const LENGTH: usize = 200 << 20;

#[test]
fn a_record_that_does_not_fit_into_memory_is_an_error_in_every_input_format() {
    let long = "x".repeat(LENGTH);
    // The first failure is while a record is read, or while its value is encoded again.
    let record = "there is not enough memory for the record";
    for (name, before, behind, place, what) in [
        (
            "in.ndjson",
            "{\"key\":\"a\",\"value\":\"",
            "\"}\n",
            "in.ndjson: line 1",
            record,
        ),
        (
            "in.json",
            "{\"a\":1,\"b\":[\"",
            "\"]}",
            "entry 1",
            "takes more memory than there is",
        ),
        ("in.csv", "key,value\na,1\nb,\"", "\"\n", "in.csv: line 3", record),
    ] {
        let directory = Directory::with(name, [before, &long, behind].concat());
        directory.write("out", "what was there before");
        let limited = format!("ulimit -v {LIMIT}; exec \"$0\" \"$@\"");
        let output = directory
            .command("sh")
            .args([
                "-c",
                &limited,
                PROGRAM,
                "build",
                "--max-record",
                "1G",
                "-i",
                name,
                "-o",
                "out",
            ])
            // One for each thread would exceed the limit.
            .env("MALLOC_ARENA_MAX", "1")
            .output()
            .unwrap();
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.code().is_some_and(|code| code > 0),
            "{name}: {}: {message}",
            output.status
        );
        assert!(message.contains(what), "{name}: {message}");
        assert!(message.contains(place), "{name}: {message}");
        assert_eq!(directory.read("out"), b"what was there before");
        assert_eq!(directory.names(), [name, "out"]);
    }
}

/// Runs a build in so many MiB.
fn build_within(mebibytes: usize, directory: &Directory, name: &str, options: &[&str]) -> Output {
    let limited = format!("ulimit -v {}; exec \"$0\" \"$@\"", mebibytes << 10);
    directory
        .command("sh")
        .args(["-c", &limited, PROGRAM, "build", "-i", name, "-o", "out"])
        .args(options)
        // Starting a thread allocates memory infallibly in the standard library.
        .args(["--threads", "1"])
        .env("MALLOC_ARENA_MAX", "1")
        .output()
        .unwrap()
}

/// The least memory that a small build takes, in MiB: most of it is the program itself, which is longer with more features.
fn least_memory() -> usize {
    let directory = Directory::with("in.csv", "k,v\na,1\n");
    let is_enough = |mebibytes: &usize| {
        let again = || {
            build_within(*mebibytes, &directory, "in.csv", &[])
                .status
                .success()
        };
        again() && again() && again()
    };
    (10..300).find(is_enough).unwrap()
}

#[test]
fn no_part_of_a_record_that_does_not_fit_into_memory_aborts_the_program() {
    const LENGTH: usize = 5 << 20;
    let long = "x".repeat(LENGTH);
    let digits = "7".repeat(LENGTH);
    let least = least_memory();
    for (name, text, options) in [
        ("in.csv", format!("key,value\n{long},1\n"), &[][..]),
        ("in.csv", format!("key,{long}\na,1\n"), &[]),
        ("in.csv", format!("key,{long},w\na,1,2\nb,3,4\n"), &[]),
        ("in.csv", format!("k,v,w\na,{long},1\n"), &[]),
        (
            "in.csv",
            format!("k,v,w\na,\"{}\",1\n", "x\"\"".repeat(LENGTH / 3)),
            &[],
        ),
        ("in.csv", format!("k,v\na,{digits}\n"), &["--value-type", "json"]),
        ("in.ndjson", format!("[{digits},1]\n"), &["--key-type", "u64"]),
        ("in.ndjson", format!("[\"a\",{digits}]\n"), &[]),
        ("in.json", format!("{{\"{long}\":1}}\n"), &[]),
        (
            "in.ndjson",
            format!("[\"a\",\"{long}\"]\n"),
            &["--value-type", "string"],
        ),
    ] {
        // The rest is invalid, so that the program only reads.
        let directory = Directory::with(name, format!("{text}}}\n"));
        for mebibytes in [1, 7, 15] {
            let output = build_within(least + mebibytes, &directory, name, options);
            let message = String::from_utf8_lossy(&output.stderr);
            let what = format!("{text:.20} {options:?} {mebibytes}: {}: {message}", output.status);
            let refused = output.status.code() == Some(1) && message.starts_with("massmap: error: ");
            assert!(refused, "{what}");
        }
    }
}

#[test]
fn a_file_that_cannot_be_verified_for_lack_of_memory_is_not_reported_as_damaged() {
    let value = "v".repeat(60_000_000);
    for file in [paged_map(&[("k", &value)]), map(1, &[("k", &value)])] {
        let directory = Directory::with("a", file);
        for arguments in [&["verify", "a"][..], &["verify", "--json", "a"]] {
            let message = directory.run_after("ulimit -v 60000", arguments).failure();
            assert!(message.starts_with("a: could not be verified: "), "{message}");
            assert!(message.contains("memory"), "{message}");
        }
        let report = directory.run(["verify", "a"]).success();
        assert!(report.ends_with("undamaged\n"), "{report}");
    }
}

#[test]
fn damage_is_reported_even_if_memory_is_too_small_for_the_rest() {
    let entries: Vec<_> = (0..200u32)
        .map(|n| (n, "v".repeat(if n == 7 { 60_000_000 } else { 50 })))
        .collect();
    let mut file = paged_map(&entries);
    // A byte in another page than the long value.
    let page = file.chunks(512).skip(1).position(|page| {
        page.windows(60)
            .any(|bytes| bytes[..50].iter().all(|byte| *byte == b'v') && bytes[50] != b'v')
    });
    file[512 * (1 + page.unwrap()) + 300] ^= 1;
    let directory = Directory::with("a", file);
    let (text, _) = directory
        .run_after("ulimit -v 60000", ["verify", "a"])
        .failure_after_output();
    assert!(text.contains("\nunchecked page "), "{text}");
    assert!(text.ends_with("\nresult    DAMAGED\n"), "{text}");
    let (json, _) = directory
        .run_after("ulimit -v 60000", ["verify", "--json", "a"])
        .failure_after_output();
    let report: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(report["ok"], false);
    let message = report["unverified"]["message"].as_str().unwrap();
    assert!(message.contains("no memory"), "{message}");
}

#[test]
fn merges_work_without_threads_that_cannot_be_started_and_builds_report_them() {
    let rows = |numbers: std::ops::Range<u32>| -> String {
        let rows = numbers.map(|number| format!("key {number},{number:0100}\n"));
        std::iter::once("key,value\n".to_owned()).chain(rows).collect()
    };
    // More than small builds, which start no threads.
    let directory = Directory::with("a.csv", rows(0..100_000));
    directory.write("b.csv", rows(100_000..200_000));
    // A stack that does not fit into the address space.
    let no_threads = "export RUST_MIN_STACK=4611686018427387904";
    for name in ["a", "b"] {
        let input = format!("{name}.csv");
        let arguments = ["build", "-i", &input, "-o", name];
        // The input is read on a thread.
        let message = directory.run_after(no_threads, arguments).failure();
        assert!(message.contains("cannot start a thread that reads"), "{message}");
        directory.run(arguments).success();
    }
    directory
        .run_after(no_threads, ["merge", "-i", "a", "-i", "b", "-o", "c"])
        .success();
    let report = directory.run(["verify", "c"]).success();
    assert!(report.contains("\nentries   200000\n"), "{report}");
}
