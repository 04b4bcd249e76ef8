//! Extended attributes of files on Linux, and the access control lists among them.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{Error, ErrorKind, Result};
use std::os::unix::ffi::OsStringExt;

use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fremovexattr, fsetxattr};
use rustix::io::{Errno, retry_on_intr};

pub(super) use super::acl::PosixAcl;

const ACCESS_LIST: &str = "system.posix_acl_access";

/// The list that NFS version 4 has instead. Every file has one, which often only repeats the mode.
const NFS_LIST: &str = "system.nfs4_acl";

/// Prefix of attributes that users set. The system derives or protects all others.
const USER_PREFIX: &[u8] = b"user.";

/// The kernel's limit for a value, and for a list of names, in bytes.
const MAX_LENGTH: usize = 1 << 16;

/// The list of a file; `None` if it only has a mode.
pub(super) fn access_list(file: &File) -> Result<Option<PosixAcl>> {
    let unknown = || {
        Error::new(
            ErrorKind::Unsupported,
            "its access control list has an unknown format",
        )
    };
    match get(file, OsStr::new(ACCESS_LIST)) {
        Ok(bytes) => PosixAcl::decode(&bytes).ok_or_else(unknown).map(Some),
        Err(error) if is_absence(error) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Sets the list of `file`, or removes it.
pub(super) fn set_access_list(file: &File, list: Option<&PosixAcl>) -> Result<()> {
    match list {
        Some(list) => set(file, OsStr::new(ACCESS_LIST), &list.encode()),
        None => match retry_on_intr(|| fremovexattr(file, ACCESS_LIST)) {
            Err(error) if !is_absence(error) => Err(error.into()),
            _ => Ok(()),
        },
    }
}

/// An access control list of another kind, which only the file system interprets.
#[derive(Debug, Clone)]
pub(super) struct OpaqueAcl {
    pub(super) name: &'static str,
    pub(super) value: Vec<u8>,
}

impl OpaqueAcl {
    /// The list of a file, if it has one.
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

    /// Whether `file` has the same list.
    pub(super) fn is_set_on(&self, file: &File) -> bool {
        get(file, OsStr::new(self.name)).is_ok_and(|value| value == self.value)
    }

    /// Sets the list on `file`.
    pub(super) fn apply(&self, file: &File) -> Result<()> {
        set(file, OsStr::new(self.name), &self.value)
    }
}

/// Whether `id`, of a user or a group, is the number that the system shows for all IDs without one in this process's namespace.
/// `kind` is `uid` or `gid`.
pub(super) fn is_unmapped(id: u32, kind: &str) -> bool {
    let read = |path: String| std::fs::read_to_string(path).unwrap_or_default();
    is_overflow(
        id,
        &read(format!("/proc/sys/kernel/overflow{kind}")),
        &read(format!("/proc/self/{kind}_map")),
    )
}

/// Whether `id` is the `overflow` number for IDs without one, and such IDs exist: the namespace's `map` is not complete.
fn is_overflow(id: u32, overflow: &str, map: &str) -> bool {
    let is_complete = map.split_ascii_whitespace().eq(["0", "0", "4294967295"]);
    !map.is_empty() && !is_complete && overflow.trim().parse() == Ok(id)
}

/// The attributes that users have set, each with its value, or without it if it may not be read.
pub(super) fn user_attributes(file: &File) -> Result<Vec<(OsString, Option<Vec<u8>>)>> {
    let mut names = vec![0; MAX_LENGTH];
    match retry_on_intr(|| flistxattr(file, names.as_mut_slice())) {
        Ok(length) => names.truncate(length),
        Err(error) if is_absence(error) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    }
    let names = names
        .split(|byte| *byte == 0)
        .filter(|name| name.starts_with(USER_PREFIX));
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
    let mut value = vec![0; MAX_LENGTH];
    let length = retry_on_intr(|| fgetxattr(file, name, value.as_mut_slice()))?;
    value.truncate(length);
    Ok(value)
}

/// Whether the attribute does not exist, or the file system or the kernel does not support attributes.
fn is_absence(error: Errno) -> bool {
    error == Errno::NODATA || error == Errno::OPNOTSUPP || error == Errno::NOTSUP || error == Errno::NOSYS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_overflow_number_is_an_ordinary_one_where_all_ids_have_numbers() {
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
        assert!(!is_unmapped(0, "uid") && !is_unmapped(0, "gid"));
    }
}
