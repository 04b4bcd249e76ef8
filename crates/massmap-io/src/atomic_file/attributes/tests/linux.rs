//! Replaced files with owners, groups, lists and attributes of all kinds. What takes another user is tried where the tests run
//! as root, on a thread that gives up its rights; what takes no more than a file's owner, everywhere.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::chown;
use std::path::PathBuf;

use rustix::thread::CapabilitySet;

use super::super::extended::{access_list, set, set_access_list, user_attributes};
use super::*;
use crate::atomic_file::AtomicFile;
use crate::atomic_file::temporary::Stem;
use crate::atomic_file::tests::users::{as_user, is_root, without};

/// A file to be replaced, in a directory that everybody may write to, as is the file.
struct Place {
    _directory: tempfile::TempDir,
    directory: PathBuf,
    path: PathBuf,
}

impl Place {
    fn new(mode: u32) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let inner = directory.path().join("inner");
        let path = inner.join("file");
        fs::create_dir(&inner).unwrap();
        fs::write(&path, "old").unwrap();
        for (path, mode) in [(directory.path(), 0o777), (&inner, 0o777), (&path, mode)] {
            fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        }
        Self {
            _directory: directory,
            directory: inner,
            path,
        }
    }

    fn owned_by(self, owner: u32, group: u32) -> Self {
        let mode = fs::metadata(&self.path).unwrap().mode();
        chown(&self.path, Some(owner), Some(group)).unwrap();
        fs::set_permissions(&self.path, Permissions::from_mode(mode)).unwrap();
        self
    }

    fn with_list(self, entries: &[(u16, u16, u32)]) -> Self {
        set_access_list(&self.open(), Some(&list(entries))).unwrap();
        self
    }

    fn open(&self) -> File {
        File::options().read(true).write(true).open(&self.path).unwrap()
    }

    fn list(&self) -> Option<AccessList> {
        access_list(&self.open()).unwrap()
    }

    /// Owner, group and mode.
    fn ownership(&self) -> (u32, u32, u32) {
        let metadata = fs::metadata(&self.path).unwrap();
        (metadata.uid(), metadata.gid(), metadata.mode() & 0o7777)
    }

    /// Replaces the file, checking that it is private until then. Gives what was not kept.
    fn replace(&self) -> Vec<NotKept> {
        let file = AtomicFile::create(&self.path).unwrap();
        let not_kept = file.not_kept().to_vec();
        assert_eq!(file.file().metadata().unwrap().mode() & 0o7777, 0o600);
        file.commit().unwrap();
        assert_eq!(fs::read(&self.path).unwrap(), b"");
        assert_eq!(fs::read_dir(&self.directory).unwrap().count(), 1);
        not_kept
    }
}

// Tags of lists.
const OWNER: u16 = 0x01;
const NAMED_USER: u16 = 0x02;
const GROUP: u16 = 0x04;
const NAMED_GROUP: u16 = 0x08;
const MASK: u16 = 0x10;
const OTHERS: u16 = 0x20;
const NOBODY: u32 = u32::MAX;

fn list(entries: &[(u16, u16, u32)]) -> AccessList {
    let mut bytes = vec![2, 0, 0, 0];
    for (tag, rights, id) in entries {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(rights.to_le_bytes());
        bytes.extend(id.to_le_bytes());
    }
    AccessList::decode(&bytes).unwrap()
}

/// `u:4000:rw` and nothing for the group, which makes the mode 0660.
const A_USER: [(u16, u16, u32); 5] = [
    (OWNER, 6, NOBODY),
    (NAMED_USER, 6, 4000),
    (GROUP, 0, NOBODY),
    (MASK, 6, NOBODY),
    (OTHERS, 0, NOBODY),
];

/// Less for a named group than for others, and a group whose rights the mask cuts.
const A_GROUP: [(u16, u16, u32); 5] = [
    (OWNER, 7, NOBODY),
    (GROUP, 7, NOBODY),
    (NAMED_GROUP, 0, 5000),
    (MASK, 5, NOBODY),
    (OTHERS, 6, NOBODY),
];

/// Many names.
const MANY: [(u16, u16, u32); 7] = [
    (OWNER, 6, NOBODY),
    (NAMED_USER, 4, 4000),
    (NAMED_USER, 6, 4001),
    (GROUP, 4, NOBODY),
    (NAMED_GROUP, 6, 5000),
    (MASK, 4, NOBODY),
    (OTHERS, 0, NOBODY),
];

