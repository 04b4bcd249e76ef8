//! Records, and numbers of equal entries, that exceed the memory of a process.

use std::process::Command;

/// The output of the program that does `what` with limited memory.
fn limited(what: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_limited"))
        .arg(what)
        .arg(directory.path())
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{what}: {}\n{printed}{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    printed
}

#[test]
fn a_value_that_memory_has_no_room_for_is_an_error_that_says_which_entry_it_is_of_and_how_much_was_asked_for()
{
    for (what, entry) in [
        ("value", 2),
        ("value in format 1", 2),
        ("value with field names", 0),
        ("value in parallel", 1),
    ] {
        let printed = limited(what);
        assert!(printed.starts_with("OutOfMemory\n"), "{what}: {printed}");
        assert!(
            printed.contains(&format!("entry {entry} takes more memory than there is")),
            "{what}: {printed}"
        );
        let asked: u64 = printed
            .split_ascii_whitespace()
            .find_map(|word| word.parse().ok().filter(|number| *number > 1_000_000))
            .expect("the message says how much");
        assert!((100 << 20..1 << 30).contains(&asked), "{what}: {asked}");
    }
}

#[test]
fn a_key_that_exceeds_memory_is_an_error_too() {
    let printed = limited("key");
    assert!(
        printed.contains("entry 0 takes more memory than there is"),
        "{printed}"
    );
}

#[test]
fn merging_a_value_that_exceeds_memory_is_an_error_that_names_its_map() {
    for what in ["merge", "merge between formats"] {
        let printed = limited(what);
        assert!(printed.starts_with("OutOfMemory\n"), "{what}: {printed}");
        assert!(
            printed.contains("map 0 (from 0) cannot be read"),
            "{what}: {printed}"
        );
        assert!(
            printed.contains("there is no memory for 272629"),
            "{what}: {printed}"
        );
    }
}

/// Increase of peak memory, in KiB, of a process that does what `arguments` say.
fn growth(arguments: &[&str]) -> u64 {
    let output = Command::new(env!("CARGO_BIN_EXE_equal"))
        .args(arguments)
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    let peaks: Vec<u64> = printed
        .split_whitespace()
        .map(|peak| peak.parse().unwrap())
        .collect();
    peaks[1] - peaks[0]
}

#[test]
fn merging_equal_entries_stays_within_the_memory_limit_and_gives_the_same_bytes() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let map = path("map");
    growth(&["build", &map, "300000"]);
    for policy in ["keep-all", "first", "last"] {
        let (much, little) = (path(&format!("much-{policy}")), path(&format!("little-{policy}")));
        growth(&["merge", &map, "1000000000", policy, &much]);
        let growth = growth(&["merge", &map, "1000000", policy, &little]);
        // The entries of one hash would take some 80 MB. The limit excludes the buffers of a thread and of the target, and a
        // piece of each map.
        assert!(growth < 12 << 10, "{policy}: {growth} KiB");
        assert!(
            std::fs::read(&much).unwrap() == std::fs::read(&little).unwrap(),
            "{policy}"
        );
    }
}
