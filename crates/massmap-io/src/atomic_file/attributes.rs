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
use extended::AccessList;

/// What a file has until it is complete: nobody else reads or writes it.
const PRIVATE: u32 = 0o600;

/// What is to be kept of a file.
#[derive(Debug)]
pub(super) struct Attributes {
    owner: u32,
    group: u32,
    rights: Rights,
    /// By name, with the value unless it may not be read.
    extended: Vec<(OsString, Option<Vec<u8>>)>,
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
            owner: metadata.uid(),
            group: metadata.gid(),
            rights: Rights {
                mode: metadata.mode() & 0o777,
                list: extended::access_list(file)?,
            },
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
        let mut rights = self.rights.clone();

        // By itself: setting the owner too takes other rights, and would take the group down with it.
        let own = file.metadata()?;
        if own.gid() != self.group {
            let granted = granted(retry(|| fchown(file, None, Some(self.group))))?;
            // Some file systems report success and do nothing.
            if !granted || file.metadata()?.gid() != self.group {
                rights = rights.for_another_group();
                not_kept.push(NotKept::Group { gid: self.group });
            }
        }

        for (name, value) in &self.extended {
            let set = value.as_ref().map(|value| extended::set(file, name, value));
            if set.is_none_or(|set| set.is_err()) {
                not_kept.push(NotKept::Attribute { name: name.clone() });
            }
        }

        // A new file may have got a list already, from the directory.
        let given = extended::access_list(file)?;
        if given != rights.list && !granted(extended::set_access_list(file, rights.list.as_ref()))? {
            if rights.list.is_some() {
                rights = rights.without_list();
                not_kept.push(NotKept::AccessList);
            }
            if given.is_some() && !granted(extended::set_access_list(file, None))? {
                // What is shown as the group's rights is what those have at most whom the list names.
                rights.mode &= !0o070;
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

        let mut owner = None;
        if own.uid() != self.owner {
            if granted(retry(|| fchown(file, Some(self.owner), None)))? {
                owner = Some(self.owner);
                // Until the end, as only the owner may change the mode.
                retry(|| fchown(file, Some(own.uid()), None))?;
            } else {
                not_kept.push(NotKept::Owner { uid: self.owner });
            }
        }
        Ok(Trial::Done(Remainder { mode, owner }, not_kept))
    }
}

impl Remainder {
    /// Gives `file` to its owner and lets those at it who are to be let.
    pub(super) fn give(&self, file: &File) -> Result<()> {
        if file.metadata()?.mode() & 0o7777 != self.mode {
            retry(|| file.set_permissions(Permissions::from_mode(self.mode)))?;
        }
        match self.owner {
            Some(owner) => retry(|| fchown(file, Some(owner), None)),
            None => Ok(()),
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

    /// Those without the list, by which nobody gets more.
    fn without_list(&self) -> Self {
        let mode = self.list.as_ref().map(AccessList::mode_without_names);
        Self {
            mode: mode.unwrap_or(self.mode),
            list: None,
        }
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
