//! Records for which the program may not have the memory.

#![cfg(target_os = "linux")]

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
