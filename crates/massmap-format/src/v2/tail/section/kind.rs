//! Kinds of sections, `FORMAT.md` section 2.3.

/// The kind of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SectionKind {
    /// The metadata, section 2.6.
    Metadata = 1,
    /// The page index, section 2.5.
    PageIndex = 2,
    /// The miss filter in one piece, section 2.7.
    MissFilter = 3,
    /// The miss filter in parts, section 2.7.
    MissFilterParts = 4,
}

impl SectionKind {
    /// All kinds that this version knows.
    pub const ALL: [Self; 4] = [
        Self::Metadata,
        Self::PageIndex,
        Self::MissFilter,
        Self::MissFilterParts,
    ];
}
