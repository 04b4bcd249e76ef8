//! Building a section piece by piece.

use crc32fast::Hasher;

use super::blocks::SectionBlocks;
use super::entry::Section;
use super::kind::SectionKind;
use crate::v2::checksum::crc32;

/// A builder of a section, from [`Section::builder`].
#[derive(Debug, Clone)]
pub struct SectionBuilder {
    kind: SectionKind,
    offset: u64,
    length: u64,
    /// Of all bytes, or of those of the last block.
    hasher: Hasher,
    /// Checksums of the blocks that are complete.
    blocks: Vec<u8>,
}

impl Section {
    /// A builder of a section at `offset` in the file, whose bytes are added piece by piece.
    #[must_use]
    pub fn builder(kind: SectionKind, offset: u64) -> SectionBuilder {
        SectionBuilder::new(kind, offset)
    }
}

impl SectionBuilder {
    pub(super) fn new(kind: SectionKind, offset: u64) -> Self {
        Self {
            kind,
            offset,
            length: 0,
            hasher: Hasher::new(),
            blocks: Vec::new(),
        }
    }

    /// Adds the next bytes of the content.
    pub fn add(&mut self, mut bytes: &[u8]) {
        const BLOCK: u64 = SectionBlocks::BLOCK_LENGTH as u64;
        while self.kind.has_blocks() && !bytes.is_empty() {
            let room = usize::try_from(BLOCK - self.length % BLOCK).unwrap_or(usize::MAX);
            let (part, rest) = bytes.split_at(room.min(bytes.len()));
            self.hasher.update(part);
            self.length += part.len() as u64;
            if self.length.is_multiple_of(BLOCK) {
                self.end_block();
            }
            bytes = rest;
        }
        self.hasher.update(bytes);
        self.length += bytes.len() as u64;
    }

    fn end_block(&mut self) {
        let checksum = std::mem::take(&mut self.hasher).finalize();
        self.blocks.extend_from_slice(&checksum.to_le_bytes());
    }

    /// The section of all bytes that were added, and the bytes that stand behind them: the checksums of its blocks, if it has any.
    #[must_use]
    pub fn finish(mut self) -> (Section, Vec<u8>) {
        let checksum = if self.kind.has_blocks() {
            if !self.length.is_multiple_of(SectionBlocks::BLOCK_LENGTH as u64) {
                self.end_block();
            }
            crc32(&self.blocks)
        } else {
            self.hasher.finalize()
        };
        let section = Section {
            kind: self.kind as u32,
            checksum,
            offset: self.offset,
            length: self.length + self.blocks.len() as u64,
        };
        (section, self.blocks)
    }
}
