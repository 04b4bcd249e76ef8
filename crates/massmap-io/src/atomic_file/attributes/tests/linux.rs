//! Replaced files with all kinds of owners, groups, lists and attributes. Tests with other users run only as root, on threads
//! with fewer rights.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::chown;
use std::path::PathBuf;

use rustix::thread::CapabilitySet;

use super::super::extended::{access_list, set, set_access_list, user_attributes};
use super::*;
use crate::atomic_file::AtomicFile;
use crate::atomic_file::temporary::NamePrefix;
use crate::atomic_file::tests::users::{as_user, is_root, without};

/// A file to be replaced, in a directory that everybody may write to.
struct Fixture {
    _directory: tempfile::TempDir,
    directory: PathBuf,
    path: PathBuf,
}

impl Fixture {
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

    fn list(&self) -> Option<PosixAcl> {
        access_list(&self.open()).unwrap()
    }

    /// Owner, group and mode.
    fn ownership(&self) -> (u32, u32, u32) {
        let metadata = fs::metadata(&self.path).unwrap();
        (metadata.uid(), metadata.gid(), metadata.mode() & 0o7777)
    }

    /// Replaces the file, and checks that the new one is private until then. Returns the attributes that were not kept.
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

// Tags of entries.
const OWNER: u16 = 0x01;
const NAMED_USER: u16 = 0x02;
const GROUP: u16 = 0x04;
const NAMED_GROUP: u16 = 0x08;
const MASK: u16 = 0x10;
const OTHERS: u16 = 0x20;
const NOBODY: u32 = u32::MAX;

fn list(entries: &[(u16, u16, u32)]) -> PosixAcl {
    let mut bytes = vec![2, 0, 0, 0];
    for (tag, rights, id) in entries {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(rights.to_le_bytes());
        bytes.extend(id.to_le_bytes());
    }
    PosixAcl::decode(&bytes).unwrap()
}

/// `u:4000:rw`, and no rights for the group; the mode is 0660.
const A_USER: [(u16, u16, u32); 5] = [
    (OWNER, 6, NOBODY),
    (NAMED_USER, 6, 4000),
    (GROUP, 0, NOBODY),
    (MASK, 6, NOBODY),
    (OTHERS, 0, NOBODY),
];

/// Fewer rights for a named group than for others, and a group whose rights the mask limits.
const A_GROUP: [(u16, u16, u32); 5] = [
    (OWNER, 7, NOBODY),
    (GROUP, 7, NOBODY),
    (NAMED_GROUP, 0, 5000),
    (MASK, 5, NOBODY),
    (OTHERS, 6, NOBODY),
];

/// Many named entries.
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
fn an_access_list_is_kept_completely_and_the_file_is_private_before() {
    for entries in [&A_USER[..], &A_GROUP, &MANY] {
        let fixture = Fixture::new(0o600).with_list(entries);
        let (kept, before) = (list(entries), fixture.ownership());
        assert_eq!(before.2, kept.mode());
        assert_eq!(fixture.replace(), []);
        assert_eq!(fixture.list(), Some(kept));
        assert_eq!(fixture.ownership(), before);
        // And again the next time.
        assert_eq!(fixture.replace(), []);
        assert_eq!(fixture.list(), Some(list(entries)));
    }
}

#[test]
fn a_file_without_a_list_gets_none_from_its_directory() {
    for mode in [0o640, 0o660, 0o604] {
        let fixture = Fixture::new(mode);
        let directory = File::open(&fixture.directory).unwrap();
        let default = list(&MANY).encode();
        set(&directory, OsStr::new("system.posix_acl_default"), &default).unwrap();
        let new = AtomicFile::create(fixture.directory.join("new")).unwrap();
        assert!(access_list(new.file()).unwrap().is_some(), "like any new file");
        drop(new);
        assert_eq!(fixture.replace(), []);
        assert_eq!(fixture.list(), None);
        assert_eq!(fixture.ownership().2, mode);
    }
}

#[test]
fn user_attributes_are_kept() {
    let fixture = Fixture::new(0o640);
    let long = vec![7; 1000];
    let attributes: [(&str, &[u8]); 3] = [("user.comment", b"a map"), ("user.empty", b""), ("user.x", &long)];
    for (name, value) in attributes {
        set(&fixture.open(), OsStr::new(name), value).unwrap();
    }
    assert_eq!(fixture.replace(), []);
    let mut kept = user_attributes(&fixture.open()).unwrap();
    kept.sort();
    let expected = attributes.map(|(name, value)| (OsString::from(name), Some(value.to_vec())));
    assert_eq!(kept, expected);
}

#[test]
fn an_attribute_that_cannot_be_kept_is_left_out_and_named() {
    let fixture = Fixture::new(0o640);
    let name = OsString::from("user.unreadable");
    let mut attributes = Attributes::of(&fixture.open()).unwrap();
    attributes.extended = vec![
        (name.clone(), None),
        (OsString::from("user.x"), Some(vec![1])),
        (OsString::from("no.such.kind"), Some(vec![1])),
    ];
    let file = tempfile::tempfile_in(&fixture.directory).unwrap();
    let Attempt::Applied(_, not_kept) = attributes.try_apply(&file, false).unwrap() else {
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
fn set_id_and_sticky_bits_are_not_kept() {
    for (old, new) in [(0o4755, 0o755), (0o2775, 0o775), (0o6711, 0o711), (0o1644, 0o644)] {
        let fixture = Fixture::new(old);
        assert_eq!(fixture.ownership().2, old);
        assert_eq!(fixture.replace(), []);
        assert_eq!(fixture.ownership().2, new);
    }
}

#[test]
fn root_keeps_owner_group_mode_and_list() {
    if !is_root() {
        return;
    }
    for mode in [0o640, 0o2770, 0o604, 0o600] {
        let fixture = Fixture::new(mode).owned_by(4321, 1234);
        assert_eq!(fixture.replace(), []);
        assert_eq!(fixture.ownership(), (4321, 1234, mode & 0o777));
    }
    let fixture = Fixture::new(0o600).owned_by(4321, 1234).with_list(&A_USER);
    assert_eq!(fixture.replace(), []);
    assert_eq!(
        (fixture.ownership(), fixture.list()),
        ((4321, 1234, 0o660), Some(list(&A_USER)))
    );
}

#[test]
fn root_without_the_right_to_change_files_of_others_keeps_everything() {
    if !is_root() {
        return;
    }
    for mode in [0o640, 0o664, 0o755] {
        let fixture = Fixture::new(mode).owned_by(4321, 1234);
        let not_kept = without(CapabilitySet::FOWNER, || fixture.replace());
        assert_eq!(not_kept, []);
        assert_eq!(fixture.ownership(), (4321, 1234, mode));
    }
    let fixture = Fixture::new(0o600).owned_by(4321, 1234).with_list(&MANY);
    assert_eq!(without(CapabilitySet::FOWNER, || fixture.replace()), []);
    assert_eq!((fixture.ownership().0, fixture.list()), (4321, Some(list(&MANY))));
}

#[test]
fn root_without_the_right_to_change_owners_gives_nobody_more() {
    if !is_root() {
        return;
    }
    for (mode, new) in [(0o660, 0o600), (0o664, 0o604), (0o604, 0o600)] {
        let fixture = Fixture::new(mode).owned_by(4321, 1234);
        let not_kept = without(CapabilitySet::CHOWN, || fixture.replace());
        assert_eq!(fixture.ownership(), (0, 0, new));
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
fn a_member_of_the_group_keeps_the_group_and_its_rights() {
    if !is_root() {
        return;
    }
    for (user, own, mode) in [(2001, 100, 0o660), (2003, 101, 0o664), (2002, 100, 0o660)] {
        let fixture = Fixture::new(mode).owned_by(2002, 3000);
        let not_kept = as_user(user, &[own, 3000], || fixture.replace());
        assert_eq!(fixture.ownership(), (user, 3000, mode));
        let owner = (user != 2002).then_some(NotKept::Owner { uid: 2002 });
        assert_eq!(not_kept, Vec::from_iter(owner));
    }
}

#[test]
fn no_other_group_gets_the_rights_of_a_group_that_cannot_be_kept() {
    if !is_root() {
        return;
    }
    for (mode, new) in [(0o666, 0o606), (0o676, 0o606), (0o646, 0o604), (0o606, 0o600)] {
        let fixture = Fixture::new(mode).owned_by(2002, 3000);
        let not_kept = as_user(2001, &[100], || fixture.replace());
        assert_eq!(fixture.ownership(), (2001, 100, new), "{mode:o}");
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
fn a_list_gives_no_other_group_the_rights_of_a_group_that_cannot_be_kept() {
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
    let fixture = Fixture::new(0o600).owned_by(2002, 3000).with_list(&old);
    let not_kept = as_user(2001, &[100], || fixture.replace());
    let mut new = old;
    new[2].1 = 0;
    assert_eq!(fixture.list(), Some(list(&new)));
    // The mask is the same, and so is the mode.
    assert_eq!(fixture.ownership(), (2001, 100, 0o664));
    assert_eq!(
        not_kept,
        [NotKept::Group { gid: 3000 }, NotKept::Owner { uid: 2002 }]
    );
}

/// Prepares a replacement that belongs to another user and whose mode the process may not change. `given` maps the mode that is
/// asked for to the mode that the file system gives.
fn prepare_where_modes_are_fixed(
    fixture: &Fixture,
    given: impl Fn(u32) -> u32 + Sync,
) -> std::result::Result<(u32, Vec<NotKept>), IoError> {
    let attributes = Attributes::of(&fixture.open()).unwrap();
    let prefix = NamePrefix::of(&fixture.path);
    without(CapabilitySet::FOWNER, || {
        let create = |mode| {
            let temporary = Temporary::create(&fixture.directory, &prefix, PRIVATE).unwrap();
            temporary
                .file
                .set_permissions(Permissions::from_mode(given(mode)))
                .unwrap();
            fchown(&temporary.file, Some(4321), None).unwrap();
            Ok(temporary)
        };
        let (temporary, deferred, not_kept) = attributes.prepare(&fixture.path, create)?;
        deferred.apply(&temporary.file).unwrap();
        Ok((temporary.file.metadata().unwrap().mode() & 0o7777, not_kept))
    })
}

#[test]
fn if_modes_cannot_be_changed_files_are_created_with_them_or_less() {
    if !is_root() {
        return;
    }
    for (old, umask, new) in [
        (0o644, 0o022, 0o644),
        (0o664, 0o022, 0o644),
        (0o666, 0o077, 0o600),
    ] {
        let fixture = Fixture::new(old).owned_by(4321, 0);
        let (mode, not_kept) = prepare_where_modes_are_fixed(&fixture, |mode| mode & !umask).unwrap();
        assert_eq!(mode, new);
        let lost = (old != new).then_some(NotKept::Mode { old, new });
        assert_eq!(not_kept, Vec::from_iter(lost));
    }
}

#[test]
fn a_file_is_not_replaced_if_the_new_one_would_have_more_permissions_for_good() {
    if !is_root() {
        return;
    }
    for (old, given) in [(0o600, 0o644), (0o640, 0o660), (0o644, 0o755)] {
        let fixture = Fixture::new(old).owned_by(4321, 0);
        let error = prepare_where_modes_are_fixed(&fixture, |_| given).unwrap_err();
        assert!(matches!(error, IoError::WouldWiden { wanted, has, .. } if (wanted, has) == (old, given)));
        assert!(
            error
                .to_string()
                .contains(&format!("its permissions are {old:03o}"))
        );
        assert_eq!(std::io::Error::from(error).kind(), ErrorKind::PermissionDenied);
        assert_eq!(fs::read_dir(&fixture.directory).unwrap().count(), 1);
    }
    // If the old file has them too, they stay.
    let fixture = Fixture::new(0o755).owned_by(4321, 0);
    let (mode, not_kept) = prepare_where_modes_are_fixed(&fixture, |_| 0o755).unwrap();
    assert_eq!((mode, not_kept), (0o755, vec![]));
}

/// Replaces the file as if it had a list of another kind, in the attribute `name`.
fn replace_with_opaque_list(fixture: &Fixture, name: &'static str) -> (File, Vec<NotKept>) {
    let mut attributes = Attributes::of(&fixture.open()).unwrap();
    attributes.opaque = Some(OpaqueAcl {
        name,
        value: vec![1, 2, 3],
    });
    let file = tempfile::tempfile_in(&fixture.directory).unwrap();
    let Attempt::Applied(deferred, not_kept) = attributes.try_apply(&file, false).unwrap() else {
        panic!("the mode can be set");
    };
    assert_eq!(file.metadata().unwrap().mode() & 0o7777, 0o600);
    deferred.apply(&file).unwrap();
    (file, not_kept)
}

#[test]
fn a_list_of_another_kind_is_kept_or_only_the_owner_has_rights() {
    for (mode, owners) in [(0o664, 0o600), (0o750, 0o700), (0o777, 0o700)] {
        let fixture = Fixture::new(mode);
        let (file, not_kept) = replace_with_opaque_list(&fixture, "user.list");
        assert_eq!(not_kept, []);
        assert_eq!(file.metadata().unwrap().mode() & 0o7777, mode);
        let kept = OsString::from("user.list");
        assert_eq!(user_attributes(&file).unwrap(), [(kept, Some(vec![1, 2, 3]))]);

        // This file system does not support such lists.
        let (file, not_kept) = replace_with_opaque_list(&fixture, "system.nfs4_acl");
        let (old, new) = (mode, owners);
        assert_eq!(not_kept, [NotKept::AccessList, NotKept::Mode { old, new }]);
        assert_eq!(file.metadata().unwrap().mode() & 0o7777, owners);
    }
}

#[test]
fn a_group_without_a_number_is_not_mistaken_for_the_overflow_group() {
    for (mode, new) in [(0o660, 0o600), (0o664, 0o604), (0o640, 0o600)] {
        let mut attributes = Attributes::of(&Fixture::new(mode).open()).unwrap();
        let (uid, gid) = (attributes.owner.number, attributes.group.number);
        attributes.group.is_unmapped = true;
        attributes.owner.is_unmapped = true;
        let file = tempfile::tempfile().unwrap();
        let Attempt::Applied(deferred, not_kept) = attributes.try_apply(&file, false).unwrap() else {
            panic!("the mode can be set");
        };
        deferred.apply(&file).unwrap();
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
