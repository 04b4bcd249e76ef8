//! Checksums of the blocks of a section, `FORMAT.md` section 2.3.

use std::ops::Range;

use super::kind::SectionKind;
use crate::FormatError;
use crate::v2::checksum::crc32;

/// Where the content of a section ends and the checksums of its blocks begin.
///
/// Readers that use a section in its place check the checksums of the blocks that they use, when they use them first, and so do not
/// read the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SectionBlocks {
    kind: u32,
    content: usize,
    length: usize,
}

impl SectionBlocks {
    /// Length of a block, but for the last one, which may be shorter.
    pub const BLOCK_LENGTH: usize = 4096;

    /// Length of a checksum.
    const CHECKSUM_LENGTH: usize = 4;

    /// Of a section of this kind and length.
    ///
    /// # Errors
    ///
    /// [`FormatError::SectionBlocks`] if no content with its checksums is as long.
    pub fn new(kind: SectionKind, length: u64) -> Result<Self, FormatError> {
        let kind = kind as u32;
        let split = || {
            let length = usize::try_from(length).ok()?;
            let blocks = length.div_ceil(Self::BLOCK_LENGTH + Self::CHECKSUM_LENGTH);
            let content = length - (Self::CHECKSUM_LENGTH * blocks).min(length);
            let fits = content.div_ceil(Self::BLOCK_LENGTH) == blocks;
            fits.then_some(Self {
                kind,
                content,
                length,
            })
        };
        split().ok_or(FormatError::SectionBlocks { kind, length })
    }

    /// The range of the content in the section.
    #[must_use]
    pub const fn content(&self) -> Range<usize> {
        0..self.content
    }

    /// The range of the checksums in the section.
    #[must_use]
    pub const fn checksums(&self) -> Range<usize> {
        self.content..self.length
    }

    /// Number of blocks.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.content.div_ceil(Self::BLOCK_LENGTH)
    }

    /// Checks a block of `section`, the bytes of the whole section.
    ///
    /// # Errors
    ///
    /// [`FormatError::BlockChecksum`] if its checksum is another one, or `section` is too short.
    pub fn verify(&self, block: usize, section: &[u8]) -> Result<(), FormatError> {
        let checksums = section.get(self.checksums()).unwrap_or_default();
        let bytes = section.get(self.block(block));
        self.compare(block, bytes, checksums)
    }

    /// Checks the blocks in `part`, a part of the content that begins with the block `first` and ends with the end of a block. `checksums`
    /// are those of all blocks.
    ///
    /// # Errors
    ///
    /// [`FormatError::BlockChecksum`].
    pub fn verify_part(&self, first: usize, part: &[u8], checksums: &[u8]) -> Result<(), FormatError> {
        let blocks = part.chunks(Self::BLOCK_LENGTH);
        (first..)
            .zip(blocks)
            .try_for_each(|(block, bytes)| self.compare(block, Some(bytes), checksums))
    }

    /// Where a block lies in the section.
    #[must_use]
    pub fn block(&self, block: usize) -> Range<usize> {
        let start = block.saturating_mul(Self::BLOCK_LENGTH).min(self.content);
        start..start.saturating_add(Self::BLOCK_LENGTH).min(self.content)
    }

    fn compare(&self, block: usize, bytes: Option<&[u8]>, checksums: &[u8]) -> Result<(), FormatError> {
        let stored = checksums
            .as_chunks()
            .0
            .get(block)
            .map(|checksum| u32::from_le_bytes(*checksum));
        let computed = bytes.map_or(0, crc32);
        match stored {
            Some(stored) if stored == computed => Ok(()),
            stored => Err(FormatError::BlockChecksum {
                kind: self.kind,
                block: block as u64,
                stored: stored.unwrap_or(0),
                computed,
            }),
        }
    }
}
