//! Extended attributes of files on Linux, and the access control lists among them.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{Error, ErrorKind, Result};
use std::os::unix::ffi::OsStringExt;

use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fremovexattr, fsetxattr};
use rustix::io::{Errno, retry_on_intr};

pub(super) use super::acl::AccessList;

const ACCESS_LIST: &str = "system.posix_acl_access";

/// The list that NFS version 4 has instead. There every file has one, most of them no more than the mode.
const NFS_LIST: &str = "system.nfs4_acl";

/// Attributes that users set for purposes of their own. Others are the system's: it derives them, or guards them.
const OF_USERS: &[u8] = b"user.";

/// The kernel has no longer values, and no longer lists of names.
const MOST_BYTES: usize = 1 << 16;

/// The list of a file that has more than a mode.
pub(super) fn access_list(file: &File) -> Result<Option<AccessList>> {
    let unknown = || {
        Error::new(
            ErrorKind::Unsupported,
            "its access control list is of an unknown kind",
        )
    };
    match get(file, OsStr::new(ACCESS_LIST)) {
        Ok(bytes) => AccessList::decode(&bytes).ok_or_else(unknown).map(Some),
        Err(error) if is_absence(error) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Gives `file` a list, or no more than its mode.
pub(super) fn set_access_list(file: &File, list: Option<&AccessList>) -> Result<()> {
    match list {
        Some(list) => set(file, OsStr::new(ACCESS_LIST), &list.encode()),
        None => match retry_on_intr(|| fremovexattr(file, ACCESS_LIST)) {
            Err(error) if !is_absence(error) => Err(error.into()),
            _ => Ok(()),
        },
    }
}

/// An access control list of another kind, whose entries only the file system knows.
#[derive(Debug, Clone)]
pub(super) struct OpaqueList {
    pub(super) name: &'static str,
    pub(super) value: Vec<u8>,
}

impl OpaqueList {
    /// That of a file, if it has one.
    pub(super) fn of(file: &File) -> Result<Option<Self>> {
        match get(file, OsStr::new(NFS_LIST)) {
            Ok(value) => Ok(Some(Self {
                name: NFS_LIST,
                value,
            })),
            Err(error) if is_absence(error) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether `file` has the same.
    pub(super) fn is_that_of(&self, file: &File) -> bool {
        get(file, OsStr::new(self.name)).is_ok_and(|value| value == self.value)
    }

    /// Gives it to `file`.
    pub(super) fn give(&self, file: &File) -> Result<()> {
        set(file, OsStr::new(self.name), &self.value)
    }
}

/// Whether `id`, of a user or a group, is what the system shows for all that have no number in this process's namespace. `kind`
/// is `uid` or `gid`.
pub(super) fn is_nameless(id: u32, kind: &str) -> bool {
    let read = |path: String| std::fs::read_to_string(path).unwrap_or_default();
    is_overflow(
        id,
        &read(format!("/proc/sys/kernel/overflow{kind}")),
        &read(format!("/proc/self/{kind}_map")),
    )
}

/// Whether `id` is the one for those without a number, and there are such: the namespace's `map` does not have all.
fn is_overflow(id: u32, overflow: &str, map: &str) -> bool {
    let is_complete = map.split_ascii_whitespace().eq(["0", "0", "4294967295"]);
    !map.is_empty() && !is_complete && overflow.trim().parse() == Ok(id)
}

/// The attributes that users have set, each with its value unless that may not be read.
pub(super) fn user_attributes(file: &File) -> Result<Vec<(OsString, Option<Vec<u8>>)>> {
    let mut names = vec![0; MOST_BYTES];
    match retry_on_intr(|| flistxattr(file, names.as_mut_slice())) {
        Ok(length) => names.truncate(length),
        Err(error) if is_absence(error) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    }
    let names = names
        .split(|byte| *byte == 0)
        .filter(|name| name.starts_with(OF_USERS));
    let attributes = names.map(|name| {
        let name = OsString::from_vec(name.to_vec());
        let value = get(file, &name).ok();
        (name, value)
    });
    Ok(attributes.collect())
}

pub(super) fn set(file: &File, name: &OsStr, value: &[u8]) -> Result<()> {
    Ok(retry_on_intr(|| {
        fsetxattr(file, name, value, XattrFlags::empty())
    })?)
}

fn get(file: &File, name: &OsStr) -> std::result::Result<Vec<u8>, Errno> {
    let mut value = vec![0; MOST_BYTES];
    let length = retry_on_intr(|| fgetxattr(file, name, value.as_mut_slice()))?;
    value.truncate(length);
    Ok(value)
}

/// Whether there is no such attribute, or are none on this file system or system.
fn is_absence(error: Errno) -> bool {
    error == Errno::NODATA || error == Errno::OPNOTSUPP || error == Errno::NOTSUP || error == Errno::NOSYS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_for_those_without_one_is_a_number_where_all_have_one() {
        let all = "         0          0 4294967295\n";
        let some = "         0     100000      65536\n";
        for (id, map, expected) in [
            (65534, all, false),
            (65534, "", false),
            (65534, some, true),
            (65534, "0 1000 1\n1 100000 65536\n", true),
            (0, some, false),
            (65533, some, false),
        ] {
            assert_eq!(is_overflow(id, "65534\n", map), expected, "{id} {map:?}");
        }
        assert!(!is_overflow(65534, "", some));
        assert!(!is_nameless(0, "uid") && !is_nameless(0, "gid"));
    }
}
