//! Checking the checksums of a section piece by piece.

use super::blocks::SectionBlocks;
use super::builder::SectionBuilder;
use super::entry::Section;
use super::kind::SectionKind;
use crate::FormatError;
use crc32fast::Hasher;

/// A check of a section's checksums, from [`Section::begin_check`].
#[derive(Debug, Clone)]
pub struct SectionCheck {
    section: Section,
    /// Of the bytes that the section's checksum covers.
    hasher: Hasher,
    blocks: Option<BlocksCheck>,
}

/// A check of the checksums of blocks.
#[derive(Debug, Clone)]
struct BlocksCheck {
    kind: SectionKind,
    /// Bytes of the content that are still to come; `None` if the section's length is impossible.
    content: Option<usize>,
    computed: SectionBuilder,
    stored: Vec<u8>,
}

impl Section {
    /// Checks all checksums of the section's bytes. Returns its content, without the checksums of its blocks.
    ///
    /// # Errors
    ///
    /// [`FormatError::SectionChecksum`], [`FormatError::BlockChecksum`] or [`FormatError::SectionBlocks`] if the bytes are not
    /// those that were written.
    pub fn verify<'a>(&self, bytes: &'a [u8]) -> Result<&'a [u8], FormatError> {
        let mut check = self.begin_check();
        check.add(bytes);
        check.finish()?;
        match SectionKind::with_blocks(self.kind) {
            None => Ok(bytes),
            Some(kind) => {
                let blocks = SectionBlocks::new(kind, bytes.len() as u64)?;
                Ok(bytes.get(blocks.content()).unwrap_or(bytes))
            }
        }
    }

    /// Begins a check of all checksums of the section. The bytes are added piece by piece.
    #[must_use]
    pub fn begin_check(&self) -> SectionCheck {
        SectionCheck::new(self)
    }
}

impl SectionCheck {
    fn new(section: &Section) -> Self {
        let blocks = SectionKind::with_blocks(section.kind).map(|kind| BlocksCheck {
            kind,
            content: SectionBlocks::new(kind, section.length)
                .ok()
                .map(|blocks| blocks.content().end),
            computed: SectionBuilder::new(kind, 0),
            stored: Vec::new(),
        });
        Self {
            section: *section,
            hasher: Hasher::new(),
            blocks,
        }
    }

    /// Adds the next bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        let Some(blocks) = &mut self.blocks else {
            return self.hasher.update(bytes);
        };
        let Some(left) = &mut blocks.content else {
            return;
        };
        let (content, checksums) = bytes.split_at((*left).min(bytes.len()));
        *left -= content.len();
        blocks.computed.add(content);
        blocks.stored.extend_from_slice(checksums);
        self.hasher.update(checksums);
    }

    /// Checks the checksums of all bytes that were added.
    ///
    /// # Errors
    ///
    /// [`FormatError::SectionChecksum`], [`FormatError::BlockChecksum`] or [`FormatError::SectionBlocks`] if they are not those
    /// that were written.
    pub fn finish(self) -> Result<(), FormatError> {
        let Some(blocks) = self.blocks else {
            return self.section.compare(self.hasher);
        };
        SectionBlocks::new(blocks.kind, self.section.length)?;
        self.section.compare(self.hasher)?;
        let (_, computed) = blocks.computed.finish();
        let pairs = computed.as_chunks().0.iter().zip(blocks.stored.as_chunks().0);
        for (block, (computed, stored)) in (0..).zip(pairs) {
            if computed != stored {
                return Err(FormatError::BlockChecksum {
                    kind: self.section.kind,
                    block,
                    stored: u32::from_le_bytes(*stored),
                    computed: u32::from_le_bytes(*computed),
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A section with this content, and its bytes.
    fn section(length: usize) -> (Section, Vec<u8>) {
        let mut bytes: Vec<u8> = (0..length).map(|number| (number % 251) as u8).collect();
        let mut builder = Section::builder(SectionKind::PageIndex, 64);
        bytes.chunks(1000).for_each(|piece| builder.add(piece));
        let (section, checksums) = builder.finish();
        bytes.extend_from_slice(&checksums);
        assert_eq!(section, Section::new(SectionKind::PageIndex, 64, &bytes));
        (section, bytes)
    }

    #[test]
    fn every_byte_of_a_section_with_blocks_is_checked() {
        for length in [0, 1, 4095, 4096, 4097, 8192, 10_000] {
            let (section, bytes) = section(length);
            assert_eq!(bytes.len(), length + 4 * length.div_ceil(4096));
            assert_eq!(section.verify(&bytes).unwrap(), &bytes[..length]);
            let blocks = section.verify_checksums(&bytes).unwrap();
            assert_eq!(
                (blocks.content(), blocks.count()),
                (0..length, length.div_ceil(4096))
            );
            for place in (0..bytes.len())
                .step_by(97)
                .chain([bytes.len().saturating_sub(1)])
            {
                let mut changed = bytes.clone();
                let Some(byte) = changed.get_mut(place) else {
                    continue;
                };
                *byte ^= 1;
                let mut check = section.begin_check();
                changed.chunks(999).for_each(|piece| check.add(piece));
                let error = check.finish().unwrap_err();
                if place >= length {
                    assert!(
                        matches!(error, FormatError::SectionChecksum { kind: 2, .. }),
                        "{error}"
                    );
                    section.verify_checksums(&changed).unwrap_err();
                    continue;
                }
                let damaged = place / 4096;
                assert!(
                    matches!(error, FormatError::BlockChecksum { kind: 2, block, .. } if block == damaged as u64),
                    "{error}"
                );
                section.verify_checksums(&changed).unwrap();
                for block in 0..blocks.count() {
                    assert_eq!(blocks.verify(block, &changed).is_ok(), block != damaged);
                }
            }
        }
    }

    #[test]
    fn a_section_whose_length_is_that_of_no_content_is_refused() {
        for length in [1, 4, 4101, 4104, 8200 + 3] {
            let bytes = vec![0; length];
            let section = Section::new(SectionKind::MissFilter, 64, &bytes);
            let error = section.verify(&bytes).unwrap_err();
            assert!(
                matches!(error, FormatError::SectionBlocks { kind: 3, .. }),
                "{error}"
            );
            section.verify_checksums(&bytes).unwrap_err();
        }
        let metadata = Section::new(SectionKind::Metadata, 64, b"m");
        let error = metadata.verify_checksums(b"m").unwrap_err();
        assert!(
            matches!(error, FormatError::SectionBlocks { kind: 1, .. }),
            "{error}"
        );
    }
}
