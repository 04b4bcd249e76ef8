//! Sections of the tail, `FORMAT.md` section 2.3.

pub(crate) mod blocks;
pub(crate) mod builder;
pub(crate) mod check;
pub(crate) mod entry;
pub(crate) mod kind;

pub use blocks::SectionBlocks;
pub use builder::SectionBuilder;
pub use check::SectionCheck;
pub use entry::Section;
pub use kind::SectionKind;
