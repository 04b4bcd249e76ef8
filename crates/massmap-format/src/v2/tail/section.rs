//! Sections of the tail, `FORMAT.md` section 2.3.

use crc32fast::Hasher;

use crate::FormatError;

pub(crate) mod kind;

pub use kind::SectionKind;

/// A section of the tail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Section {
    /// A [`SectionKind`], or a kind that this version does not know and skips. Not 0.
    pub kind: u32,
    /// CRC-32 of its bytes.
    pub checksum: u32,
    /// Its offset in the file, a multiple of [`PagedHeader::SECTION_ALIGNMENT`](crate::PagedHeader::SECTION_ALIGNMENT).
    pub offset: u64,
    /// Its length in bytes.
    pub length: u64,
}

impl Section {
    /// The most sections that a file can have.
    pub const MAX_COUNT: usize = 16;

    /// The section with these bytes at `offset` in the file.
    #[must_use]
    pub fn new(kind: SectionKind, offset: u64, bytes: &[u8]) -> Self {
        let mut section = Self::builder(kind, offset);
        section.add(bytes);
        section.finish()
    }

    /// A builder of a section at `offset` in the file, whose bytes are added piece by piece.
    #[must_use]
    pub fn builder(kind: SectionKind, offset: u64) -> SectionBuilder {
        SectionBuilder {
            kind,
            offset,
            length: 0,
            checksum: Hasher::new(),
        }
    }

    /// Checks the checksum of the section's bytes.
    ///
    /// # Errors
    ///
    /// [`FormatError::SectionChecksum`] if the bytes are not those that were written.
    pub fn verify(&self, bytes: &[u8]) -> Result<(), FormatError> {
        let mut check = self.begin_check();
        check.add(bytes);
        check.finish()
    }

    /// Begins a check of the section's checksum. The bytes are added piece by piece.
    #[must_use]
    pub fn begin_check(&self) -> SectionCheck {
        SectionCheck {
            kind: self.kind,
            stored: self.checksum,
            hasher: Hasher::new(),
        }
    }

    pub(crate) fn end(&self) -> Option<u64> {
        self.offset.checked_add(self.length)
    }
}

/// A check of a section's checksum, from [`Section::begin_check`].
#[derive(Debug, Clone)]
pub struct SectionCheck {
    kind: u32,
    stored: u32,
    hasher: Hasher,
}

impl SectionCheck {
    /// Adds the next bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
    }

    /// Checks the checksum of all bytes that were added.
    ///
    /// # Errors
    ///
    /// [`FormatError::SectionChecksum`] if they are not those that were written.
    pub fn finish(self) -> Result<(), FormatError> {
        let computed = self.hasher.finalize();
        if computed == self.stored {
            Ok(())
        } else {
            Err(FormatError::SectionChecksum {
                kind: self.kind,
                stored: self.stored,
                computed,
            })
        }
    }
}

/// A builder of a section, from [`Section::builder`].
#[derive(Debug, Clone)]
pub struct SectionBuilder {
    kind: SectionKind,
    offset: u64,
    length: u64,
    checksum: Hasher,
}

impl SectionBuilder {
    /// Adds the next bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        self.checksum.update(bytes);
    }

    /// The section of all bytes that were added.
    #[must_use]
    pub fn finish(self) -> Section {
        Section {
            kind: self.kind as u32,
            checksum: self.checksum.finalize(),
            offset: self.offset,
            length: self.length,
        }
    }
}
