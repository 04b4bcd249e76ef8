//! Paths that name streams.

use std::fs;
use std::path::{Path, PathBuf};

/// Paths of standard streams, also where the system has no such files.
const NAMES: [&str; 4] = ["-", "/dev/stdout", "/dev/stderr", "/dev/stdin"];

/// As many links as Linux follows.
const MOST_LINKS: usize = 40;

/// Whether a path, or a path that it leads to, names an open file of a process, such as its standard output, rather than a file.
pub(super) fn is_stream(path: &Path) -> bool {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let directory = directory_of(&path);
        let resolved = fs::canonicalize(&directory);
        let is_named = NAMES.iter().any(|name| path == Path::new(name));
        if is_named
            || has_open_files(&directory)
            || resolved.is_ok_and(|directory| has_open_files(&directory))
        {
            return true;
        }
        match fs::read_link(&path) {
            Ok(target) => path = directory.join(target),
            Err(_) => return false,
        }
    }
    false
}

fn directory_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Whether a directory is that of the open files of a process: `/dev/fd`, or one such as `/proc/self/fd`.
fn has_open_files(directory: &Path) -> bool {
    directory == Path::new("/dev/fd") || directory.starts_with("/proc") && directory.ends_with("fd")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_have_many_names() {
        for name in [
            "-",
            "/dev/stdout",
            "/dev//stderr",
            "/dev/./stdin",
            "/dev/fd/63",
            "/proc/self/fd/1",
            "/proc/thread-self/fd/1",
            "/proc/1/fd/1",
            "/proc/1/task/1/fd/1",
        ] {
            assert!(is_stream(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn files_are_no_streams() {
        for name in [
            "./-",
            "a",
            "",
            "/",
            "/dev/null",
            "stdout",
            "fd/1",
            "/proc/version",
            "/proc/self/fd",
        ] {
            assert!(!is_stream(Path::new(name)), "{name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_leads_to_a_stream_is_one() {
        use std::os::unix::fs::symlink;

        let directory = tempfile::tempdir().unwrap();
        let at = |name| directory.path().join(name);
        symlink("/dev/fd/1", at("link")).unwrap();
        symlink("link", at("second")).unwrap();
        symlink("circular", at("circular")).unwrap();
        symlink("missing", at("dangling")).unwrap();
        symlink("/dev", at("devices")).unwrap();
        for (name, expected) in [
            ("link", true),
            ("second", true),
            ("devices/stdout", true),
            ("circular", false),
            ("dangling", false),
            ("devices/null", false),
        ] {
            assert_eq!(is_stream(&at(name)), expected, "{name}");
        }
    }
}
