//! The miss filter of an open map, however its file holds it.

use massmap_format::{FormatError, MissFilter, MissFilterParts, SectionKind};

/// A filter in one piece, or in parts.
#[derive(Debug, Clone)]
pub(crate) enum AnyMissFilter {
    Whole(MissFilter<Vec<u8>>),
    Parts(MissFilterParts<Vec<u8>>),
}

impl AnyMissFilter {
    /// The filter of a file, if it has one; `section` gives the bytes of a section that is there.
    pub(crate) fn of<'a>(
        section: impl Fn(SectionKind) -> Option<Result<&'a [u8], FormatError>>,
    ) -> Result<Option<Self>, FormatError> {
        if let Some(bytes) = section(SectionKind::MissFilter) {
            return Ok(Some(Self::Whole(MissFilter::new(bytes?.to_vec())?)));
        }
        match section(SectionKind::MissFilterParts) {
            Some(bytes) => Ok(Some(Self::Parts(MissFilterParts::new(bytes?.to_vec())?))),
            None => Ok(None),
        }
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
