//! Output files appear complete or not at all, and keep the attributes of replaced files.

use crate::harness::fixtures::map;
use crate::harness::{Directory, Outcome, PROGRAM};

const CONVERT: [&str; 4] = ["convert", "-i", "in.json", "-o"];

/// Converts `in.json` to `output`.
pub(crate) fn convert(directory: &Directory, output: &str) -> Outcome {
    directory.run(CONVERT.iter().chain(&[output, "--bucket-count", "4"]))
}

pub(crate) fn directory() -> Directory {
    Directory::with("in.json", r#"{"a": 1}"#)
}

/// The file that [`convert`] writes.
fn converted() -> Vec<u8> {
    map(4, &[("a".to_owned(), serde_json::json!(1))])
}

#[test]
fn an_existing_file_is_replaced_even_if_it_was_longer() {
    let directory = directory();
    directory.write("out", vec![7; 100_000]);
    convert(&directory, "out").success();
    assert!(directory.read("out") == converted());
    assert_eq!(directory.names(), ["in.json", "out"]);
}

#[test]
fn the_longest_possible_name_works() {
    let (directory, name) = (directory(), "n".repeat(255));
    convert(&directory, &name).success();
    assert!(directory.read(&name) == converted());
}

#[test]
fn an_output_that_names_no_file_is_refused() {
    let directory = directory();
    for (output, cause) in [
        ("new/", "it does not name a file"),
        ("new/.", "it does not name a file"),
        (".", "it is a directory"),
        ("..", "it is a directory"),
        ("/", "it is a directory"),
    ] {
        assert_eq!(
            convert(&directory, output).failure(),
            format!("cannot write {output}: {cause}")
        );
    }
    assert_eq!(directory.names(), ["in.json"]);
}

#[test]
fn a_directory_is_not_replaced() {
    let directory = directory();
    std::fs::create_dir(directory.path("out")).unwrap();
    for output in ["out", "out/"] {
        let message = convert(&directory, output).failure();
        assert_eq!(message, format!("cannot write {output}: it is a directory"));
        let message = directory.run(["merge", "-i", "in.json", "-o", output]).failure();
        assert_eq!(message, format!("cannot write {output}: it is a directory"));
    }
    assert!(directory.path("out").is_dir());
    assert_eq!(directory.names(), ["in.json", "out"]);
}

#[test]
fn a_missing_directory_is_an_error() {
    let directory = directory();
    let message = convert(&directory, "missing/out").failure();
    let start = "cannot write missing/out: cannot create a temporary file beside it: ";
    assert!(message.starts_with(start), "{message}");
    let message = convert(&directory, "in.json/out").failure();
    assert!(message.starts_with("cannot write in.json/out: "), "{message}");
    assert_eq!(directory.names(), ["in.json"]);
}

/// Each command that writes a map, with `out` as its output.
pub(crate) const COMMANDS: [[&str; 5]; 3] = [
    ["convert", "-i", "in.json", "-o", "out"],
    ["build", "-i", "in.json", "-o", "out"],
    ["merge", "-i", "whole", "-o", "out"],
];

#[cfg(unix)]
mod unix {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, chown, lchown, symlink};
    use std::os::unix::net::UnixListener;
    use std::os::unix::process::CommandExt;

    use super::*;

    fn mode(directory: &Directory, name: &str) -> u32 {
        fs::metadata(directory.path(name)).unwrap().mode() & 0o7777
    }

    #[test]
    fn devices_sockets_and_fifos_are_not_replaced() {
        let directory = directory();
        symlink("/dev/null", directory.path("null")).unwrap();
        let _socket = UnixListener::bind(directory.path("socket")).unwrap();
        let made = directory.command("mkfifo").arg("fifo").status().unwrap();
        assert!(made.success());

        for output in ["/dev/null", "null", "socket", "fifo"] {
            let cause = "it is not a regular file, and would be replaced by one";
            assert_eq!(
                convert(&directory, output).failure(),
                format!("cannot write {output}: {cause}")
            );
        }
        assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
        assert!(fs::symlink_metadata(directory.path("null")).unwrap().is_symlink());
        assert_eq!(directory.names(), ["fifo", "in.json", "null", "socket"]);
    }

    #[test]
    fn the_target_of_a_symbolic_link_is_replaced() {
        let directory = directory();
        fs::create_dir_all(directory.path("far/away")).unwrap();
        directory.write("far/file", "old");
        symlink("../file", directory.path("far/away/second")).unwrap();
        symlink("far/away/second", directory.path("first")).unwrap();

        convert(&directory, "first").success();
        assert!(directory.read("far/file") == converted());
        for link in ["first", "far/away/second"] {
            assert!(fs::symlink_metadata(directory.path(link)).unwrap().is_symlink());
        }
        assert_eq!(directory.names(), ["far", "first", "in.json"]);
        assert_eq!(fs::read_dir(directory.path("far")).unwrap().count(), 2);
    }

    #[test]
    fn a_dangling_link_creates_its_target() {
        let directory = directory();
        fs::create_dir(directory.path("far")).unwrap();
        symlink(directory.path("far/new"), directory.path("link")).unwrap();
        convert(&directory, "link").success();
        assert!(directory.read("far/new") == converted());
        assert!(fs::symlink_metadata(directory.path("link")).unwrap().is_symlink());
    }

    #[test]
    fn circular_links_are_an_error() {
        let directory = directory();
        symlink("a", directory.path("b")).unwrap();
        symlink("b", directory.path("a")).unwrap();
        assert_eq!(
            convert(&directory, "a").failure(),
            "cannot write a: too many symbolic links"
        );
        assert_eq!(directory.names(), ["a", "b", "in.json"]);
    }

    #[test]
    fn a_new_file_has_the_permissions_of_the_umask() {
        for (umask, expected) in [("022", 0o644), ("027", 0o640), ("000", 0o666), ("077", 0o600)] {
            let directory = directory();
            let arguments = CONVERT.iter().chain(&["out"]);
            directory
                .run_after(&format!("umask {umask}"), arguments)
                .success();
            assert_eq!(mode(&directory, "out"), expected, "umask {umask}");
        }
    }

    #[test]
    fn a_replaced_file_keeps_its_permissions() {
        for kept in [0o600, 0o604, 0o666, 0o755] {
            let directory = directory();
            directory.write("out", "old");
            fs::set_permissions(directory.path("out"), Permissions::from_mode(kept)).unwrap();
            let arguments = CONVERT.iter().chain(&["out"]);
            directory.run_after("umask 077", arguments).success();
            assert_eq!(mode(&directory, "out"), kept);
            assert_ne!(directory.read("out"), b"old");
        }
    }

    #[test]
    fn a_file_replaced_by_root_keeps_its_owner() {
        let directory = directory();
        directory.write("out", "old");
        if chown(directory.path("out"), Some(4321), Some(1234)).is_err() {
            eprintln!("skipped: only root can give a file away");
            return;
        }
        convert(&directory, "out").success();
        let metadata = fs::metadata(directory.path("out")).unwrap();
        assert_eq!((metadata.uid(), metadata.gid()), (4321, 1234));
        assert!(directory.read("out") == converted());
    }

    /// Replaces, as `user`, a world-writable file of another user. Returns owner, group and mode of the new file, and stderr.
    fn replaced_as(user: u32, arguments: &[&str]) -> (u32, u32, u32, String) {
        let directory = directory();
        directory.write("whole", map(4, &[(1, 2)]));
        directory.write("out", "old");
        fs::set_permissions(directory.path("."), Permissions::from_mode(0o777)).unwrap();
        chown(directory.path("out"), Some(4321), Some(1234)).unwrap();
        fs::set_permissions(directory.path("out"), Permissions::from_mode(0o666)).unwrap();
        let outcome = Outcome::of(directory.command(PROGRAM).args(arguments).uid(user).gid(user));
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        let metadata = fs::metadata(directory.path("out")).unwrap();
        let mode = metadata.mode() & 0o7777;
        (metadata.uid(), metadata.gid(), mode, outcome.stderr)
    }

    #[test]
    fn lost_attributes_of_a_replaced_file_are_a_warning_of_every_command() {
        let probe = |user| directory().command(PROGRAM).arg("--version").uid(user).output();
        // One of them may be the user that runs the tests.
        if [2001, 2002].into_iter().any(|user| probe(user).is_err()) {
            eprintln!(
                "skipped: only root can run the program as another user, and only where others reach it"
            );
            return;
        }
        for arguments in COMMANDS {
            let (uid, gid, mode, stderr) = replaced_as(2001, &arguments);
            assert_eq!((uid, gid, mode), (2001, 2001, 0o606), "{stderr}");
            assert_eq!(
                stderr,
                "massmap: warning: out: its group (1234) cannot be kept: it will have another, which gets no rights\n\
                 massmap: warning: out: its permissions (666) cannot be kept: it will have 606\n\
                 massmap: warning: out: its owner (user 4321) cannot be kept: it will belong to the user who writes it\n"
            );
            assert_eq!(replaced_as(0, &arguments), (4321, 1234, 0o666, String::new()));
        }
    }

    #[test]
    fn links_of_other_users_in_directories_like_tmp_are_refused_by_every_command() {
        let directory = directory();
        directory.write("whole", map(4, &[(1, 2)]));
        fs::create_dir(directory.path("shared")).unwrap();
        fs::set_permissions(directory.path("shared"), Permissions::from_mode(0o1777)).unwrap();
        symlink("../out", directory.path("shared/link")).unwrap();
        convert(&directory, "shared/link").success();
        if lchown(directory.path("shared/link"), Some(4000), None).is_err() {
            eprintln!("skipped: only root can give a link away");
            return;
        }
        directory.write("out", "old");
        for [command, i, input, o, _] in COMMANDS {
            let outcome = directory.run([command, i, input, o, "shared/link"]);
            assert_eq!(
                outcome.failure(),
                "cannot write shared/link: the symbolic link shared/link belongs to another user, in a directory where everybody \
                 can create links: name the file that it should lead to, or remove the link"
            );
        }
        assert_eq!(directory.read("out"), b"old");
    }

    #[test]
    fn a_write_protected_file_is_not_replaced() {
        let directory = directory();
        directory.write("out", "old");
        fs::set_permissions(directory.path("out"), Permissions::from_mode(0o444)).unwrap();
        if fs::File::options()
            .write(true)
            .open(directory.path("out"))
            .is_ok()
        {
            eprintln!("skipped: permissions do not stop root");
            return;
        }
        assert_eq!(
            convert(&directory, "out").failure(),
            "cannot write out: Permission denied (os error 13)"
        );
        assert_eq!(directory.read("out"), b"old");
        assert_eq!(directory.names(), ["in.json", "out"]);
    }

    #[test]
    fn a_read_only_directory_is_an_error() {
        let directory = directory();
        fs::create_dir(directory.path("sealed")).unwrap();
        directory.write("sealed/out", "old");
        fs::set_permissions(directory.path("sealed"), Permissions::from_mode(0o555)).unwrap();
        let sealed = fs::File::create(directory.path("sealed/probe")).is_err();
        let outcomes = ["sealed/out", "sealed/new"].map(|output| (output, convert(&directory, output)));
        let names = fs::read_dir(directory.path("sealed")).unwrap().count();
        fs::set_permissions(directory.path("sealed"), Permissions::from_mode(0o755)).unwrap();
        if !sealed {
            eprintln!("skipped: permissions do not stop root");
            return;
        }
        for (output, outcome) in outcomes {
            let message = outcome.failure();
            let start =
                format!("cannot write {output}: cannot create a temporary file beside it: Permission denied");
            assert!(message.starts_with(&start), "{message}");
        }
        assert_eq!(names, 1);
        assert_eq!(directory.read("sealed/out"), b"old");
    }

    #[test]
    fn a_failed_write_leaves_only_the_old_file() {
        let directory = directory();
        directory.write("out", "old");
        directory.write("whole", map(100_000, &[(1, 2)]));
        directory.write("large", map(1, &[(1, "x".repeat(10_000))]));
        let names = directory.names();
        // A file size limit without its signal makes writes fail as on a full disk.
        let setup = "trap '' XFSZ; ulimit -f 8";
        for output in ["out", "new"] {
            for arguments in [
                &["convert", "-i", "in.json", "-o", output][..],
                &["convert", "-i", "in.json", "--buffer-size", "1", "-o", output],
                &["build", "-i", "in.json", "--page-size", "65536", "-o", output],
                &[
                    "build",
                    "-i",
                    "in.json",
                    "--format",
                    "v1",
                    "--buffer-size",
                    "1",
                    "-o",
                    output,
                ],
                &["merge", "-i", "whole", "-o", output],
                &["merge", "-i", "large", "-o", output],
                &[
                    "merge",
                    "-i",
                    "whole",
                    "--format",
                    "v2",
                    "--page-size",
                    "65536",
                    "-o",
                    output,
                ],
            ] {
                let message = directory.run_after(setup, arguments).failure();
                let mut start = format!("cannot write {output}: cannot write the temporary file: ");
                if arguments.contains(&"large") {
                    let cause = format!("cannot write {output}: cannot copy to the temporary file: ");
                    start = format!("large: the buckets of map 0 (from 0) cannot be copied: {cause}");
                }
                assert!(
                    message.starts_with(&format!("{start}File too large")),
                    "{message}"
                );
                assert_eq!(directory.read("out"), b"old");
                assert_eq!(directory.names(), names);
            }
        }
    }
}
