//! Runs the program as users do.

#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use massmap::{FormatVersion, MassMap, MassMapBuilder, Xxh3HashLoader};

/// An empty directory for the test `name`.
fn directory(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).unwrap();
    directory
}

fn run(arguments: &[&str], directory: &Path, stdin: Stdio) -> Output {
    Command::new(env!("CARGO_BIN_EXE_facade-example"))
        .args(arguments)
        .current_dir(directory)
        .stdin(stdin)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn counted_words_are_found_in_the_map() {
    let directory = directory("found");
    fs::write(
        directory.join("text.txt"),
        "To be, or not to be: that is the question.\n",
    )
    .unwrap();

    let stdin = File::open(directory.join("text.txt")).unwrap();
    let output = run(&["count", "words.massmap"], &directory, stdin.into());
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "8 different words in 1 pages\n");

    let output = run(
        &["look-up", "words.massmap", "be", "To", "question", "answer"],
        &directory,
        Stdio::null(),
    );
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "be 2\nto 2\nquestion 1\nanswer 0\n");

    let file = File::open(directory.join("words.massmap")).unwrap();
    let map = MassMap::<String, u64, _, Xxh3HashLoader>::load(file).unwrap();
    assert_eq!(map.format(), FormatVersion::V2);
    assert_eq!(map.get("be").unwrap(), Some(2));
}

#[test]
fn counting_again_replaces_the_map_and_leaves_no_other_file() {
    let directory = directory("replaced");
    let count = |words: &str| {
        fs::write(directory.join("text.txt"), words).unwrap();
        let stdin = File::open(directory.join("text.txt")).unwrap();
        let output = run(&["count", "words.massmap"], &directory, stdin.into());
        assert!(output.status.success(), "{}", text(&output.stderr));
    };
    count("old");
    let before = File::open(directory.join("words.massmap")).unwrap();
    count("new new");

    let open = |file| MassMap::<String, u64, _, Xxh3HashLoader>::load(file).unwrap();
    // The old file can still be read if it was opened before.
    assert_eq!(open(before).get("old").unwrap(), Some(1));
    let after = open(File::open(directory.join("words.massmap")).unwrap());
    assert_eq!(
        (after.get("old").unwrap(), after.get("new").unwrap()),
        (None, Some(2))
    );
    let mut names: Vec<_> = fs::read_dir(&directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["text.txt", "words.massmap"]);
}

#[test]
fn words_in_many_pages_are_all_found() {
    let directory = directory("many");
    let words: Vec<_> = (0..2000).map(|n| format!("word{n}")).collect();
    fs::write(directory.join("text.txt"), words.join(" ")).unwrap();

    let stdin = File::open(directory.join("text.txt")).unwrap();
    let output = run(&["count", "words.massmap"], &directory, stdin.into());
    assert_eq!(text(&output.stdout), "2000 different words in 12 pages\n");

    let mut arguments = vec!["look-up", "words.massmap"];
    arguments.extend(words.iter().map(String::as_str));
    let output = run(&arguments, &directory, Stdio::null());
    assert_eq!(
        text(&output.stdout),
        words.iter().map(|word| format!("{word} 1\n")).collect::<String>()
    );
}

#[test]
fn a_text_without_words_gives_an_empty_map() {
    let directory = directory("empty");
    let output = run(&["count", "words.massmap"], &directory, Stdio::null());
    assert_eq!(text(&output.stdout), "0 different words in 0 pages\n");
    let output = run(&["look-up", "words.massmap", "be"], &directory, Stdio::null());
    assert_eq!(text(&output.stdout), "be 0\n");
}

#[test]
fn other_files_are_refused_with_a_reason() {
    let directory = directory("refused");
    let refused = |map: &str| {
        let output = run(&["look-up", map, "be"], &directory, Stdio::null());
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(text(&output.stdout), "");
        text(&output.stderr).to_owned()
    };

    assert!(refused("missing.massmap").starts_with("error: "));

    fs::write(
        directory.join("text.txt"),
        "To be, or not to be: that is the question.\n",
    )
    .unwrap();
    assert!(refused("text.txt").contains("not a massmap file"));

    let file = File::create(directory.join("numbers.massmap")).unwrap();
    let numbers = (0..1000u64).map(|n| (n, n));
    MassMapBuilder::default()
        .with_bucket_count(1)
        .build(&file, numbers)
        .unwrap();
    assert!(refused("numbers.massmap").contains("not one of words and counts"));
}

#[test]
fn wrong_arguments_print_the_usage() {
    let directory = directory("usage");
    for arguments in [
        &[][..],
        &["count"],
        &["look-up", "words.massmap"],
        &["remove", "words.massmap"],
    ] {
        let output = run(arguments, &directory, Stdio::null());
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).starts_with("usage: "));
    }
}
