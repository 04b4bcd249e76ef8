#![cfg(target_os = "linux")]

use std::fs::{self, Permissions};
use std::io::{Error, ErrorKind};
use std::os::unix::fs::{PermissionsExt, chown, lchown, symlink};
use std::path::PathBuf;

use crate::atomic_file::AtomicFile;
use crate::atomic_file::tests::users::{as_user, is_root};
use crate::{IoError, MassMapWriter};

const STICKY_AND_OPEN: u32 = 0o1777;

/// A directory like `/tmp`, and a directory beside it that everybody may write to.
struct Fixture {
    _directory: tempfile::TempDir,
    sticky: PathBuf,
    beside: PathBuf,
}

impl Fixture {
    fn new(mode: u32) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let [sticky, beside] = ["sticky", "beside"].map(|name| directory.path().join(name));
        fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
        for (path, mode) in [(&sticky, mode), (&beside, 0o777)] {
            fs::create_dir(path).unwrap();
            fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        }
        Self {
            _directory: directory,
            sticky,
            beside,
        }
    }

    /// With directories of user 3001.
    fn of_3001(mode: u32) -> Self {
        let fixture = Self::new(mode);
        for path in [&fixture.sticky, &fixture.beside] {
            chown(path, Some(3001), None).unwrap();
        }
        fixture
    }

    /// A link of user `owner` in the sticky directory, to a file in the other directory.
    fn link(&self, name: &str, owner: u32) -> PathBuf {
        let link = self.sticky.join(name);
        symlink("../beside/file", &link).unwrap();
        lchown(&link, Some(owner), None).unwrap();
        link
    }

    /// A file of user `owner` in the sticky directory, which everybody may write to.
    fn file(&self, name: &str, owner: u32) -> PathBuf {
        let file = self.sticky.join(name);
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o666)).unwrap();
        chown(&file, Some(owner), None).unwrap();
        file
    }
}

fn write(path: &PathBuf) -> Result<(), Error> {
    let file = AtomicFile::create(path)?;
    file.write_all_at(b"new", 0)?;
    file.commit()
}

fn payload(error: &Error) -> &IoError {
    error.get_ref().unwrap().downcast_ref().unwrap()
}

#[track_caller]
fn assert_foreign_link(result: Result<(), Error>, named: &PathBuf, foreign: &PathBuf) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(error.to_string().contains("belongs to another user"), "{error}");
    match payload(&error) {
        IoError::ForeignLink { path, link } => assert_eq!((path, link), (named, foreign)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_users_own_link_in_a_sticky_directory_is_followed() {
    let fixture = Fixture::new(STICKY_AND_OPEN);
    let link = fixture.sticky.join("link");
    symlink("../beside/file", &link).unwrap();
    write(&link).unwrap();
    assert_eq!(fs::read(fixture.beside.join("file")).unwrap(), b"new");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
}

#[test]
fn a_link_of_another_user_in_a_sticky_directory_is_refused() {
    if !is_root() {
        return;
    }
    let fixture = Fixture::of_3001(STICKY_AND_OPEN);
    let foreign = fixture.link("foreign", 4000);
    // By root too, whether or not the target of the link exists.
    assert_foreign_link(write(&foreign), &foreign, &foreign);
    as_user(4001, &[4001], || {
        assert_foreign_link(write(&foreign), &foreign, &foreign)
    });
    assert!(!fixture.beside.join("file").exists());
    fs::write(fixture.beside.join("file"), "old").unwrap();
    assert_foreign_link(write(&foreign), &foreign, &foreign);

    // Also behind the user's own link.
    let first = fixture.beside.join("first");
    symlink("../sticky/foreign", &first).unwrap();
    let by_the_first = fixture.beside.join("../sticky/foreign");
    assert_foreign_link(write(&first), &first, &by_the_first);
    assert_eq!(fs::read(fixture.beside.join("file")).unwrap(), b"old");

    // The owner of a link may use it, and everybody may use that of the directory's owner.
    as_user(4000, &[4000], || AtomicFile::create(&foreign).map(drop)).unwrap_err();
    fs::set_permissions(fixture.beside.join("file"), Permissions::from_mode(0o666)).unwrap();
    as_user(4000, &[4000], || write(&foreign)).unwrap();
    let trusted = fixture.link("trusted", 3001);
    write(&trusted).unwrap();
    as_user(4001, &[4001], || write(&trusted)).unwrap();
}

#[test]
fn links_of_others_are_followed_in_directories_that_are_not_sticky_or_not_open() {
    if !is_root() {
        return;
    }
    for mode in [0o777, 0o1775, 0o755, 0o1755] {
        let fixture = Fixture::of_3001(mode);
        let link = fixture.link("foreign", 4000);
        write(&link).unwrap();
        fs::set_permissions(fixture.beside.join("file"), Permissions::from_mode(0o666)).unwrap();
        as_user(4001, &[4001], || write(&link)).unwrap();
        assert_eq!(fs::read(fixture.beside.join("file")).unwrap(), b"new", "{mode:o}");
    }
}

#[test]
fn root_does_not_replace_a_file_of_another_user_in_a_sticky_directory() {
    if !is_root() {
        return;
    }
    let fixture = Fixture::of_3001(STICKY_AND_OPEN);
    let foreign = fixture.file("foreign", 4000);
    for error in [write(&foreign), as_user(4001, &[4001], || write(&foreign))] {
        let error = error.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        assert!(matches!(payload(&error), IoError::ForeignFile { path } if *path == foreign));
    }
    assert_eq!(fs::read(&foreign).unwrap(), b"old");
    assert_eq!(fs::read_dir(&fixture.sticky).unwrap().count(), 1);
    // The owner of the file and the owner of the directory may.
    as_user(4000, &[4000], || write(&foreign)).unwrap();
    fs::set_permissions(&foreign, Permissions::from_mode(0o666)).unwrap();
    as_user(3001, &[3001], || write(&foreign)).unwrap();
    write(&fixture.file("of the directory's owner", 3001)).unwrap();
    write(&fixture.file("own", 0)).unwrap();
}

#[test]
fn files_that_a_sticky_directory_protects_are_refused_before_the_work() {
    if !is_root() {
        return;
    }
    // A directory that is writable for a group, and a file that is writable for everybody.
    let fixture = Fixture::of_3001(0o1770);
    chown(&fixture.sticky, None, Some(3000)).unwrap();
    let file = fixture.file("file", 4000);
    let error = as_user(4001, &[3000], || AtomicFile::create(&file).map(drop)).unwrap_err();
    assert!(matches!(payload(&error), IoError::ForeignFile { .. }));
    // The system would refuse it at the end.
    let other = fixture.beside.join("other");
    fs::write(&other, "").unwrap();
    let refused = as_user(4001, &[3000], || fs::rename(&other, &file)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
    // Root may: only users that the directory's owner allowed can have created the file.
    write(&file).unwrap();
}
