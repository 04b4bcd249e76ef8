use std::collections::HashSet;

use super::*;
use crate::atomic_file::tests::names;

const STALE: &str = ".massmap-Aa09zZ.tmp";

#[test]
fn names_are_recognised_and_differ() {
    let names: HashSet<_> = (0..1000).map(|_| random_name()).collect();
    assert_eq!(names.len(), 1000);
    for name in names {
        assert!(is_ours(name.as_ref()), "{name}");
    }
}

#[test]
fn a_file_that_nobody_has_locked_is_removed() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join(STALE), "half a file").unwrap();
    remove_stale(directory.path());
    assert_eq!(names(directory.path()), [""; 0]);
}

#[test]
fn a_live_file_is_not_removed() {
    let directory = tempfile::tempdir().unwrap();
    let live = Temporary::create(directory.path(), false).unwrap();
    let clone = live.file.try_clone().unwrap();
    remove_stale(directory.path());
    assert!(is_at(&live.file, &live.path).unwrap());
    drop(live);
    assert_eq!(names(directory.path()), [""; 0]);
    drop(clone);
}

#[test]
fn a_renamed_file_is_unlocked_even_if_there_are_clones() {
    let directory = tempfile::tempdir().unwrap();
    let temporary = Temporary::create(directory.path(), false).unwrap();
    let _clone = temporary.file.try_clone().unwrap();
    let target = directory.path().join("target");
    temporary.rename(&target).unwrap();
    assert_eq!(names(directory.path()), ["target"]);
    File::open(target).unwrap().try_lock().unwrap();
}

#[test]
fn a_file_whose_rename_fails_is_removed() {
    let directory = tempfile::tempdir().unwrap();
    let temporary = Temporary::create(directory.path(), false).unwrap();
    temporary
        .rename(&directory.path().join("missing/target"))
        .unwrap_err();
    assert_eq!(names(directory.path()), [""; 0]);
}

#[test]
fn other_names_survive() {
    let directory = tempfile::tempdir().unwrap();
    let mut others = [
        "target",
        ".massmap-.tmp",
        ".massmap-Aa09z.tmp",
        ".massmap-Aa09zZ1.tmp",
        ".massmap-Aa09z-.tmp",
        ".massmap-Aa09ü.tmp",
        ".massmap-Aa09zZ",
        ".massmap-Aa09zZ.tmp~",
        "massmap-Aa09zZ.tmp",
        "x.massmap-Aa09zZ.tmp",
    ];
    for name in others {
        fs::write(directory.path().join(name), "").unwrap();
    }
    remove_stale(directory.path());
    others.sort_unstable();
    assert_eq!(names(directory.path()), others);
}

#[test]
fn a_directory_with_such_a_name_survives() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join(STALE)).unwrap();
    remove_stale(directory.path());
    assert_eq!(names(directory.path()), [STALE]);
}

#[test]
fn a_directory_that_is_not_there_is_no_failure() {
    let directory = tempfile::tempdir().unwrap();
    remove_stale(&directory.path().join("missing"));
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;
    use std::process::Command;

    use super::*;

    #[test]
    fn links_and_what_they_lead_to_survive() {
        let directory = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let target = elsewhere.path().join(STALE);
        fs::write(&target, "").unwrap();
        symlink(&target, directory.path().join(STALE)).unwrap();
        symlink("nothing", directory.path().join(".massmap-000000.tmp")).unwrap();
        remove_stale(directory.path());
        assert_eq!(names(directory.path()), [".massmap-000000.tmp", STALE]);
        assert!(target.exists());
    }

    #[test]
    fn fifos_and_sockets_survive_and_are_not_waited_for() {
        let directory = tempfile::tempdir().unwrap();
        let fifo = directory.path().join(STALE);
        assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let _socket = UnixListener::bind(directory.path().join(".massmap-000000.tmp")).unwrap();
        remove_stale(directory.path());
        assert_eq!(names(directory.path()), [".massmap-000000.tmp", STALE]);
    }

    #[test]
    fn a_file_that_took_the_place_of_another_is_not_mistaken_for_it() {
        let directory = tempfile::tempdir().unwrap();
        let temporary = Temporary::create(directory.path(), false).unwrap();
        assert!(is_at(&temporary.file, &temporary.path).unwrap());
        fs::rename(&temporary.path, directory.path().join("elsewhere")).unwrap();
        is_at(&temporary.file, &temporary.path).unwrap_err();
        fs::write(&temporary.path, "another").unwrap();
        assert!(!is_at(&temporary.file, &temporary.path).unwrap());
    }

    #[test]
    fn a_name_that_was_given_again_is_left_to_its_new_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(STALE);
        fs::write(&path, "").unwrap();
        let opened = File::open(&path).unwrap();
        fs::rename(&path, directory.path().join("published")).unwrap();
        remove_if_unlocked(&opened, &path).unwrap_err();
        fs::write(&path, "another").unwrap();
        remove_if_unlocked(&opened, &path).unwrap();
        assert_eq!(names(directory.path()), [STALE, "published"]);
    }

    #[test]
    fn a_private_file_is_private_from_the_beginning() {
        let directory = tempfile::tempdir().unwrap();
        let temporary = Temporary::create(directory.path(), true).unwrap();
        assert_eq!(temporary.file.metadata().unwrap().mode() & 0o7777, 0o600);
    }

    #[test]
    fn a_directory_that_may_not_be_listed_can_still_take_a_file() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join(STALE), "").unwrap();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o300)).unwrap();
        let sealed = fs::read_dir(directory.path()).is_err();
        remove_stale(directory.path());
        let created = Temporary::create(directory.path(), false);
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o700)).unwrap();
        if !sealed {
            eprintln!("skipped: permissions do not stop root");
            return;
        }
        drop(created.unwrap());
        assert_eq!(names(directory.path()), [STALE]);
    }
}

#[test]
fn creating_and_cleaning_at_once_never_loses_a_live_file() {
    let directory = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..300 {
                    remove_stale(directory.path());
                    let temporary = Temporary::create(directory.path(), false).unwrap();
                    std::thread::yield_now();
                    assert!(is_at(&temporary.file, &temporary.path).unwrap());
                }
            });
        }
    });
    assert_eq!(names(directory.path()), [""; 0]);
}
