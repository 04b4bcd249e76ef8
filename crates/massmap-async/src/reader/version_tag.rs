//! Which version of a file was read.

use std::fmt;

/// Names a version of a file, such as the ETag of an object.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VersionTag {
    text: String,
    is_strong: bool,
}

impl VersionTag {
    /// A tag that no other version of the file has: equal tags mean equal bytes.
    #[must_use]
    pub fn strong(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            is_strong: true,
        }
    }

    /// A tag that another version of the file may have, such as the time of its last change: different tags mean different bytes, but
    /// equal tags do not mean equal ones.
    #[must_use]
    pub fn weak(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            is_strong: false,
        }
    }

    /// Whether equal tags mean equal bytes.
    ///
    /// Where they do not, a map checks the checksum of every page that it reads, which tells pages of other versions, and refuses
    /// files of format 1, which have none.
    #[must_use]
    pub const fn is_strong(&self) -> bool {
        self.is_strong
    }

    /// The tag itself. May be empty.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for VersionTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
