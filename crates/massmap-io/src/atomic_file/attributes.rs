//! What of a replaced file its successor has too: owner, group, permissions, and on Linux access control list and the
//! attributes that users have set.
//!
//! Whatever of it the process may not keep is left out, and nobody is given more than they had by that. Whether it can be kept
//! is tried when the successor is created, before the work that fills it.

#[cfg(target_os = "linux")]
mod acl;
#[cfg(target_os = "linux")]
mod extended;
#[cfg(not(target_os = "linux"))]
#[path = "attributes/not_extended.rs"]
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
use extended::{AccessList, OpaqueList};

/// What a file has until it is complete: nobody else reads or writes it.
const PRIVATE: u32 = 0o600;

/// What is to be kept of a file.
#[derive(Debug)]
pub(super) struct Attributes {
    owner: Id,
    group: Id,
    rights: Rights,
    /// If the file system has lists that are not of POSIX.
    opaque: Option<OpaqueList>,
    /// By name, with the value unless it may not be read.
    extended: Vec<(OsString, Option<Vec<u8>>)>,
}

/// The number of a user or a group.
#[derive(Debug, Clone, Copy)]
struct Id {
    number: u32,
    /// Whether all have that number which have none here: then it is not known which one it is.
    is_nameless: bool,
}

/// Who may do what with a file.
#[derive(Debug, Clone)]
struct Rights {
    /// Without the bits that lend the owner's or the group's rights to whoever runs the file: those were given to what was in
    /// it.
    mode: u32,
    /// If there is more to it than the mode. Gives a file that has it the same mode.
    list: Option<AccessList>,
}

/// How a trial went.
enum Trial {
    /// The file has everything that could be kept, but for this.
    Done(Remainder, Vec<NotKept>),
    /// The file has the mode `has` and cannot get the mode `wanted`.
    Stuck {
        /// What it should be.
        wanted: u32,
        /// What it is.
        has: u32,
    },
}

