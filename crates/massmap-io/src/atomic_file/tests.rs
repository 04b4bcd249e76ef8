#[cfg(target_os = "linux")]
pub(super) mod users;

use std::error::Error;
use std::fs;
use std::time::{Duration, SystemTime};

use super::*;

/// The names of all entries of a directory, hidden ones included, sorted.
pub(super) fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn payload(error: &io::Error) -> &IoError {
    error.get_ref().unwrap().downcast_ref().unwrap()
}

#[test]
fn a_file_appears_when_it_is_committed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    let file = AtomicFile::create(&path).unwrap();
    file.write_all_at(b"content", 0).unwrap();
    assert!(!path.exists());
    file.commit().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"content");
    assert_eq!(names(directory.path()), ["file"]);
}

#[test]
fn the_temporary_path_names_the_file_until_it_is_committed_and_removing_it_prevents_that() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    let file = AtomicFile::create(&path).unwrap();
    let temporary = file.temporary_path().to_owned();
    file.write_all_at(b"content", 0).unwrap();
    assert_eq!(fs::read(&temporary).unwrap(), b"content");
    file.commit().unwrap();
    assert!(!temporary.exists());

    let file = AtomicFile::create(&path).unwrap();
    fs::remove_file(file.temporary_path()).unwrap();
    let error = file.commit().unwrap_err();
    assert!(matches!(
        payload(&error),
        IoError::Publish {
            step: PublishStep::Rename,
            ..
        }
    ));
    assert_eq!(fs::read(&path).unwrap(), b"content");
    assert_eq!(names(directory.path()), ["file"]);
}

#[test]
fn readers_of_the_old_file_keep_reading_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    fs::write(&path, "old and longer").unwrap();
    let old = File::open(&path).unwrap();
    let file = AtomicFile::create(&path).unwrap();
    file.write_all_at(b"new", 0).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"old and longer");
    file.commit().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    old.read_exact_at(0, 14, |bytes| {
        assert_eq!(bytes, b"old and longer");
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_range_of_another_file_is_copied_and_must_exist() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    let from = directory.path().join("from");
    fs::write(&from, "0123456789").unwrap();
    let from = File::open(&from).unwrap();
    let file = AtomicFile::create(&path).unwrap();
    file.copy_from(&from, 2, 3, 1).unwrap();
    file.copy_from(&from, 0, 1, 0).unwrap();
    let error = file.copy_from(&from, 8, 4, 10).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    assert!(matches!(
        payload(&error),
        IoError::UnexpectedEnd {
            offset: 8,
            length: 4,
            available: 2
        }
    ));
    file.file().set_len(4).unwrap();
    file.commit().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"0234");
}

#[cfg(target_os = "linux")]
#[test]
fn a_write_error_names_the_file_and_keeps_its_kind() {
    // Writing to this device fails like writing to a full disk.
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    let mut file = AtomicFile::create(&path).unwrap();
    file.temporary.file = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/full")
        .unwrap();
    let source = File::open("/dev/zero").unwrap();
    for (error, step) in [
        (file.write_all_at(b"x", 0).unwrap_err(), PublishStep::Write),
        (file.copy_from(&source, 0, 1, 0).unwrap_err(), PublishStep::Copy),
    ] {
        assert_eq!(error.kind(), ErrorKind::StorageFull);
        assert!(error.to_string().contains(&path.display().to_string()));
        assert!(matches!(payload(&error), IoError::Publish { step: found, .. } if *found == step));
        let source = error.source().and_then(<dyn Error>::downcast_ref::<io::Error>);
        assert_eq!(source.map(io::Error::kind), Some(ErrorKind::StorageFull));
    }
}

#[test]
fn without_a_commit_nothing_remains() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    fs::write(&path, "old").unwrap();
    let file = AtomicFile::create(&path).unwrap();
    file.write_all_at(b"new", 0).unwrap();
    assert_eq!(names(directory.path()).len(), 2);
    drop(file);
    assert_eq!(names(directory.path()), ["file"]);
    assert_eq!(fs::read(&path).unwrap(), b"old");
}

#[test]
fn files_of_killed_processes_are_removed_and_those_of_live_ones_are_not() {
    let directory = tempfile::tempdir().unwrap();
    let live = AtomicFile::create(directory.path().join("live")).unwrap();
    let path = directory.path().join("next");
    let stale = [
        NamePrefix::of(&path).name(&temporary::Creator::UNKNOWN),
        ".massmap-000000.tmp".to_owned(),
    ];
    for name in &stale {
        let file = File::create(directory.path().join(name)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(25 * 60 * 60))
            .unwrap();
    }
    let next = AtomicFile::create(path).unwrap();
    assert_eq!(names(directory.path()).len(), 2);
    next.commit().unwrap();
    live.commit().unwrap();
    assert_eq!(names(directory.path()), ["live", "next"]);
}

