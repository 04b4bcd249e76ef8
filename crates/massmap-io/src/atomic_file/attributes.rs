//! Attributes of a replaced file that the new one gets: owner, group, permissions, and on Linux the access control list and the
//! extended attributes that users have set.
//!
//! Attributes that the process may not set are left out, and nobody gets more rights than before. They are tried when the new
//! file is created, before it is filled.

#[cfg(target_os = "linux")]
mod acl;
#[cfg(target_os = "linux")]
mod extended;
#[cfg(not(target_os = "linux"))]
#[path = "attributes/not_linux.rs"]
mod extended;

use std::ffi::OsString;
use std::fs::{File, Permissions};
use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::Path;

use super::not_kept::NotKept;
use super::temporary::Temporary;
use crate::retry::retry;
use crate::{IoError, PublishStep};
use extended::{OpaqueAcl, PosixAcl};

/// The permissions until the file is complete: no other user may read or write it.
const PRIVATE: u32 = 0o600;

/// The attributes of a file that its replacement should keep.
#[derive(Debug)]
pub(super) struct Attributes {
    owner: Id,
    group: Id,
    rights: Rights,
    /// `None` unless the file system has access control lists of another kind than POSIX.
    opaque: Option<OpaqueAcl>,
    /// Name and value; no value if it may not be read.
    extended: Vec<(OsString, Option<Vec<u8>>)>,
}

/// The ID of a user or a group.
#[derive(Debug, Clone, Copy)]
struct Id {
    number: u32,
    /// Whether the number stands for all IDs that have none in this namespace, so that the real ID is not known.
    is_unmapped: bool,
}

/// The rights of users to a file.
#[derive(Debug, Clone)]
struct Rights {
    /// Without the set-user-ID and set-group-ID bits, which were granted to the old content.
    mode: u32,
    /// `None` if the mode says everything. A file with the list has the same mode.
    list: Option<PosixAcl>,
}

/// The result of an attempt to apply attributes.
enum Attempt {
    /// The file has all attributes that can be kept, except for the deferred ones.
    Applied(DeferredAttributes, Vec<NotKept>),
    /// The mode of the file cannot be changed to the wanted one.
    WrongMode {
        /// The wanted mode.
        wanted: u32,
        /// The mode of the file.
        has: u32,
    },
}

/// Attributes that are applied when the file is complete.
#[derive(Debug)]
pub(super) struct DeferredAttributes {
    mode: u32,
    /// Applied after the mode, which would change it.
    opaque: Option<OpaqueAcl>,
    /// Applied after the mode, which only the owner may change.
    owner: Option<u32>,
}

