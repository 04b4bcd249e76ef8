//! An element of the section table.

use crc32fast::Hasher;

use super::blocks::SectionBlocks;
use super::kind::SectionKind;
use crate::FormatError;
use crate::v2::checksum::crc32;

/// A section of the tail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Section {
    /// A [`SectionKind`], or a kind that this version does not know and skips. Not 0.
    pub kind: u32,
    /// CRC-32 of its bytes, or of the checksums of its blocks.
    pub checksum: u32,
    /// Its offset in the file, a multiple of [`PagedHeader::SECTION_ALIGNMENT`](crate::PagedHeader::SECTION_ALIGNMENT).
    pub offset: u64,
    /// Its length in bytes.
    pub length: u64,
}

impl Section {
    /// The most sections that a file can have.
    pub const MAX_COUNT: usize = 16;

    /// The section with these bytes at `offset` in the file. Those of a kind [with blocks](SectionKind::has_blocks) are the content
    /// and the checksums, as [`SectionBuilder`](crate::SectionBuilder) gives them.
    #[must_use]
    pub fn new(kind: SectionKind, offset: u64, bytes: &[u8]) -> Self {
        let length = bytes.len() as u64;
        let covered = match SectionBlocks::new(kind, length) {
            Ok(blocks) if kind.has_blocks() => bytes.get(blocks.checksums()).unwrap_or(bytes),
            _ => bytes,
        };
        Self {
            kind: kind as u32,
            checksum: crc32(covered),
            offset,
            length,
        }
    }

    /// Checks the checksums of the blocks, which `bytes`, those of the whole section, end with; not the blocks themselves.
    ///
    /// # Errors
    ///
    /// [`FormatError::SectionChecksum`] if they are not those that were written, [`FormatError::SectionBlocks`] if the section has
    /// no blocks.
    pub fn verify_checksums(&self, bytes: &[u8]) -> Result<SectionBlocks, FormatError> {
        let kind = SectionKind::with_blocks(self.kind);
        let (kind, length) =
            kind.map(|kind| (kind, bytes.len() as u64))
                .ok_or(FormatError::SectionBlocks {
                    kind: self.kind,
                    length: self.length,
                })?;
        let blocks = SectionBlocks::new(kind, length)?;
        self.compare_checksums(bytes.get(blocks.checksums()).unwrap_or_default())?;
        Ok(blocks)
    }

    /// The blocks of the section.
    ///
    /// # Errors
    ///
    /// [`FormatError::SectionBlocks`] if it has none.
    pub fn blocks(&self) -> Result<SectionBlocks, FormatError> {
        let kind = SectionKind::with_blocks(self.kind).ok_or(FormatError::SectionBlocks {
            kind: self.kind,
            length: self.length,
        })?;
        SectionBlocks::new(kind, self.length)
    }

    /// Checks the checksums of the blocks alone, without the content before them.
    ///
    /// # Errors
    ///
    /// [`FormatError::SectionChecksum`] if they are not those that were written.
    pub fn compare_checksums(&self, checksums: &[u8]) -> Result<(), FormatError> {
        let mut hasher = Hasher::new();
        hasher.update(checksums);
        self.compare(hasher)
    }

    pub(super) fn compare(&self, hasher: Hasher) -> Result<(), FormatError> {
        let computed = hasher.finalize();
        if computed == self.checksum {
            return Ok(());
        }
        Err(FormatError::SectionChecksum {
            kind: self.kind,
            stored: self.checksum,
            computed,
        })
    }

    pub(crate) fn end(&self) -> Option<u64> {
        self.offset.checked_add(self.length)
    }
}