#[test]
fn concurrent_files_in_one_directory_do_not_disturb_each_other() {
    let directory = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let path = directory.path().join(thread.to_string());
            scope.spawn(move || {
                for round in 0u32..100 {
                    let file = AtomicFile::create(&path).unwrap();
                    file.write_all_at(&round.to_le_bytes(), 0).unwrap();
                    if round % 10 == 0 {
                        file.commit().unwrap();
                        assert_eq!(fs::read(&path).unwrap(), round.to_le_bytes());
                    }
                }
            });
        }
    });
    assert_eq!(
        names(directory.path()),
        (0..8).map(|thread| thread.to_string()).collect::<Vec<_>>()
    );
}

#[test]
fn errors_name_the_file_and_the_failed_step() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let cannot_write = |name: &str, cause: &str| format!("cannot write {}: {cause}", path(name).display());

    let error = AtomicFile::create(directory.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::IsADirectory);
    assert_eq!(
        error.to_string(),
        cannot_write("", "it is a directory").replace("/:", ":")
    );
    assert!(matches!(payload(&error), IoError::IsDirectory { path } if path == directory.path()));

    let error = AtomicFile::create(path("new/.")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(
        error.to_string(),
        cannot_write("new/.", "it does not name a file")
    );

    let error = AtomicFile::create(path("missing/file")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(
        error.to_string(),
        cannot_write("missing/file", "cannot create a temporary file beside it")
    );
    let source = error.source().unwrap().downcast_ref::<io::Error>().unwrap();
    assert_eq!(source.kind(), ErrorKind::NotFound);

    let file = AtomicFile::create(path("file")).unwrap();
    fs::create_dir(path("file")).unwrap();
    let error = file.commit().unwrap_err();
    assert_eq!(
        error.to_string(),
        cannot_write("file", "cannot rename the temporary file")
    );
    assert!(matches!(
        payload(&error),
        IoError::Publish {
            step: PublishStep::Rename,
            ..
        }
    ));
    assert_eq!(names(directory.path()), ["file"]);
}

#[cfg(unix)]
mod unix {
    use std::fs::Metadata;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};

    use super::*;

    fn mode(metadata: &Metadata) -> u32 {
        metadata.mode() & 0o7777
    }

    #[test]
    fn a_replaced_file_keeps_its_permissions_and_is_private_before() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        for kept in [0o600, 0o604, 0o666, 0o755] {
            fs::write(&path, "old").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(kept)).unwrap();
            let file = AtomicFile::create(&path).unwrap();
            assert_eq!(mode(&file.file().metadata().unwrap()), 0o600);
            file.commit().unwrap();
            assert_eq!(mode(&fs::metadata(&path).unwrap()), kept);
        }
    }

    #[test]
    fn a_file_that_root_replaces_keeps_its_owner() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        fs::write(&path, "old").unwrap();
        if chown(&path, Some(4321), Some(1234)).is_err() {
            eprintln!("skipped: only root can give a file away");
            return;
        }
        AtomicFile::create(&path).unwrap().commit().unwrap();
        let metadata = fs::metadata(&path).unwrap();
        assert_eq!((metadata.uid(), metadata.gid()), (4321, 1234));
    }

    #[test]
    fn a_write_protected_file_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
        if File::options().write(true).open(&path).is_ok() {
            eprintln!("skipped: permissions do not stop root");
            return;
        }
        let error = AtomicFile::create(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        assert_eq!(error.to_string(), format!("cannot write {}", path.display()));
        assert!(matches!(payload(&error), IoError::Unwritable { .. }));
    }

    #[test]
    fn symbolic_links_are_followed_and_stay() {
        let directory = tempfile::tempdir().unwrap();
        let far = tempfile::tempdir().unwrap();
        let link = directory.path().join("link");
        symlink(far.path().join("file"), &link).unwrap();
        for content in ["created", "replaced"] {
            let file = AtomicFile::create(&link).unwrap();
            assert_eq!(file.directory(), far.path());
            file.write_all_at(content.as_bytes(), 0).unwrap();
            file.commit().unwrap();
            assert_eq!(fs::read(far.path().join("file")).unwrap(), content.as_bytes());
        }
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(names(directory.path()), ["link"]);

        symlink("circle", directory.path().join("circle")).unwrap();
        let error = AtomicFile::create(directory.path().join("circle")).unwrap_err();
        assert!(matches!(payload(&error), IoError::TooManyLinks { .. }));
    }

    #[test]
    fn devices_are_not_replaced() {
        let error = AtomicFile::create("/dev/null").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(
            error.to_string(),
            "cannot write /dev/null: it is not a regular file, and would be replaced by one"
        );
        assert!(matches!(payload(&error), IoError::NotRegular { .. }));
    }
}