#[test]
fn an_access_list_is_kept_to_the_last_entry_and_lets_nobody_in_before() {
    for entries in [&A_USER[..], &A_GROUP, &MANY] {
        let place = Place::new(0o600).with_list(entries);
        let (kept, before) = (list(entries), place.ownership());
        assert_eq!(before.2, kept.mode());
        assert_eq!(place.replace(), []);
        assert_eq!(place.list(), Some(kept));
        assert_eq!(place.ownership(), before);
        // And the next time.
        assert_eq!(place.replace(), []);
        assert_eq!(place.list(), Some(list(entries)));
    }
}

#[test]
fn a_file_without_a_list_gets_none_from_its_directory() {
    for mode in [0o640, 0o660, 0o604] {
        let place = Place::new(mode);
        let directory = File::open(&place.directory).unwrap();
        let default = list(&MANY).encode();
        set(&directory, OsStr::new("system.posix_acl_default"), &default).unwrap();
        let new = AtomicFile::create(place.directory.join("new")).unwrap();
        assert!(access_list(new.file()).unwrap().is_some(), "as any new file has");
        drop(new);
        assert_eq!(place.replace(), []);
        assert_eq!(place.list(), None);
        assert_eq!(place.ownership().2, mode);
    }
}

#[test]
fn attributes_of_users_are_kept() {
    let place = Place::new(0o640);
    let long = vec![7; 1000];
    let attributes: [(&str, &[u8]); 3] = [("user.comment", b"a map"), ("user.empty", b""), ("user.x", &long)];
    for (name, value) in attributes {
        set(&place.open(), OsStr::new(name), value).unwrap();
    }
    assert_eq!(place.replace(), []);
    let mut kept = user_attributes(&place.open()).unwrap();
    kept.sort();
    let expected = attributes.map(|(name, value)| (OsString::from(name), Some(value.to_vec())));
    assert_eq!(kept, expected);
}

#[test]
fn an_attribute_that_does_not_fit_is_left_out_and_named() {
    let place = Place::new(0o640);
    let name = OsString::from("user.unreadable");
    let mut attributes = Attributes::of(&place.open()).unwrap();
    attributes.extended = vec![
        (name.clone(), None),
        (OsString::from("user.x"), Some(vec![1])),
        (OsString::from("no.such.kind"), Some(vec![1])),
    ];
    let file = tempfile::tempfile_in(&place.directory).unwrap();
    let Trial::Done(_, not_kept) = attributes.try_on(&file, false).unwrap() else {
        panic!("the mode can be set");
    };
    let of = |name| NotKept::Attribute { name };
    assert_eq!(not_kept, [of(name), of(OsString::from("no.such.kind"))]);
    assert_eq!(
        user_attributes(&file).unwrap(),
        [(OsString::from("user.x"), Some(vec![1]))]
    );
}

#[test]
fn bits_that_lend_rights_are_not_carried_over() {
    for (old, new) in [(0o4755, 0o755), (0o2775, 0o775), (0o6711, 0o711), (0o1644, 0o644)] {
        let place = Place::new(old);
        assert_eq!(place.ownership().2, old);
        assert_eq!(place.replace(), []);
        assert_eq!(place.ownership().2, new);
    }
}

#[test]
fn root_leaves_a_file_to_owner_and_group_with_all_that_it_has() {
    if !is_root() {
        return;
    }
    for mode in [0o640, 0o2770, 0o604, 0o600] {
        let place = Place::new(mode).owned_by(4321, 1234);
        assert_eq!(place.replace(), []);
        assert_eq!(place.ownership(), (4321, 1234, mode & 0o777));
    }
    let place = Place::new(0o600).owned_by(4321, 1234).with_list(&A_USER);
    assert_eq!(place.replace(), []);
    assert_eq!(
        (place.ownership(), place.list()),
        ((4321, 1234, 0o660), Some(list(&A_USER)))
    );
}

#[test]
fn root_without_the_right_to_change_files_of_others_keeps_everything() {
    if !is_root() {
        return;
    }
    for mode in [0o640, 0o664, 0o755] {
        let place = Place::new(mode).owned_by(4321, 1234);
        let not_kept = without(CapabilitySet::FOWNER, || place.replace());
        assert_eq!(not_kept, []);
        assert_eq!(place.ownership(), (4321, 1234, mode));
    }
    let place = Place::new(0o600).owned_by(4321, 1234).with_list(&MANY);
    assert_eq!(without(CapabilitySet::FOWNER, || place.replace()), []);
    assert_eq!((place.ownership().0, place.list()), (4321, Some(list(&MANY))));
}

