//! `massmap-core` decides what to read and what the bytes say; whoever uses it does the reading.

use std::process::Command;

use crate::sources::{paths_outside_tests, repository, rust_files, shown};

/// Crates that `massmap-core` may depend on, directly or by way of others: none of them opens files or sockets, starts threads,
/// or runs anything.
const PURE: [&str; 18] = [
    "bytes",
    "cfg-if",
    "crc32fast",
    "itoa",
    "massmap-core",
    "massmap-format",
    "memchr",
    "num-traits",
    "rmp",
    "rmp-serde",
    "serde",
    "serde_core",
    "serde_json",
    "thiserror",
    "typeid",
    "zmij",
    // Without their feature `zstdmt`, which would start threads.
    "zstd-safe",
    "zstd-sys",
];

/// Modules of the standard library for I/O, threads and processes. `std::io` is not among them, for its errors.
const IMPURE: [&str; 6] = ["env", "fs", "net", "os", "process", "thread"];

#[test]
fn the_core_depends_on_nothing_that_does_io_or_starts_threads() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--package", "massmap-core", "--all-features", "--offline"])
        .args([
            "--edges",
            "normal,no-proc-macro",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let tree = String::from_utf8(output.stdout).unwrap();
    let mut count = 0;
    for name in tree.lines().filter_map(|line| line.split_whitespace().next()) {
        assert!(
            PURE.contains(&name),
            "massmap-core depends on {name}, which is not known to do no I/O and start no threads"
        );
        count += 1;
    }
    assert!(count > 1, "{tree}");
}

#[test]
fn the_core_uses_no_part_of_the_standard_library_that_does_io_or_starts_threads() {
    let sources = rust_files(&repository().join("crates/massmap-core/src"));
    assert!(!sources.is_empty());
    for file in sources {
        let text = std::fs::read_to_string(&file).unwrap();
        for path in paths_outside_tests(&text) {
            if let [first, second, ..] = &path[..]
                && first == "std"
            {
                assert!(
                    !IMPURE.contains(&&**second),
                    "{} uses {}",
                    shown(&file),
                    path.join("::")
                );
            }
        }
    }
}
