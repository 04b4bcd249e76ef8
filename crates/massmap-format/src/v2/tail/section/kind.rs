//! Kinds of sections, `FORMAT.md` section 2.3.

/// The kind of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SectionKind {
    /// The metadata, section 2.6.
    Metadata = 1,
    /// The page index, section 2.5.
    PageIndex = 2,
    /// The miss filter, section 2.7.
    MissFilter = 3,
    /// How values are compressed, section 2.4.2.
    Compression = 4,
}

impl SectionKind {
    /// All kinds that this version knows.
    pub const ALL: [Self; 4] = [
        Self::Metadata,
        Self::PageIndex,
        Self::MissFilter,
        Self::Compression,
    ];

    /// Whether a section of this kind ends with checksums of its blocks, which its checksum covers.
    #[must_use]
    pub const fn has_blocks(self) -> bool {
        matches!(self, Self::PageIndex | Self::MissFilter)
    }

    /// The kind with this number, if it [has blocks](Self::has_blocks).
    pub(crate) fn with_blocks(number: u32) -> Option<Self> {
        let mut kinds = Self::ALL.into_iter();
        kinds.find(|kind| *kind as u32 == number && kind.has_blocks())
    }
}