#[test]
fn root_without_the_right_to_give_files_away_gives_nobody_more() {
    if !is_root() {
        return;
    }
    for (mode, new) in [(0o660, 0o600), (0o664, 0o604), (0o604, 0o600)] {
        let place = Place::new(mode).owned_by(4321, 1234);
        let not_kept = without(CapabilitySet::CHOWN, || place.replace());
        assert_eq!(place.ownership(), (0, 0, new));
        assert_eq!(
            not_kept,
            [
                NotKept::Group { gid: 1234 },
                NotKept::Mode { old: mode, new },
                NotKept::Owner { uid: 4321 }
            ]
        );
    }
}

#[test]
fn a_member_of_the_group_keeps_it_and_its_rights() {
    if !is_root() {
        return;
    }
    for (user, own, mode) in [(2001, 100, 0o660), (2003, 101, 0o664), (2002, 100, 0o660)] {
        let place = Place::new(mode).owned_by(2002, 3000);
        let not_kept = as_user(user, &[own, 3000], || place.replace());
        assert_eq!(place.ownership(), (user, 3000, mode));
        let owner = (user != 2002).then_some(NotKept::Owner { uid: 2002 });
        assert_eq!(not_kept, Vec::from_iter(owner));
    }
}

#[test]
fn no_other_group_gets_the_rights_of_one_that_cannot_be_kept() {
    if !is_root() {
        return;
    }
    for (mode, new) in [(0o666, 0o606), (0o676, 0o606), (0o646, 0o604), (0o606, 0o600)] {
        let place = Place::new(mode).owned_by(2002, 3000);
        let not_kept = as_user(2001, &[100], || place.replace());
        assert_eq!(place.ownership(), (2001, 100, new), "{mode:o}");
        assert_eq!(
            not_kept,
            [
                NotKept::Group { gid: 3000 },
                NotKept::Mode { old: mode, new },
                NotKept::Owner { uid: 2002 }
            ]
        );
    }
}

#[test]
fn a_list_of_a_group_that_cannot_be_kept_gives_no_other_group_its_rights() {
    if !is_root() {
        return;
    }
    let old = [
        (OWNER, 6, NOBODY),
        (NAMED_USER, 6, 2001),
        (GROUP, 6, NOBODY),
        (MASK, 6, NOBODY),
        (OTHERS, 4, NOBODY),
    ];
    let place = Place::new(0o600).owned_by(2002, 3000).with_list(&old);
    let not_kept = as_user(2001, &[100], || place.replace());
    let mut new = old;
    new[2].1 = 0;
    assert_eq!(place.list(), Some(list(&new)));
    // The mask, and so the mode, is the same.
    assert_eq!(place.ownership(), (2001, 100, 0o664));
    assert_eq!(
        not_kept,
        [NotKept::Group { gid: 3000 }, NotKept::Owner { uid: 2002 }]
    );
}

/// Has a file of another user made for the file at a place by a process that may not change the mode of such a file; `given` is
/// the mode that the file system gives for one that is asked for.
fn prepare_where_modes_are_fixed(
    place: &Place,
    given: impl Fn(u32) -> u32 + Sync,
) -> std::result::Result<(u32, Vec<NotKept>), IoError> {
    let attributes = Attributes::of(&place.open()).unwrap();
    let stem = Stem::of(&place.path);
    without(CapabilitySet::FOWNER, || {
        let create = |mode| {
            let temporary = Temporary::create(&place.directory, &stem, PRIVATE).unwrap();
            temporary
                .file
                .set_permissions(Permissions::from_mode(given(mode)))
                .unwrap();
            fchown(&temporary.file, Some(4321), None).unwrap();
            Ok(temporary)
        };
        let (temporary, remainder, not_kept) = attributes.prepare(&place.path, create)?;
        remainder.give(&temporary.file).unwrap();
        Ok((temporary.file.metadata().unwrap().mode() & 0o7777, not_kept))
    })
}

