//! The miss filter of an open map, however its file holds it.

use massmap_format::{FormatError, MissFilter, MissFilterParts, SectionKind};

/// A filter in one piece, or in parts.
#[derive(Debug, Clone)]
pub(crate) enum AnyMissFilter {
    Whole(MissFilter<Vec<u8>>),
    Parts(MissFilterParts<Vec<u8>>),
}

/// Filters longer than this are taken into memory only if that is worth it, in bytes.
const LONG: usize = 1 << 20;

/// At least one of so many bytes of a long filter is not zero, or else it is left out: all but an eighth of a usual filter are
/// fingerprints of a key each, and one that is only said to be there reads as zeros.
const MOST_ZEROS: usize = 16;

impl AnyMissFilter {
    /// The filter that `kind`, one of the two kinds of filters, has these bytes.
    pub(crate) fn new(kind: SectionKind, bytes: Vec<u8>) -> Result<Self, FormatError> {
        Ok(match kind {
            SectionKind::MissFilterParts => Self::Parts(MissFilterParts::new(bytes)?),
            _ => Self::Whole(MissFilter::new(bytes)?),
        })
    }

    /// Whether a filter that begins with these bytes is worth its memory. Maps do without one that is not.
    pub(crate) fn is_worthwhile(beginning: &[u8]) -> bool {
        let others = || beginning.iter().filter(|byte| **byte != 0).count();
        beginning.len() < LONG || others() >= beginning.len() / MOST_ZEROS
    }

    /// Whether a key with this spread hash may be in the map.
    #[inline(always)]
    pub(crate) fn may_contain(&self, hash: u64) -> bool {
        match self {
            Self::Whole(filter) => filter.may_contain(hash),
            Self::Parts(filter) => filter.may_contain(hash),
        }
    }
}
