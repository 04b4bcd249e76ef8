//! The miss filter of an open map, in either of its stored forms.

use bytes::Bytes;
use massmap_format::{FormatError, MissFilter, MissFilterParts, SectionKind};

/// A filter in one piece or in parts.
#[derive(Debug, Clone)]
pub(crate) enum AnyMissFilter {
    Whole(MissFilter<Bytes>),
    Parts(MissFilterParts<Bytes>),
}

/// A longer filter is loaded only if it is worthwhile. In bytes.
const LONG: usize = 1 << 20;

/// A long filter is worthwhile if at least one of this many bytes is not zero. In an ordinary filter, all bytes but an eighth are
/// fingerprints, one for each key. A filter that only pretends to be long, such as a hole in the file, reads as zeros.
const MOST_ZEROS: usize = 16;

impl AnyMissFilter {
    /// The filter with these bytes. `kind` is one of the two kinds of filters.
    pub(crate) fn new(kind: SectionKind, bytes: Bytes) -> Result<Self, FormatError> {
        Ok(match kind {
            SectionKind::MissFilterParts => Self::Parts(MissFilterParts::new(bytes)?),
            _ => Self::Whole(MissFilter::new(bytes)?),
        })
    }

    /// Whether a filter that begins with these bytes is worth its memory. Otherwise the map does without it.
    pub(crate) fn is_worthwhile(beginning: &[u8]) -> bool {
        let others = || beginning.iter().filter(|byte| **byte != 0).count();
        beginning.len() < LONG || others() >= beginning.len() / MOST_ZEROS
    }

    /// Whether a key with this spread hash may be in the map.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn may_contain(&self, hash: u64) -> bool {
        match self {
            Self::Whole(filter) => filter.may_contain(hash),
            Self::Parts(filter) => filter.may_contain(hash),
        }
    }
}