impl Attributes {
    pub(super) fn of(file: &File) -> Result<Self> {
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(Error::new(ErrorKind::InvalidInput, "it has just been replaced"));
        }
        Ok(Self {
            owner: Id::new(metadata.uid(), "uid"),
            group: Id::new(metadata.gid(), "gid"),
            rights: Rights {
                mode: metadata.mode() & 0o777,
                list: extended::access_list(file)?,
            },
            opaque: OpaqueAcl::of(file)?,
            extended: extended::user_attributes(file)?,
        })
    }

    /// Creates a file with `create`, which takes its mode, and applies the attributes. Returns the attributes that have to wait
    /// until the file is complete, since they let other users read and write it, and those that cannot be kept. `named` is the
    /// file to be replaced.
    ///
    /// # Errors
    ///
    /// Fails if `create` fails, if a call fails without being refused, and if the file system gives the file permissions for more
    /// users, and does not let them be revoked.
    pub(super) fn prepare(
        &self,
        named: &Path,
        create: impl Fn(u32) -> std::result::Result<Temporary, IoError>,
    ) -> std::result::Result<(Temporary, DeferredAttributes, Vec<NotKept>), IoError> {
        let failed = |source| IoError::Publish {
            path: named.to_owned(),
            step: PublishStep::Inherit,
            source,
        };
        let temporary = create(PRIVATE)?;
        let wanted = match self.try_apply(&temporary.file, false).map_err(failed)? {
            Attempt::Applied(deferred, not_kept) => return Ok((temporary, deferred, not_kept)),
            Attempt::WrongMode { wanted, .. } => wanted,
        };
        // If modes cannot be changed, files may still be created with them.
        drop(temporary);
        let temporary = create(wanted)?;
        match self.try_apply(&temporary.file, true).map_err(failed)? {
            Attempt::Applied(deferred, not_kept) => Ok((temporary, deferred, not_kept)),
            Attempt::WrongMode { wanted, has } => Err(IoError::WouldWiden {
                path: named.to_owned(),
                wanted,
                has,
            }),
        }
    }

    /// Applies the attributes to the new file `file`, and hides it from others until [`DeferredAttributes::apply`]. With
    /// `accept_less`, a subset of the wanted mode will do.
    fn try_apply(&self, file: &File, accept_less: bool) -> Result<Attempt> {
        let mut not_kept = Vec::new();
        let own = file.metadata()?;
        let mut rights = self.rights.clone();
        let is_same_group = self.try_group(file, own.gid())?;
        if !is_same_group {
            rights = rights.for_another_group();
            let gid = self.group.number;
            not_kept.push(NotKept::Group { gid });
        }
        for (name, value) in &self.extended {
            let set = value.as_ref().map(|value| extended::set(file, name, value));
            if set.is_none_or(|set| set.is_err()) {
                not_kept.push(NotKept::Attribute { name: name.clone() });
            }
        }
        if !rights.try_list(file)? {
            not_kept.push(NotKept::AccessList);
        }
        let mut opaque = None;
        if let Some(list) = &self.opaque {
            opaque = rights.try_opaque_list(file, list, is_same_group)?;
            if opaque.is_none() {
                not_kept.push(NotKept::AccessList);
            }
        }

        let mode = change_mode(file, rights.mode)?;
        let is_less = mode & !rights.mode == 0;
        if mode != rights.mode && !(accept_less && is_less) {
            return Ok(Attempt::WrongMode {
                wanted: rights.mode,
                has: mode,
            });
        }
        if mode != self.rights.mode {
            let old = self.rights.mode;
            not_kept.push(NotKept::Mode { old, new: mode });
        }
        change_mode(file, PRIVATE)?;

        let owner = self.try_owner(file, own.uid())?;
        let uid = self.owner.number;
        if owner.is_none() {
            not_kept.push(NotKept::Owner { uid });
        }
        let deferred = DeferredAttributes {
            mode,
            opaque,
            owner: owner.filter(|owner| *owner != own.uid()),
        };
        Ok(Attempt::Applied(deferred, not_kept))
    }

    /// Sets the group of `file`, which is `own` now. Whether it succeeded.
    fn try_group(&self, file: &File, own: u32) -> Result<bool> {
        let Id { number, is_unmapped } = self.group;
        if is_unmapped || own == number {
            return Ok(!is_unmapped);
        }
        // Separately: setting the owner needs other rights, and its failure would leave the group unset.
        let granted = granted(retry(|| fchown(file, None, Some(number))))?;
        // Some file systems report success without doing anything.
        Ok(granted && file.metadata()?.gid() == number)
    }

    /// The owner that `file` should have, if it can be set; `own` is the present one.
    fn try_owner(&self, file: &File, own: u32) -> Result<Option<u32>> {
        let Id { number, is_unmapped } = self.owner;
        if is_unmapped {
            return Ok(None);
        }
        if own != number {
            if !granted(retry(|| fchown(file, Some(number), None)))? {
                return Ok(None);
            }
            // Changed back until the end, as only the owner may change the mode.
            retry(|| fchown(file, Some(own), None))?;
        }
        Ok(Some(number))
    }
}

