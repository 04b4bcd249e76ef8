//! The bytes of a section that lookups use, and whether its blocks have been checked.

pub(crate) mod sparse;

use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use bytes::Bytes;
use massmap_format::{FormatError, Section, SectionBlocks, StoredBytes};

use sparse::SparseSection;

/// A section with checksums of its blocks, which are checked before bytes of it are used: at once if the section was read into
/// memory; in a mapping, each when it is first used; in a section that is read in parts, each when it is supplied.
#[derive(Debug, Clone)]
pub(crate) struct SectionBytes {
    section: Bytes,
    /// The section without its checksums.
    content: Bytes,
    blocks: SectionBlocks,
    /// The blocks that have been checked. Clones share it.
    checked: Arc<CheckedBlocks>,
    /// The parts that have been supplied of a section that is read in parts. Everything above is empty then. Clones share it.
    sparse: Option<Arc<SparseSection>>,
}

#[derive(Debug)]
struct CheckedBlocks {
    /// A bit for each block, as long as some are left; none if all were checked at once.
    bits: Box<[AtomicU64]>,
    /// Number of blocks that have not been checked.
    left: AtomicUsize,
}

impl SectionBytes {
    /// The bytes of `section`, all of which are checked.
    pub(crate) fn in_memory(section: &Section, bytes: Bytes) -> Result<Self, FormatError> {
        section.verify(&bytes)?;
        let blocks = section.verify_checksums(&bytes)?;
        Ok(Self {
            content: content(&bytes, blocks),
            section: bytes,
            blocks,
            checked: Arc::new(CheckedBlocks {
                bits: Box::default(),
                left: AtomicUsize::new(0),
            }),
            sparse: None,
        })
    }

    /// The bytes of `section` in a mapping. Only the checksums of its blocks are read.
    pub(crate) fn in_place(section: &Section, bytes: Bytes) -> Result<Self, FormatError> {
        let blocks = section.verify_checksums(&bytes)?;
        let count = blocks.count();
        let checked = CheckedBlocks {
            bits: (0..count.div_ceil(64)).map(|_| AtomicU64::new(0)).collect(),
            left: AtomicUsize::new(count),
        };
        Ok(Self {
            content: content(&bytes, blocks),
            section: bytes,
            blocks,
            checked: Arc::new(checked),
            sparse: None,
        })
    }

    /// A section that is read in parts.
    pub(crate) fn in_parts(sparse: SparseSection, blocks: SectionBlocks) -> Self {
        Self {
            section: Bytes::new(),
            content: Bytes::new(),
            blocks,
            checked: Arc::new(CheckedBlocks {
                bits: Box::default(),
                // So the content never counts as checked.
                left: AtomicUsize::new(1),
            }),
            sparse: Some(Arc::new(sparse)),
        }
    }

    /// Offset and length in the file of the content, if the section is read in parts and some may be missing.
    pub(crate) fn missing(&self) -> Option<(u64, u64)> {
        match self.sparse.as_ref()?.whole() {
            Err(FormatError::SectionPartMissing { offset, length, .. }) => Some((offset, length)),
            _ => None,
        }
    }

    /// Takes bytes of the file, if they are a part of this section that is read in parts. Whether they are.
    pub(crate) fn supply(&self, offset: u64, bytes: &Bytes) -> Result<bool, FormatError> {
        match &self.sparse {
            Some(sparse) => sparse.supply(offset, bytes),
            None => Ok(false),
        }
    }

    /// Number of bytes of the section that are at hand, its checksums included.
    pub(crate) fn byte_length(&self) -> usize {
        let sparse = self.sparse.as_ref();
        sparse.map_or(self.section.len(), |sparse| sparse.supplied_length())
    }

    /// The content, if all blocks have been checked.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn checked(&self) -> Option<&[u8]> {
        match self.checked.left.load(Ordering::Acquire) {
            0 => Some(&self.content),
            _ => None,
        }
    }

    /// The content, of which each block is checked when it is first used.
    pub(crate) fn checking(&self) -> Checking<'_> {
        Checking {
            bytes: self,
            failure: RefCell::new(None),
        }
    }

    /// The content. Checks the blocks that have not been checked.
    pub(crate) fn check_all(&self) -> Result<&[u8], FormatError> {
        if let Some(sparse) = &self.sparse {
            return sparse.whole();
        }
        self.check(0..self.content.len())?;
        Ok(&self.content)
    }

    /// Checks the blocks of a range that have not been checked.
    fn check(&self, range: Range<usize>) -> Result<(), FormatError> {
        let checked = &self.checked;
        if checked.left.load(Ordering::Acquire) == 0 {
            return Ok(());
        }
        let first = range.start / SectionBlocks::BLOCK_LENGTH;
        let end = range.end.div_ceil(SectionBlocks::BLOCK_LENGTH);
        for block in first..end.min(self.blocks.count()) {
            let Some(bits) = checked.bits.get(block / 64) else {
                break;
            };
            let bit = 1 << (block % 64);
            if bits.load(Ordering::Acquire) & bit == 0 {
                self.blocks.verify(block, &self.section)?;
                // Of several threads that check a block at once, one counts it.
                if bits.fetch_or(bit, Ordering::Release) & bit == 0 {
                    checked.left.fetch_sub(1, Ordering::Release);
                }
            }
        }
        Ok(())
    }
}

