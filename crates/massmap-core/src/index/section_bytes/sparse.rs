//! A section of which only some parts are in memory.

use std::ops::Range;
use std::sync::OnceLock;

use bytes::Bytes;
use massmap_format::{FormatError, Section, SectionBlocks};

/// Number of blocks that are read at once. A store takes as long for 32 KiB as for 4, and parts that are needed one after the other often lie
/// near each other.
const BLOCKS_AT_ONCE: usize = 8;

/// Length of what a part adds, in bytes.
const STEP: usize = BLOCKS_AT_ONCE * SectionBlocks::BLOCK_LENGTH;

/// The content of a section, as far as it has been supplied. Each block is checked when it is supplied.
///
/// Parts overlap by one block, so that what crosses the end of a part lies within it as a whole.
#[derive(Debug)]
pub(crate) struct SparseSection {
    section: Section,
    blocks: SectionBlocks,
    /// Those of all blocks.
    checksums: Bytes,
    parts: Box<[OnceLock<Bytes>]>,
    /// All of the content, once it has been supplied at once.
    whole: OnceLock<Bytes>,
}

impl SparseSection {
    /// Where the checksums of the blocks of `section` lie in the file.
    pub(crate) fn checksums_of(section: &Section) -> Result<Range<u64>, FormatError> {
        let checksums = section.blocks()?.checksums();
        Ok(section.offset + checksums.start as u64..section.offset + checksums.end as u64)
    }

    /// Where the first part of the content of `section` lies in the file.
    pub(crate) fn first_part_of(section: &Section) -> Result<Range<u64>, FormatError> {
        let end = section
            .blocks()?
            .content()
            .end
            .min(STEP + SectionBlocks::BLOCK_LENGTH);
        Ok(section.offset..section.offset + end as u64)
    }

    /// A section without its content. `checksums` are those of its blocks.
    pub(crate) fn new(section: Section, checksums: Bytes) -> Result<Self, FormatError> {
        section.compare_checksums(&checksums)?;
        let blocks = section.blocks()?;
        let count = blocks.content().end.div_ceil(STEP);
        Ok(Self {
            section,
            blocks,
            checksums,
            parts: std::iter::repeat_with(OnceLock::new).take(count).collect(),
            whole: OnceLock::new(),
        })
    }

    pub(super) fn length(&self) -> usize {
        self.blocks.content().end
    }

    /// Number of bytes of the parts that have been supplied, and of the checksums.
    pub(super) fn supplied_length(&self) -> usize {
        let parts = self.parts.iter().chain([&self.whole]).filter_map(OnceLock::get);
        parts.map(Bytes::len).sum::<usize>() + self.checksums.len()
    }

    /// The whole content, if it has been supplied.
    pub(super) fn whole(&self) -> Result<&[u8], FormatError> {
        match self.whole.get() {
            Some(whole) => Ok(whole),
            None => Err(self.missing(self.blocks.content())),
        }
    }

    /// The bytes in `range`, which lies within the content.
    ///
    /// # Errors
    ///
    /// [`FormatError::SectionPartMissing`] with what to supply.
    pub(super) fn range(&self, range: Range<usize>) -> Result<&[u8], FormatError> {
        if let Some(whole) = self.whole.get() {
            return Ok(whole.get(range).unwrap_or_default());
        }
        let number = range.start / STEP;
        let part = self.part(number);
        if range.end > part.end {
            // The positions of a run with thousands of pages.
            return Err(self.missing(self.blocks.content()));
        }
        let supplied = self.parts.get(number).and_then(OnceLock::get);
        let within = supplied.and_then(|bytes| bytes.get(range.start - part.start..range.end - part.start));
        within.ok_or_else(|| self.missing(part))
    }

    /// Where a part lies in the content.
    fn part(&self, number: usize) -> Range<usize> {
        let start = number.saturating_mul(STEP).min(self.length());
        let end = start.saturating_add(STEP + SectionBlocks::BLOCK_LENGTH);
        start..end.min(self.length())
    }

    fn missing(&self, range: Range<usize>) -> FormatError {
        FormatError::SectionPartMissing {
            kind: self.section.kind,
            offset: self.section.offset + range.start as u64,
            length: range.len() as u64,
        }
    }

