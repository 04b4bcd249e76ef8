//! Attributes of a replaced file that the new one cannot have.

use std::ffi::OsString;
use std::fmt;

/// An attribute of a replaced file that the new one cannot have, because the process lacks the right to set it, or the file
/// system does not support it.
///
/// Nobody gets more rights to the new file because of it, but some users may get less. Displayed, it says what the new file has
/// instead.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotKept {
    /// The owner. The new file belongs to the user who writes it.
    Owner {
        /// The user ID of the former owner.
        uid: u32,
    },
    /// The group. The group of the new file gets no rights.
    Group {
        /// The ID of the former group.
        gid: u32,
    },
    /// The permissions.
    Mode {
        /// The permissions of the old file, the lowest nine bits.
        old: u32,
        /// The permissions of the new file, a subset of them.
        new: u32,
    },
    /// The access control list. The new file has permissions that give nobody more rights.
    AccessList,
    /// An extended attribute that a user has set.
    Attribute {
        /// Its name, as in `user.comment`.
        name: OsString,
    },
}

impl fmt::Display for NotKept {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owner { uid } => write!(
                formatter,
                "its owner (user {uid}) cannot be kept: it will belong to the user who writes it"
            ),
            Self::Group { gid } => write!(
                formatter,
                "its group ({gid}) cannot be kept: it will have another, which gets no rights"
            ),
            Self::Mode { old, new } => write!(
                formatter,
                "its permissions ({old:03o}) cannot be kept: it will have {new:03o}"
            ),
            Self::AccessList => formatter.write_str(
                "its access control list cannot be kept: it will have permissions that give nobody more",
            ),
            Self::Attribute { name } => write!(
                formatter,
                "its attribute {} cannot be kept: it will be missing",
                name.display()
            ),
        }
    }
}
