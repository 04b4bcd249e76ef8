//! Extended attributes of files on Linux, and the access control lists among them.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{Error, ErrorKind, Result};
use std::os::unix::ffi::OsStringExt;

use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fremovexattr, fsetxattr};
use rustix::io::{Errno, retry_on_intr};

pub(super) use super::acl::AccessList;

const ACCESS_LIST: &str = "system.posix_acl_access";

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
