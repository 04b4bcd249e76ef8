//! What a file cannot have of the one in whose place it is put.

use std::ffi::OsString;
use std::fmt;

/// Something of a replaced file that the new one cannot have, as the process lacks the right or the file system the means.
///
/// Nobody may do more with the new file than with the old one because of it, but some may do less. Displayed, it says what the
/// new file has instead.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotKept {
    /// The owner. The new file belongs to whoever writes it.
    Owner {
        /// The former owner's number.
        uid: u32,
    },
    /// The group. The one that the new file has gets no rights by that.
    Group {
        /// The former group's number.
        gid: u32,
    },
    /// The permissions.
    Mode {
        /// Those of the old file, the lowest nine bits.
        old: u32,
        /// Those of the new one, of which each is one of the old file's.
        new: u32,
    },
    /// The access control list. The new file has permissions without one, such that nobody gets more rights.
    AccessList,
    /// An attribute that a user has set.
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
                "its attribute {} cannot be kept: it will do without",
                name.display()
            ),
        }
    }
}
