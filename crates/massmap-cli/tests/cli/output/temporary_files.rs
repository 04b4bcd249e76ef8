//! Temporary files that killed runs leave.

use std::fs::File;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use crate::harness::fixtures::map;
use crate::harness::{Directory, PROGRAM};
use crate::output::files::{COMMANDS, convert, directory};

#[test]
fn temporary_files_older_than_a_day_are_removed_by_every_command() {
    let directory = directory();
    directory.write("whole", map(4, &[(1, 2)]));
    let long_ago = SystemTime::now() - Duration::from_secs(25 * 60 * 60);
    let leave = |name: &str| {
        directory.write(name, "half a file");
        let file = File::options().write(true).open(directory.path(name)).unwrap();
        file.set_modified(long_ago).unwrap();
        file
    };
    let live = leave(".massmap-live00.tmp");
    live.try_lock().unwrap();
    // They may belong to another host, whose locks are not visible here.
    directory.write(".massmap-fresh0.tmp", "another run's");
    for arguments in COMMANDS {
        leave(".massmap-Xy12Zz.tmp");
        directory.run(arguments).success();
        assert_eq!(
            directory.names(),
            [
                ".massmap-fresh0.tmp",
                ".massmap-live00.tmp",
                "in.json",
                "out",
                "whole"
            ]
        );
    }
}

/// Starts a build of `output` that waits for its input. Returns the name of its temporary file.
fn begin_build(directory: &Directory, output: &str) -> (Child, String) {
    begin(
        directory,
        directory
            .command(PROGRAM)
            .args(["build", "-i", "-", "-o", output])
            .stderr(Stdio::null()),
    )
}

/// Starts a command that writes and waits for its input. Returns the name of its temporary file.
pub(super) fn begin(directory: &Directory, build: &mut Command) -> (Child, String) {
    let before = directory.names();
    let mut child = build.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    loop {
        let mut names = directory.names();
        names.retain(|name| !before.contains(name));
        if let Some(name) = names.pop() {
            return (child, name);
        }
        assert_eq!(child.try_wait().unwrap(), None, "it ended early");
        sleep(Duration::from_millis(1));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_temporary_file_of_a_killed_run_is_removed_by_the_next_run_for_the_same_output() {
    let directory = directory();
    directory.write("whole", map(4, &[(1, 2)]));
    let (mut live, of_live) = begin_build(&directory, "out");
    let (mut other, of_other) = begin_build(&directory, "other");
    other.kill().unwrap();
    other.wait().unwrap();
    for arguments in COMMANDS {
        let (mut killed, of_killed) = begin_build(&directory, "out");
        killed.kill().unwrap();
        killed.wait().unwrap();
        assert!(directory.names().contains(&of_killed));
        directory.run(arguments).success();
        let mut left = [&of_live, &of_other, "in.json", "out", "whole"].map(str::to_owned);
        left.sort();
        assert_eq!(directory.names(), left);
    }
    drop(live.stdin.take());
    live.wait().unwrap();
    directory.run(["build", "-i", "in.json", "-o", "other"]).success();
    assert_eq!(directory.names(), ["in.json", "other", "out", "whole"]);
}

#[cfg(target_os = "linux")]
#[test]
fn temporary_files_of_containers_are_removed_a_day_after_their_last_use() {
    // It has process IDs of its own, so a missing process of this ID means nothing.
    const CONTAINER: [&str; 5] = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"];
    let directory = directory();
    let [unshare, options @ ..] = CONTAINER;
    let contain = |arguments: &[&str]| {
        let mut command = directory.command(unshare);
        command.args(options).args(arguments);
        command
    };
    if !contain(&["true"]).status().is_ok_and(|status| status.success()) {
        eprintln!("skipped: only root makes namespaces, with the program unshare");
        return;
    }
    let mut build = contain(&[PROGRAM, "build", "-i", "-", "-o", "out"]);
    build.stderr(Stdio::null());
    let (mut container, temporary) = begin(&directory, &mut build);
    convert(&directory, "out").success();
    assert_eq!(directory.names(), [&temporary, "in.json", "out"], "it lives");
    // Waiting closes the input, and a build whose input ends before it is killed cleans up.
    let _stdin = container.stdin.take();
    container.kill().unwrap();
    container.wait().unwrap();
    let file = File::options()
        .write(true)
        .open(directory.path(&temporary))
        .unwrap();
    // Waits for the build too.
    file.lock().unwrap();
    file.unlock().unwrap();
    convert(&directory, "out").success();
    assert_eq!(directory.names(), [&temporary, "in.json", "out"], "it may live");
    file.set_modified(SystemTime::now() - Duration::from_secs(25 * 60 * 60))
        .unwrap();
    convert(&directory, "out").success();
    assert_eq!(directory.names(), ["in.json", "out"]);
}

#[cfg(unix)]
#[test]
fn the_temporary_file_exists_before_the_input_is_read_and_becomes_the_output() {
    use std::os::unix::fs::MetadataExt;
    let directory = directory();
    directory.write("out", "old");
    let (mut child, temporary) = begin_build(&directory, "out");
    let number = std::fs::metadata(directory.path(temporary)).unwrap().ino();
    child.stdin.take().unwrap().write_all(br#"{"a": 1}"#).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(std::fs::metadata(directory.path("out")).unwrap().ino(), number);
    assert_eq!(directory.names(), ["in.json", "out"]);
}
