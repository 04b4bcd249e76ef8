//! Records for which the program may not have the memory.

#![cfg(target_os = "linux")]

use crate::harness::fixtures::{map, paged_map};
use crate::harness::{Directory, PROGRAM};

/// What the program may have of memory, in KiB.
const LIMIT: u32 = 300 << 10;

/// Length of a record, in bytes.
const LENGTH: usize = 200 << 20;

#[test]
fn a_record_that_memory_has_no_room_for_is_an_error_in_every_input_format() {
    let long = "x".repeat(LENGTH);
    // Where it shows first: while a record is read, or when a value that was read is encoded once more.
    let record = "there is no memory for the record";
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
            // As many of them as there are threads would be more than that.
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

#[test]
fn no_part_of_a_record_that_memory_has_no_room_for_ends_the_program() {
    const LENGTH: usize = 5 << 20;
    let long = "x".repeat(LENGTH);
    let digits = "7".repeat(LENGTH);
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
        // What follows is wrong, so that reading is all that is done.
        let directory = Directory::with(name, format!("{text}}}\n"));
        for mebibytes in [26, 32, 40] {
            let limited = format!("ulimit -v {}; exec \"$0\" \"$@\"", mebibytes << 10);
            let output = directory
                .command("sh")
                .args(["-c", &limited, PROGRAM, "build", "-i", name, "-o", "out"])
                .args(options)
                // Starting a thread takes memory that the standard library does not ask for.
                .args(["--threads", "1"])
                .env("MALLOC_ARENA_MAX", "1")
                .output()
                .unwrap();
            let message = String::from_utf8_lossy(&output.stderr);
            let what = format!("{text:.20} {options:?} {mebibytes}: {}: {message}", output.status);
            let refused = output.status.code() == Some(1) && message.starts_with("massmap: error: ");
            assert!(refused, "{what}");
        }
    }
}

#[test]
fn a_file_that_there_is_no_memory_to_verify_is_not_called_damaged() {
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
fn damage_is_told_of_although_there_is_no_memory_for_the_rest() {
    let entries: Vec<_> = (0..200u32)
        .map(|n| (n, "v".repeat(if n == 7 { 60_000_000 } else { 50 })))
        .collect();
    let mut file = paged_map(&entries);
    // A byte of a page that the long value is not in.
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
fn merges_do_without_threads_that_cannot_be_started_and_builds_say_so() {
    let rows = |numbers: std::ops::Range<u32>| -> String {
        let rows = numbers.map(|number| format!("key {number},{number:0100}\n"));
        std::iter::once("key,value\n".to_owned()).chain(rows).collect()
    };
    // More than what is built without asking for threads.
    let directory = Directory::with("a.csv", rows(0..100_000));
    directory.write("b.csv", rows(100_000..200_000));
    // A stack that no address space has room for.
    let no_threads = "export RUST_MIN_STACK=4611686018427387904";
    for name in ["a", "b"] {
        let input = format!("{name}.csv");
        let arguments = ["build", "-i", &input, "-o", name];
        // A thread of its own reads the input.
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