/// The content of `section`.
fn content(section: &Bytes, blocks: SectionBlocks) -> Bytes {
    // `slice` would panic if the section were shorter.
    match section.get(blocks.content()) {
        Some(content) => section.slice_ref(content),
        None => Bytes::new(),
    }
}

/// The content of a section, of which each block is checked when it is first used. Of a damaged block no bytes are available.
#[derive(Debug)]
pub(crate) struct Checking<'a> {
    bytes: &'a SectionBytes,
    failure: RefCell<Option<FormatError>>,
}

impl Checking<'_> {
    /// The error of a block that failed the check, if one did; otherwise `error`.
    pub(crate) fn explain(&self, error: FormatError) -> FormatError {
        self.failure.take().unwrap_or(error)
    }

    /// The error of a block that failed the check, if one did.
    pub(crate) fn failure(&self) -> Option<FormatError> {
        self.failure.take()
    }
}

impl StoredBytes for &Checking<'_> {
    fn length(&self) -> usize {
        let sparse = self.bytes.sparse.as_ref();
        sparse.map_or(self.bytes.content.len(), |sparse| sparse.length())
    }

    fn range(&self, range: Range<usize>) -> Option<&[u8]> {
        if let Some(sparse) = &self.bytes.sparse {
            if range.start > range.end || range.end > sparse.length() {
                return None;
            }
            return match sparse.range(range) {
                Ok(wanted) => Some(wanted),
                Err(error) => {
                    self.failure.replace(Some(error));
                    None
                }
            };
        }
        let wanted = self.bytes.content.get(range.clone())?;
        match self.bytes.check(range) {
            Ok(()) => Some(wanted),
            Err(error) => {
                self.failure.replace(Some(error));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use massmap_format::SectionKind;

    use super::*;

    /// A section of three blocks, the last of them short.
    fn section() -> (Section, Vec<u8>) {
        let mut bytes: Vec<u8> = (0..10_000u32).map(|number| (number % 251) as u8).collect();
        let mut builder = Section::builder(SectionKind::MissFilter, 0);
        builder.add(&bytes);
        let (section, checksums) = builder.finish();
        bytes.extend_from_slice(&checksums);
        (section, bytes)
    }

    #[test]
    fn blocks_in_a_mapping_are_checked_when_they_are_first_used() {
        let (section, mut bytes) = section();
        bytes[5000] ^= 1;
        let in_place = SectionBytes::in_place(&section, bytes.clone().into()).unwrap();
        let checking = &in_place.checking();
        assert_eq!(checking.length(), 10_000);
        assert_eq!(checking.range(100..4096), Some(&bytes[100..4096]));
        assert_eq!(checking.range(9000..10_000), Some(&bytes[9000..10_000]));
        assert_eq!(checking.range(9000..10_001), None);
        assert!(checking.failure().is_none());
        for range in [4096..4097, 4095..4097, 8191..8193, 0..10_000] {
            assert_eq!(checking.range(range), None);
            let error = checking.failure().unwrap();
            assert!(
                matches!(error, FormatError::BlockChecksum { block: 1, .. }),
                "{error}"
            );
        }
        assert!(in_place.checked().is_none());
        in_place.check_all().unwrap_err();
        SectionBytes::in_memory(&section, bytes.into()).unwrap_err();
    }

    #[test]
    fn all_blocks_are_known_to_be_checked_once_each_has_been() {
        let (section, bytes) = section();
        let in_place = SectionBytes::in_place(&section, bytes.clone().into()).unwrap();
        let clone = in_place.clone();
        for place in [0, 1, 9000, 4096] {
            assert!(clone.checked().is_none());
            let checking = &in_place.checking();
            checking.range(place..place + 1).unwrap();
        }
        assert_eq!(clone.checked(), Some(&bytes[..10_000]));
        let in_memory = SectionBytes::in_memory(&section, bytes.clone().into()).unwrap();
        assert_eq!(in_memory.checked(), Some(&bytes[..10_000]));
        let empty = Section::builder(SectionKind::PageIndex, 0).finish().0;
        let empty = SectionBytes::in_place(&empty, Bytes::new()).unwrap();
        assert_eq!(empty.checked(), Some(&[][..]));
    }
}