#[test]
fn where_modes_cannot_be_changed_files_are_created_with_them_or_less() {
    if !is_root() {
        return;
    }
    for (old, umask, new) in [
        (0o644, 0o022, 0o644),
        (0o664, 0o022, 0o644),
        (0o666, 0o077, 0o600),
    ] {
        let place = Place::new(old).owned_by(4321, 0);
        let (mode, not_kept) = prepare_where_modes_are_fixed(&place, |mode| mode & !umask).unwrap();
        assert_eq!(mode, new);
        let lost = (old != new).then_some(NotKept::Mode { old, new });
        assert_eq!(not_kept, Vec::from_iter(lost));
    }
}

#[test]
fn where_new_files_have_more_rights_for_good_the_old_one_is_not_replaced() {
    if !is_root() {
        return;
    }
    for (old, given) in [(0o600, 0o644), (0o640, 0o660), (0o644, 0o755)] {
        let place = Place::new(old).owned_by(4321, 0);
        let error = prepare_where_modes_are_fixed(&place, |_| given).unwrap_err();
        assert!(matches!(error, IoError::WouldWiden { wanted, has, .. } if (wanted, has) == (old, given)));
        assert!(
            error
                .to_string()
                .contains(&format!("its permissions are {old:03o}"))
        );
        assert_eq!(std::io::Error::from(error).kind(), ErrorKind::PermissionDenied);
        assert_eq!(fs::read_dir(&place.directory).unwrap().count(), 1);
    }
    // Where the old file has them too, they stay.
    let place = Place::new(0o755).owned_by(4321, 0);
    let (mode, not_kept) = prepare_where_modes_are_fixed(&place, |_| 0o755).unwrap();
    assert_eq!((mode, not_kept), (0o755, vec![]));
}

/// Replaces the file at a place as if it had a list that is not of POSIX, under an attribute's name.
fn replace_with_opaque_list(place: &Place, name: &'static str) -> (File, Vec<NotKept>) {
    let mut attributes = Attributes::of(&place.open()).unwrap();
    attributes.opaque = Some(OpaqueList {
        name,
        value: vec![1, 2, 3],
    });
    let file = tempfile::tempfile_in(&place.directory).unwrap();
    let Trial::Done(remainder, not_kept) = attributes.try_on(&file, false).unwrap() else {
        panic!("the mode can be set");
    };
    assert_eq!(file.metadata().unwrap().mode() & 0o7777, 0o600);
    remainder.give(&file).unwrap();
    (file, not_kept)
}

#[test]
fn a_list_of_another_kind_is_kept_as_it_is_or_only_the_owner_has_rights() {
    for (mode, owners) in [(0o664, 0o600), (0o750, 0o700), (0o777, 0o700)] {
        let place = Place::new(mode);
        let (file, not_kept) = replace_with_opaque_list(&place, "user.list");
        assert_eq!(not_kept, []);
        assert_eq!(file.metadata().unwrap().mode() & 0o7777, mode);
        let kept = OsString::from("user.list");
        assert_eq!(user_attributes(&file).unwrap(), [(kept, Some(vec![1, 2, 3]))]);

        // This file system has none of that kind.
        let (file, not_kept) = replace_with_opaque_list(&place, "system.nfs4_acl");
        let (old, new) = (mode, owners);
        assert_eq!(not_kept, [NotKept::AccessList, NotKept::Mode { old, new }]);
        assert_eq!(file.metadata().unwrap().mode() & 0o7777, owners);
    }
}

#[test]
fn a_group_that_has_no_number_here_is_not_taken_for_the_one_with_that_number() {
    for (mode, new) in [(0o660, 0o600), (0o664, 0o604), (0o640, 0o600)] {
        let mut attributes = Attributes::of(&Place::new(mode).open()).unwrap();
        let (uid, gid) = (attributes.owner.number, attributes.group.number);
        attributes.group.is_nameless = true;
        attributes.owner.is_nameless = true;
        let file = tempfile::tempfile().unwrap();
        let Trial::Done(remainder, not_kept) = attributes.try_on(&file, false).unwrap() else {
            panic!("the mode can be set");
        };
        remainder.give(&file).unwrap();
        assert_eq!(file.metadata().unwrap().mode() & 0o7777, new);
        let old = mode;
        assert_eq!(
            not_kept,
            [
                NotKept::Group { gid },
                NotKept::Mode { old, new },
                NotKept::Owner { uid }
            ]
        );
    }
}
