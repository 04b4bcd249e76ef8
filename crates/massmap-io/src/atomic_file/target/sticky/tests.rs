#![cfg(target_os = "linux")]

use std::fs::{self, Permissions};
use std::io::{Error, ErrorKind};
use std::os::unix::fs::{PermissionsExt, chown, lchown, symlink};
use std::path::PathBuf;

use crate::atomic_file::AtomicFile;
use crate::atomic_file::tests::users::{as_user, is_root};
use crate::{IoError, MassMapWriter};

const STICKY_AND_OPEN: u32 = 0o1777;

/// A directory like `/tmp` and one beside it that everybody may write to, both of user 3001.
struct Place {
    _directory: tempfile::TempDir,
    sticky: PathBuf,
    beside: PathBuf,
}

impl Place {
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

    /// With other directories than this user's.
    fn of_3001(mode: u32) -> Self {
        let place = Self::new(mode);
        for path in [&place.sticky, &place.beside] {
            chown(path, Some(3001), None).unwrap();
        }
        place
    }

    /// A link of user `owner` in the sticky directory, which leads to a file beside it.
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
    assert!(error.to_string().contains("is another user's"), "{error}");
    match payload(&error) {
        IoError::ForeignLink { path, link } => assert_eq!((path, link), (named, foreign)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn ones_own_link_in_a_sticky_directory_is_followed() {
    let place = Place::new(STICKY_AND_OPEN);
    let link = place.sticky.join("link");
    symlink("../beside/file", &link).unwrap();
    write(&link).unwrap();
    assert_eq!(fs::read(place.beside.join("file")).unwrap(), b"new");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
}

#[test]
fn a_link_of_another_user_in_a_sticky_directory_is_refused() {
    if !is_root() {
        return;
    }
    let place = Place::of_3001(STICKY_AND_OPEN);
    let foreign = place.link("foreign", 4000);
    // Root too, wherever the link leads: to a file, and to nothing.
    assert_foreign_link(write(&foreign), &foreign, &foreign);
    as_user(4001, &[4001], || {
        assert_foreign_link(write(&foreign), &foreign, &foreign)
    });
    assert!(!place.beside.join("file").exists());
    fs::write(place.beside.join("file"), "old").unwrap();
    assert_foreign_link(write(&foreign), &foreign, &foreign);

    // Behind one's own link as well.
    let first = place.beside.join("first");
    symlink("../sticky/foreign", &first).unwrap();
    let by_the_first = place.beside.join("../sticky/foreign");
    assert_foreign_link(write(&first), &first, &by_the_first);
    assert_eq!(fs::read(place.beside.join("file")).unwrap(), b"old");

    // Its owner may use it, and everybody that of the directory's owner.
    as_user(4000, &[4000], || AtomicFile::create(&foreign).map(drop)).unwrap_err();
    fs::set_permissions(place.beside.join("file"), Permissions::from_mode(0o666)).unwrap();
    as_user(4000, &[4000], || write(&foreign)).unwrap();
    let trusted = place.link("trusted", 3001);
    write(&trusted).unwrap();
    as_user(4001, &[4001], || write(&trusted)).unwrap();
}

#[test]
fn links_of_others_in_directories_that_are_not_both_sticky_and_open_are_followed() {
    if !is_root() {
        return;
    }
    for mode in [0o777, 0o1775, 0o755, 0o1755] {
        let place = Place::of_3001(mode);
        let link = place.link("foreign", 4000);
        write(&link).unwrap();
        fs::set_permissions(place.beside.join("file"), Permissions::from_mode(0o666)).unwrap();
        as_user(4001, &[4001], || write(&link)).unwrap();
        assert_eq!(fs::read(place.beside.join("file")).unwrap(), b"new", "{mode:o}");
    }
}

#[test]
fn a_file_that_another_user_put_into_a_sticky_directory_is_not_replaced_and_left_to_him() {
    if !is_root() {
        return;
    }
    let place = Place::of_3001(STICKY_AND_OPEN);
    let foreign = place.file("foreign", 4000);
    for error in [write(&foreign), as_user(4001, &[4001], || write(&foreign))] {
        let error = error.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        assert!(matches!(payload(&error), IoError::ForeignFile { path } if *path == foreign));
    }
    assert_eq!(fs::read(&foreign).unwrap(), b"old");
    assert_eq!(fs::read_dir(&place.sticky).unwrap().count(), 1);
    // The owner of the file, and that of the directory.
    as_user(4000, &[4000], || write(&foreign)).unwrap();
    fs::set_permissions(&foreign, Permissions::from_mode(0o666)).unwrap();
    as_user(3001, &[3001], || write(&foreign)).unwrap();
    write(&place.file("of the directory's owner", 3001)).unwrap();
    write(&place.file("own", 0)).unwrap();
}

#[test]
fn what_a_sticky_directory_does_not_let_be_replaced_is_refused_before_the_work() {
    if !is_root() {
        return;
    }
    // Open to a group only, and the file to everybody.
    let place = Place::of_3001(0o1770);
    chown(&place.sticky, None, Some(3000)).unwrap();
    let file = place.file("file", 4000);
    let error = as_user(4001, &[3000], || AtomicFile::create(&file).map(drop)).unwrap_err();
    assert!(matches!(payload(&error), IoError::ForeignFile { .. }));
    // The system would have refused it at the end.
    let other = place.beside.join("other");
    fs::write(&other, "").unwrap();
    let refused = as_user(4001, &[3000], || fs::rename(&other, &file)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
    // Root may, and nobody whom the directory's owner did not let in put the file there.
    write(&file).unwrap();
}