impl DeferredAttributes {
    /// Applies the attributes to `file`, which is complete.
    pub(super) fn apply(&self, file: &File) -> Result<()> {
        if file.metadata()?.mode() & 0o7777 != self.mode {
            retry(|| file.set_permissions(Permissions::from_mode(self.mode)))?;
        }
        if let Some(list) = &self.opaque
            && !list.is_set_on(file)
        {
            list.apply(file)?;
        }
        if let Some(owner) = self.owner {
            // It was granted before. A refusal now gives nobody more rights, and is no reason to discard the work.
            granted(retry(|| fchown(file, Some(owner), None)))?;
        }
        Ok(())
    }
}

impl Id {
    /// `kind` is `uid` or `gid`.
    fn new(number: u32, kind: &str) -> Self {
        Self {
            number,
            is_unmapped: extended::is_unmapped(number, kind),
        }
    }
}

impl Rights {
    /// The rights to a file of another group, which give that group none, and nobody more: members of the former group become
    /// others.
    fn for_another_group(&self) -> Self {
        match self.list.as_ref().map(PosixAcl::for_another_group) {
            Some(list) => Self {
                mode: list.mode(),
                list: Some(list),
            },
            None => {
                let (owner, group, others) = (self.mode & 0o700, self.mode >> 3, self.mode & 0o007);
                Self {
                    mode: owner | others & group,
                    list: None,
                }
            }
        }
    }

    /// Sets the list on `file`, or removes the one that it inherited from its directory. If the list cannot be kept, the rights
    /// become ones without a list that give nobody more. Whether it was kept.
    fn try_list(&mut self, file: &File) -> Result<bool> {
        let inherited = extended::access_list(file)?;
        if inherited == self.list || granted(extended::set_access_list(file, self.list.as_ref()))? {
            return Ok(true);
        }
        let lost = self.list.take();
        if let Some(list) = &lost {
            self.mode = list.mode_without_names();
        }
        if inherited.is_some() && !granted(extended::set_access_list(file, None))? {
            // With a list, the group bits of the mode are the limit for all users and groups that the list names.
            self.mode &= !0o070;
        }
        Ok(lost.is_none())
    }

    /// Sets a list of another kind on `file`, unless its mode implies the list, as it often does. If the list cannot be kept, only
    /// the owner keeps rights, since the list alone defines those of others. `Some` if it was kept.
    fn try_opaque_list(
        &mut self,
        file: &File,
        list: &OpaqueAcl,
        is_same_group: bool,
    ) -> Result<Option<OpaqueAcl>> {
        change_mode(file, self.mode)?;
        if is_same_group && !list.is_set_on(file) {
            granted(list.apply(file))?;
        }
        let is_kept = list.is_set_on(file);
        if !is_kept {
            self.mode &= 0o700;
        }
        Ok(is_kept.then(|| list.clone()))
    }
}

/// Changes the mode of `file`, if that is granted. Returns its mode afterwards.
fn change_mode(file: &File, mode: u32) -> Result<u32> {
    let current = |file: &File| file.metadata().map(|metadata| metadata.mode() & 0o7777);
    let before = current(file)?;
    if before == mode || !granted(retry(|| file.set_permissions(Permissions::from_mode(mode))))? {
        return Ok(before);
    }
    // Some file systems report success without doing anything.
    current(file)
}

/// Whether a call succeeded. `false` if it was refused, by the system or by a file system that does not support it.
fn granted(result: Result<()>) -> Result<bool> {
    let refusals = [
        ErrorKind::PermissionDenied,
        ErrorKind::Unsupported,
        ErrorKind::InvalidInput,
        // The quota of the owner or the group, which the old file still uses.
        ErrorKind::QuotaExceeded,
    ];
    match result {
        Err(error) if refusals.contains(&error.kind()) || is_unmapped_error(&error) => Ok(false),
        result => result.map(|()| true),
    }
}

/// Whether the mount or the namespace has no number for a user or a group.
fn is_unmapped_error(error: &Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::OVERFLOW.raw_os_error())
}

#[cfg(test)]
mod tests;
