//! Files that are dumped and built again.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Outcome;
use super::PROGRAM;

/// The longest file that is built again after each build of a test, in bytes.
const LONGEST: usize = 256 << 10;

/// Dumps a file in `format`, and builds it again. Gives the bytes of the new file, or the message of the dump that fails.
#[track_caller]
pub(crate) fn built_again(file: &Path, format: &str) -> Result<Vec<u8>, String> {
    built_again_with(file, format, &[], &[])
}

/// The same with more options of `dump` and of `build`.
#[track_caller]
pub(crate) fn built_again_with(
    file: &Path,
    format: &str,
    dump_options: &[&str],
    build_options: &[&str],
) -> Result<Vec<u8>, String> {
    let directory = tempfile::tempdir().unwrap();
    let again = directory.path().join("again");
    let mut build = Command::new(PROGRAM);
    build
        .args(["build", "--input-format", format, "--like"])
        .arg(file)
        .arg("-o")
        .arg(&again)
        .args(build_options)
        .arg("-i");
    let mut dump = Command::new(PROGRAM);
    dump.args(["dump", "--format", format])
        .args(dump_options)
        .arg(file);
    // Which cannot be read from its beginning to its end.
    if format == "parquet" {
        let path = directory.path().join("dumped");
        let dumped = Outcome::of(dump.arg("-o").arg(&path));
        if dumped.code != Some(0) {
            return Err(dumped.failure());
        }
        Outcome::of(build.arg(path)).success();
        return Ok(std::fs::read(again).unwrap());
    }
    let mut dump = dump
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let built = Outcome::of(build.arg("-").stdin(dump.stdout.take().unwrap()));
    // Its end of the pipe would keep the other one waiting.
    drop(build);
    let dumped = Outcome::from(dump.wait_with_output().unwrap());
    if dumped.code != Some(0) {
        return Err(dumped.failure());
    }
    assert_eq!(dumped.stderr, "");
    built.success();
    Ok(std::fs::read(again).unwrap())
}

/// Checks a file that a run with these arguments has built: what is dumped of it gives the same file again.
#[track_caller]
pub(super) fn check_after(arguments: &[OsString], outcome: &Outcome, directory: &Path) {
    if outcome.code != Some(0) || arguments.first().is_none_or(|command| command != "build") {
        return;
    }
    let Some(path) = output(arguments) else { return };
    let path = directory.join(path);
    let Ok(file) = std::fs::read(&path) else { return };
    if file.len() > LONGEST {
        return;
    }
    assert!(built_again(&path, "ndjson").unwrap() == file, "{arguments:?}");
}

fn output(arguments: &[OsString]) -> Option<PathBuf> {
    let is_output = |argument: &OsString| argument == "-o" || argument == "--output";
    let mut after = arguments.iter().skip_while(|argument| !is_output(argument));
    after.next()?;
    after
        .next()
        .map(|path: &OsString| PathBuf::from(path.as_os_str() as &OsStr))
}
