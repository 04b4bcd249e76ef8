use super::*;

const NOBODY: u32 = u32::MAX;

/// A list of (tag, rights, id), as the system stores it.
fn bytes(entries: &[(u16, u16, u32)]) -> Vec<u8> {
    let mut bytes = vec![2, 0, 0, 0];
    for (tag, rights, id) in entries {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(rights.to_le_bytes());
        bytes.extend(id.to_le_bytes());
    }
    bytes
}

fn list(entries: &[(u16, u16, u32)]) -> PosixAcl {
    PosixAcl::decode(&bytes(entries)).unwrap()
}

/// `u::rw, u:4000:rw, g::---, m::rw, o::---`: the mode is 0660, and the group has no rights.
fn with_a_user() -> PosixAcl {
    list(&[
        (OWNER, 6, NOBODY),
        (NAMED_USER, 6, 4000),
        (GROUP, 0, NOBODY),
        (MASK, 6, NOBODY),
        (OTHERS, 0, NOBODY),
    ])
}

/// `u::rwx, g::rw, g:5000:r, m::r, o::rx`: the group may only read.
fn with_a_group() -> PosixAcl {
    list(&[
        (OWNER, 7, NOBODY),
        (GROUP, 6, NOBODY),
        (NAMED_GROUP, 4, 5000),
        (MASK, 4, NOBODY),
        (OTHERS, 5, NOBODY),
    ])
}

/// `u::rw, u:4000:---, g::rw, m::rw, o::r`: one user has fewer rights than others.
fn without_a_user() -> PosixAcl {
    list(&[
        (OWNER, 6, NOBODY),
        (NAMED_USER, 0, 4000),
        (GROUP, 6, NOBODY),
        (MASK, 6, NOBODY),
        (OTHERS, 4, NOBODY),
    ])
}

#[test]
fn a_list_is_encoded_and_decoded_as_the_system_stores_it() {
    let stored =
        b"\x02\0\0\0\x01\0\x06\0\xff\xff\xff\xff\x04\0\x04\0\xff\xff\xff\xff\x20\0\0\0\xff\xff\xff\xff";
    let read = PosixAcl::decode(stored).unwrap();
    assert_eq!(
        read,
        list(&[(OWNER, 6, NOBODY), (GROUP, 4, NOBODY), (OTHERS, 0, NOBODY)])
    );
    assert_eq!(read.encode(), stored);
    assert_eq!(read.mode(), 0o640);
    for list in [with_a_user(), with_a_group(), without_a_user()] {
        assert_eq!(PosixAcl::decode(&list.encode()), Some(list));
    }
}

#[test]
fn other_bytes_are_not_a_list() {
    let stored = with_a_user().encode();
    let mut other_version = stored.clone();
    other_version[0] = 3;
    for bytes in [&stored[..stored.len() - 1], &stored[..3], &[], &other_version] {
        assert_eq!(PosixAcl::decode(bytes), None, "{bytes:?}");
    }
}

#[test]
fn the_mode_shows_the_mask_for_the_group() {
    assert_eq!(with_a_user().mode(), 0o660);
    assert_eq!(with_a_group().mode(), 0o745);
    assert_eq!(without_a_user().mode(), 0o664);
}

#[test]
fn without_named_entries_nobody_has_more_rights_than_before() {
    assert_eq!(with_a_user().mode_without_names(), 0o600);
    // Members of the named group may not execute it, unlike others.
    assert_eq!(with_a_group().mode_without_names(), 0o744);
    // The named user is a member of the group, or one of the others.
    assert_eq!(without_a_user().mode_without_names(), 0o600);
}

#[test]
fn another_group_gets_no_rights_and_the_former_one_no_more_than_before() {
    let entries = |list: PosixAcl| {
        list.0
            .iter()
            .map(|entry| (entry.tag, entry.rights))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        entries(with_a_group().for_another_group()),
        [(OWNER, 7), (GROUP, 0), (NAMED_GROUP, 4), (MASK, 4), (OTHERS, 4)]
    );
    // The former group had no rights, and its members are others now.
    assert_eq!(
        entries(with_a_user().for_another_group()),
        [(OWNER, 6), (NAMED_USER, 6), (GROUP, 0), (MASK, 6), (OTHERS, 0)]
    );
    assert_eq!(without_a_user().for_another_group().mode_without_names(), 0o600);
}

#[test]
fn nobody_gets_more_rights_whatever_the_list() {
    // Every list with one named user and one named group: named users, members of the group and of the named group, and all
    // others have at most the rights they had before.
    for bits in 0..1u32 << 15 {
        let part = |index: u32| u16::try_from(bits >> (3 * index) & 7).unwrap();
        let [group, user, named_group, mask, others] = [0, 1, 2, 3, 4].map(part);
        let list = list(&[
            (OWNER, 6, NOBODY),
            (NAMED_USER, user, 4000),
            (GROUP, group, NOBODY),
            (NAMED_GROUP, named_group, 5000),
            (MASK, mask, NOBODY),
            (OTHERS, others, NOBODY),
        ]);
        let mode = list.mode_without_names();
        let new = |shift: u32| u16::try_from(mode >> shift & 7).unwrap();
        let (new_group, new_others) = (new(3), new(0));
        let is_within = |new: u16, old: u16| new & !old == 0;
        assert!(is_within(new_group, group & mask), "{list:?}");
        assert!(is_within(new_others, others), "{list:?}");
        assert!(is_within(new_group | new_others, user & mask), "{list:?}");
        assert!(is_within(new_others, named_group & mask), "{list:?}");
    }
}
