//! The half of a lookup before the read.

use super::extent::Extent;

/// The place of the entries with a hash, from [`Index::probe`](crate::Index::probe).
#[derive(Debug, Clone, Copy)]
pub enum Probe {
    /// Nowhere: the map has no such key. No read is needed.
    Miss,
    /// In this extent, if the map has the key.
    Read(Extent),
}

impl Probe {
    /// The extent to read, if one has to be read.
    #[must_use]
    pub const fn extent(self) -> Option<Extent> {
        match self {
            Self::Miss => None,
            Self::Read(extent) => Some(extent),
        }
    }
}