    /// Takes bytes of the file that [`FormatError::SectionPartMissing`] has asked for. Whether they are of this section.
    ///
    /// # Errors
    ///
    /// [`FormatError::BlockChecksum`].
    pub(super) fn supply(&self, offset: u64, bytes: &Bytes) -> Result<bool, FormatError> {
        let start = offset.checked_sub(self.section.offset);
        let Some(start) = start.and_then(|start| usize::try_from(start).ok()) else {
            return Ok(false);
        };
        let range = start..start.saturating_add(bytes.len());
        let number = start / STEP;
        let place = match self.parts.get(number) {
            _ if range == self.blocks.content() => &self.whole,
            Some(part) if range == self.part(number) => part,
            _ => return Ok(false),
        };
        self.blocks
            .verify_part(start / SectionBlocks::BLOCK_LENGTH, bytes, &self.checksums)?;
        // Of several that supply the same part, one is first.
        _ = place.set(bytes.clone());
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use massmap_format::SectionKind;

    use super::*;

    /// A section of three parts, the last of them short, at byte 1000 of a file: its content, and itself.
    fn section() -> (Bytes, SparseSection) {
        let content: Vec<u8> = (0..80_000u32).map(|number| (number % 251) as u8).collect();
        let mut builder = Section::builder(SectionKind::PageIndex, 1000);
        builder.add(&content);
        let (section, checksums) = builder.finish();
        (
            content.into(),
            SparseSection::new(section, checksums.to_vec().into()).unwrap(),
        )
    }

    fn missing(error: &FormatError) -> Range<usize> {
        let FormatError::SectionPartMissing { offset, length, .. } = error else {
            panic!("{error}");
        };
        (*offset as usize - 1000)..(*offset + *length) as usize - 1000
    }

    #[test]
    fn a_range_is_there_once_the_part_that_it_asks_for_has_been_supplied() {
        let (content, sparse) = section();
        // Two blocks, and one across the end of a part.
        for range in [
            0..20,
            STEP - 10..STEP + 10,
            STEP..STEP + 4096,
            79_999..80_000,
            70_000..70_000,
        ] {
            let part = missing(&sparse.range(range.clone()).unwrap_err());
            assert!(
                part.start <= range.start && range.end <= part.end,
                "{range:?} in {part:?}"
            );
            assert!(part.len() <= STEP + 4096);
        }
        assert_eq!(sparse.supplied_length(), 80);
        let first = missing(&sparse.range(5..9).unwrap_err());
        assert!(sparse.supply(1000, &content.slice(first.clone())).unwrap());
        assert_eq!(sparse.supplied_length(), 80 + first.len());
        assert_eq!(
            sparse.range(STEP - 10..STEP + 10).unwrap(),
            &content[STEP - 10..STEP + 10]
        );
        sparse.range(STEP..STEP + 1).unwrap_err();
        sparse.whole().unwrap_err();
    }

    #[test]
    fn a_range_longer_than_a_part_asks_for_everything() {
        let (content, sparse) = section();
        let whole = missing(&sparse.range(10..STEP + 5000).unwrap_err());
        assert_eq!(whole, 0..80_000);
        assert!(sparse.supply(1000, &content).unwrap());
        assert_eq!(sparse.range(10..STEP + 5000).unwrap(), &content[10..STEP + 5000]);
        assert_eq!(sparse.whole().unwrap(), &content);
    }

    #[test]
    fn damaged_parts_and_bytes_that_are_no_part_are_not_taken() {
        let (content, sparse) = section();
        let part = missing(&sparse.range(STEP..STEP + 1).unwrap_err());
        for place in [part.start, part.start + 5000, part.end - 1] {
            let mut damaged = content.to_vec();
            damaged[place] ^= 1;
            let damaged = Bytes::from(damaged).slice(part.clone());
            let error = sparse.supply(1000 + part.start as u64, &damaged).unwrap_err();
            assert!(
                matches!(error, FormatError::BlockChecksum { block, .. } if block == place as u64 / 4096)
            );
        }
        let offset = 1000 + part.start as u64;
        for (offset, range) in [
            (offset, part.start..part.end - 1),
            (offset - 4096, part.start - 4096..part.end),
            (0, 0..4096),
            (500_000, 0..1),
        ] {
            assert!(!sparse.supply(offset, &content.slice(range)).unwrap(), "{offset}");
        }
        sparse.range(STEP..STEP + 1).unwrap_err();
        let other = Section::builder(SectionKind::PageIndex, 0).finish().0;
        SparseSection::new(other, Bytes::from_static(b"1234")).unwrap_err();
    }
}