/// What a file gets when it is complete.
#[derive(Debug)]
pub(super) struct Remainder {
    mode: u32,
    /// Behind the mode, which changes it.
    opaque: Option<OpaqueList>,
    /// Behind the mode, which is the owner's to change.
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
            opaque: OpaqueList::of(file)?,
            extended: extended::user_attributes(file)?,
        })
    }

    /// Creates a file with `create`, which takes its mode, and gives it what can be kept; the rest, and what others need to read
    /// and write it, is for when it is complete. Says what cannot be kept. `named` is the file to be replaced.
    ///
    /// # Errors
    ///
    /// Fails if `create` does, or a call for other reasons than that it is refused, and if the file system gives the file
    /// permissions that let more users at it, and keeps them.
    pub(super) fn prepare(
        &self,
        named: &Path,
        create: impl Fn(u32) -> std::result::Result<Temporary, IoError>,
    ) -> std::result::Result<(Temporary, Remainder, Vec<NotKept>), IoError> {
        let failed = |source| IoError::Publish {
            path: named.to_owned(),
            step: PublishStep::Inherit,
            source,
        };
        let temporary = create(PRIVATE)?;
        let wanted = match self.try_on(&temporary.file, false).map_err(failed)? {
            Trial::Done(remainder, not_kept) => return Ok((temporary, remainder, not_kept)),
            Trial::Stuck { wanted, .. } => wanted,
        };
        // Where modes cannot be changed, files may still be created with them.
        drop(temporary);
        let temporary = create(wanted)?;
        match self.try_on(&temporary.file, true).map_err(failed)? {
            Trial::Done(remainder, not_kept) => Ok((temporary, remainder, not_kept)),
            Trial::Stuck { wanted, has } => Err(IoError::WouldWiden {
                path: named.to_owned(),
                wanted,
                has,
            }),
        }
    }

    /// Gives `file`, which is new, what can be kept, and hides it from others until [`Remainder::give`]. With `accept_less`, a mode
    /// that has less than the wanted one will do.
    fn try_on(&self, file: &File, accept_less: bool) -> Result<Trial> {
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
            return Ok(Trial::Stuck {
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
        let remainder = Remainder {
            mode,
            opaque,
            owner: owner.filter(|owner| *owner != own.uid()),
        };
        Ok(Trial::Done(remainder, not_kept))
    }

    /// Gives `file` the group, if it has `own`. Whether it has it then.
    fn try_group(&self, file: &File, own: u32) -> Result<bool> {
        let Id { number, is_nameless } = self.group;
        if is_nameless || own == number {
            return Ok(!is_nameless);
        }
        // By itself: setting the owner too takes other rights, and would take the group down with it.
        let granted = granted(retry(|| fchown(file, None, Some(number))))?;
        // Some file systems report success and do nothing.
        Ok(granted && file.metadata()?.gid() == number)
    }

    /// Who is to be the owner of `file`, which is `own` now, if that can be.
    fn try_owner(&self, file: &File, own: u32) -> Result<Option<u32>> {
        let Id { number, is_nameless } = self.owner;
        if is_nameless {
            return Ok(None);
        }
        if own != number {
            if !granted(retry(|| fchown(file, Some(number), None)))? {
                return Ok(None);
            }
            // Until the end, as only the owner may change the mode.
            retry(|| fchown(file, Some(own), None))?;
        }
        Ok(Some(number))
    }
}

impl Remainder {
    /// Gives `file` to its owner and lets those at it who are to be let.
    pub(super) fn give(&self, file: &File) -> Result<()> {
        if file.metadata()?.mode() & 0o7777 != self.mode {
            retry(|| file.set_permissions(Permissions::from_mode(self.mode)))?;
        }
        if let Some(list) = &self.opaque
            && !list.is_that_of(file)
        {
            list.give(file)?;
        }
        if let Some(owner) = self.owner {
            // It was granted before. If it no longer is, nobody has more for it, and the work was not for nothing.
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
            is_nameless: extended::is_nameless(number, kind),
        }
    }
}

impl Rights {
    /// Those for a file of another group, which gets none, and by which nobody gets more: members of the former group become
    /// others.
    fn for_another_group(&self) -> Self {
        match self.list.as_ref().map(AccessList::for_another_group) {
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

    /// Gives `file` the list, or takes the one away that it got from its directory. If the list cannot be kept, these become
    /// rights without one, by which nobody gets more. Whether it was kept.
    fn try_list(&mut self, file: &File) -> Result<bool> {
        let given = extended::access_list(file)?;
        if given == self.list || granted(extended::set_access_list(file, self.list.as_ref()))? {
            return Ok(true);
        }
        let lost = self.list.take();
        if let Some(list) = &lost {
            self.mode = list.mode_without_names();
        }
        if given.is_some() && !granted(extended::set_access_list(file, None))? {
            // What is shown as the group's rights is what those have at most whom the list names.
            self.mode &= !0o070;
        }
        Ok(lost.is_none())
    }

    /// Gives `file` a list of another kind, unless it has it with its mode, as it has most that are no more than that. If the list
    /// cannot be kept, these become the owner's rights alone, as only the list tells who else may do what. `Some` if it was kept.
    fn try_opaque_list(
        &mut self,
        file: &File,
        list: &OpaqueList,
        is_same_group: bool,
    ) -> Result<Option<OpaqueList>> {
        change_mode(file, self.mode)?;
        if is_same_group && !list.is_that_of(file) {
            granted(list.give(file))?;
        }
        let is_kept = list.is_that_of(file);
        if !is_kept {
            self.mode &= 0o700;
        }
        Ok(is_kept.then(|| list.clone()))
    }
}

/// Gives `file` this mode unless it has it, as far as that is granted. Gives the mode that it has then.
fn change_mode(file: &File, mode: u32) -> Result<u32> {
    let current = |file: &File| file.metadata().map(|metadata| metadata.mode() & 0o7777);
    let before = current(file)?;
    if before == mode || !granted(retry(|| file.set_permissions(Permissions::from_mode(mode))))? {
        return Ok(before);
    }
    // Some file systems report success and do nothing.
    current(file)
}

/// Whether a call was made, rather than refused by the system or by a file system that knows no such thing.
fn granted(result: Result<()>) -> Result<bool> {
    let refusals = [
        ErrorKind::PermissionDenied,
        ErrorKind::Unsupported,
        ErrorKind::InvalidInput,
        // That of the owner or the group, who have the old file still.
        ErrorKind::QuotaExceeded,
    ];
    match result {
        Err(error) if refusals.contains(&error.kind()) || is_unmapped(&error) => Ok(false),
        result => result.map(|()| true),
    }
}

/// Whether a user or a group is none that the mount or the namespace has a number for.
fn is_unmapped(error: &Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::OVERFLOW.raw_os_error())
}

#[cfg(test)]
mod tests;
