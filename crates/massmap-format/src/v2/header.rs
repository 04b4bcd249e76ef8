//! The header, `FORMAT.md` section 2.3.

mod choices;

use super::checksum::crc32;
use super::tail::metadata::length;
use crate::{
    CompressionDescription, EntryLayout, EntryWidths, FormatError, PageLayout, PageRun, Section, SectionKind,
    ShardLabel,
};

const MAGIC: [u8; 8] = *b"MASSMAP2";

/// The required features that this version knows.
const KNOWN_REQUIRED: u32 = PagedHeader::FIXED_ENTRIES | PagedHeader::COMPRESSED_VALUES;

/// The header of a file of format 2. The file has it twice: at its beginning and at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PagedHeader {
    /// Size of a page in bytes, a power of two from [`MIN_PAGE_SIZE`](crate::MIN_PAGE_SIZE) to [`MAX_PAGE_SIZE`](crate::MAX_PAGE_SIZE).
    pub page_size: u32,
    /// Features that readers may ignore if they do not know them, one bit each.
    pub optional_features: u32,
    /// Features that readers must know to read the file, one bit each.
    pub required_features: u32,
    /// Part of the checksum of each page, to tell the pages of this file from those of others.
    pub file_id: u64,
    /// Number of entries.
    pub entry_count: u64,
    /// Length of all encoded entries (keys and values only), in bytes.
    pub entries_length: u64,
    /// Number of pages; 0 only if there are no entries.
    pub page_count: u64,
    /// Number of bins of the hashes; at least 1 if there are entries.
    pub bins: u64,
    /// Number of words of 64 bits in the directory of a page.
    pub directory_words: u32,
    /// What was chosen by the user rather than by the library: see [`choices_of`](Self::choices_of).
    pub choices: u32,
    /// Which shard of a map this is; `None` if it is no shard.
    pub shard: Option<ShardLabel>,
    /// What the files of one build have in common, by the choice of whoever distributes the work; zeros if nothing was chosen.
    pub build_id: [u8; 16],
    /// Sum of a hash of each entry, whatever their order and the layout of the file.
    pub entries_digest: u64,
    /// The sections of the tail, in order, at most one of each kind.
    pub sections: Vec<Section>,
}

impl PagedHeader {
    /// Length of the encoded header, in bytes. The rest of the first page is zero.
    pub const SIZE: usize = 512;

    /// Offset of the bytes that the checksum covers.
    const BODY: usize = 12;

    /// Offset of the fields that say which shard the file is.
    const SHARD: usize = 72;

    /// Offset of the section table in the header.
    pub const SECTION_TABLE: usize = 128;

    /// The bit of [`required_features`](Self::required_features) for entries of fixed width, section 2.9.
    pub const FIXED_ENTRIES: u32 = 1;

    /// The bit of [`required_features`](Self::required_features) for compressed values, section 2.9.
    pub const COMPRESSED_VALUES: u32 = 2;

    /// Whether a file that begins with `bytes` has format 2.
    #[must_use]
    pub fn is_magic(bytes: &[u8]) -> bool {
        bytes.starts_with(&MAGIC)
    }

    /// Encodes the header, without validating its fields.
    ///
    /// # Panics
    ///
    /// Panics if there are more than [`Section::MAX_COUNT`] sections.
    #[must_use]
    pub fn encode(&self) -> [u8; Self::SIZE] {
        assert!(
            self.sections.len() <= Section::MAX_COUNT,
            "a file has at most {} sections",
            Section::MAX_COUNT
        );
        let mut body = Vec::with_capacity(Self::SIZE);
        for field in [self.page_size, self.optional_features, self.required_features] {
            body.extend_from_slice(&field.to_le_bytes());
        }
        for field in [
            self.file_id,
            self.entry_count,
            self.entries_length,
            self.page_count,
            self.bins,
        ] {
            body.extend_from_slice(&field.to_le_bytes());
        }
        for field in [self.directory_words, self.choices] {
            body.extend_from_slice(&field.to_le_bytes());
        }
        body.resize(Self::SHARD - Self::BODY, 0);
        let (index, count) = self.shard.map_or((0, 0), |shard| (shard.index, shard.count));
        body.extend_from_slice(&index.to_le_bytes());
        body.extend_from_slice(&count.to_le_bytes());
        body.extend_from_slice(&self.build_id);
        body.extend_from_slice(&self.entries_digest.to_le_bytes());
        body.resize(Self::SECTION_TABLE - Self::BODY, 0);
        for section in &self.sections {
            body.extend_from_slice(&section.kind.to_le_bytes());
            body.extend_from_slice(&section.checksum.to_le_bytes());
            body.extend_from_slice(&section.offset.to_le_bytes());
            body.extend_from_slice(&section.length.to_le_bytes());
        }
        body.resize(Self::SIZE - Self::BODY, 0);

        let mut bytes = [0; Self::SIZE];
        let (magic, rest) = bytes.split_first_chunk_mut().expect("longer than the magic");
        let (checksum, rest) = rest.split_first_chunk_mut().expect("longer than the checksum");
        *magic = MAGIC;
        *checksum = crc32(&body).to_le_bytes();
        rest.copy_from_slice(&body);
        bytes
    }

    /// Decodes and validates a header.
    ///
    /// The fields are then possible, but need not be true: compare the end of the [tail](Self::tail) with the length of the
    /// file before you allocate memory for it.
    ///
    /// # Errors
    ///
    /// - [`FormatError::HeaderSize`] unless there are [`SIZE`](Self::SIZE) bytes, [`FormatError::Magic`] unless they begin with
    ///   the magic, [`FormatError::HeaderChecksum`] if they are damaged;
    /// - [`FormatError::UnknownFeatures`] if the file needs features that this version does not know;
    /// - [`FormatError::PageSize`], [`FormatError::NoSuchShard`], [`FormatError::PagedCounts`], [`FormatError::FixedEntries`],
    ///   [`FormatError::EntriesLength`], [`FormatError::SectionOffsets`], [`FormatError::DuplicateSection`],
    ///   [`FormatError::MissingSection`], [`FormatError::MetadataTooLong`], [`FormatError::FixedAndCompressed`] or
    ///   [`FormatError::CompressionDescription`] if the fields
    ///   contradict the format or each other.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        let bytes: &[u8; Self::SIZE] = bytes.try_into().map_err(|_| FormatError::HeaderSize {
            length: bytes.len(),
            expected: Self::SIZE,
        })?;
        let mut fields = Fields(bytes);
        let magic = fields.take();
        if magic != MAGIC {
            return Err(FormatError::Magic { found: magic });
        }
        let stored = fields.u32();
        let computed = crc32(fields.0);
        if stored != computed {
            return Err(FormatError::HeaderChecksum { stored, computed });
        }
        let [page_size, optional_features, required_features] = [fields.u32(), fields.u32(), fields.u32()];
        let unknown = required_features & !KNOWN_REQUIRED;
        if unknown != 0 {
            return Err(FormatError::UnknownFeatures { unknown });
        }
        let [file_id, entry_count, entries_length, page_count, bins] = [(); 5].map(|()| fields.u64());
        let (directory_words, choices) = (fields.u32(), fields.u32());
        fields.skip_to(Self::SHARD);
        let shard = Self::decode_shard(fields.u32(), fields.u32())?;
        let (build_id, entries_digest) = (fields.take(), fields.u64());
        fields.skip_to(Self::SECTION_TABLE);
        let header = Self {
            page_size,
            optional_features,
            required_features,
            file_id,
            entry_count,
            entries_length,
            page_count,
            bins,
            directory_words,
            choices,
            shard,
            build_id,
            entries_digest,
            sections: (0..Section::MAX_COUNT)
                .map(|_| fields.section())
                .take_while(|section| section.kind != 0)
                .collect(),
        };
        header.validate()?;
        Ok(header)
    }

    fn decode_shard(index: u32, count: u32) -> Result<Option<ShardLabel>, FormatError> {
        match (index, count) {
            (0, 0) => Ok(None),
            _ if index < count => Ok(Some(ShardLabel { index, count })),
            _ => Err(FormatError::NoSuchShard { index, count }),
        }
    }

    fn validate(&self) -> Result<(), FormatError> {
        let Self {
            page_size,
            entry_count,
            page_count,
            bins,
            ..
        } = *self;
        if self.has_fixed_entries() && self.has_compressed_values() {
            return Err(FormatError::FixedAndCompressed);
        }
        // Before all that is computed from the page size.
        let layout = PageLayout::new(EntryLayout::Variable, page_size, self.directory_words)?;
        if (entry_count == 0) != (page_count == 0) || (page_count > 0 && bins == 0) {
            return Err(FormatError::PagedCounts {
                entry_count,
                page_count,
                bins,
            });
        }
        let tail = self.page_offset(page_count).ok_or(FormatError::SectionOffsets)?;
        if !self.entries_fit(layout, self.entry_length()?) {
            return Err(FormatError::EntriesLength {
                entry_count,
                entries_length: self.entries_length,
                page_count,
                page_size,
            });
        }
        self.validate_sections(tail)
    }

    /// The layout of the entries in each run of the file. `widths` are those of the keys and values that the metadata describes, if
    /// they have any.
    ///
    /// # Errors
    ///
    /// [`FormatError::FixedEntries`] or [`FormatError::EntryWidth`] if entries of fixed width have another one than the number and
    /// the total length of the entries say.
    pub fn entry_layout(&self, widths: Option<EntryWidths>) -> Result<EntryLayout, FormatError> {
        let Some(length) = self.entry_length()? else {
            return Ok(match self.has_compressed_values() {
                true => EntryLayout::Compressed,
                false => EntryLayout::Variable,
            });
        };
        match widths {
            Some(widths) if widths.entry() == length => Ok(EntryLayout::Fixed(widths)),
            _ => Err(FormatError::EntryWidth {
                length,
                width: widths.map(EntryWidths::entry),
            }),
        }
    }

    /// The [`required_features`](Self::required_features) of a file whose entries have this layout.
    #[must_use]
    pub const fn required_features_of(layout: EntryLayout) -> u32 {
        match layout {
            EntryLayout::Variable => 0,
            EntryLayout::Fixed(_) => Self::FIXED_ENTRIES,
            EntryLayout::Compressed => Self::COMPRESSED_VALUES,
        }
    }

    /// Whether all entries have one width, so that the metadata describe records.
    #[must_use]
    pub const fn has_fixed_entries(&self) -> bool {
        self.required_features & Self::FIXED_ENTRIES != 0
    }

    /// Whether values may be compressed.
    #[must_use]
    pub const fn has_compressed_values(&self) -> bool {
        self.required_features & Self::COMPRESSED_VALUES != 0
    }

    /// Number of bytes of each entry, at least 1; `None` if they may differ.
    fn entry_length(&self) -> Result<Option<u32>, FormatError> {
        if !self.has_fixed_entries() {
            return Ok(None);
        }
        let Self {
            entry_count,
            entries_length,
            ..
        } = *self;
        let length = entries_length.checked_div(entry_count).unwrap_or(0);
        match u32::try_from(length) {
            Ok(length) if length > 0 && entries_length.is_multiple_of(entry_count) => Ok(Some(length)),
            _ => Err(FormatError::FixedEntries {
                entry_count,
                entries_length,
            }),
        }
    }

    /// The layout of the runs of the file. `widths` are as in [`entry_layout`](Self::entry_layout).
    ///
    /// # Errors
    ///
    /// [`FormatError::PageSize`], [`FormatError::DirectoryWords`], or the errors of [`entry_layout`](Self::entry_layout). Headers
    /// that [`decode`](Self::decode) returned give no other than [`FormatError::EntryWidth`].
    pub fn page_layout(&self, widths: Option<EntryWidths>) -> Result<PageLayout, FormatError> {
        PageLayout::new(self.entry_layout(widths)?, self.page_size, self.directory_words)
    }

    /// Whether number and total length of the entries are possible: of those whose lengths may differ, key and value take at least a
    /// byte each, and their end more. Directories have room for less than a bit an entry.
    fn entries_fit(&self, layout: PageLayout, entry_length: Option<u32>) -> bool {
        let pages = self.page_count.checked_mul(self.page_size.into());
        let end_width = match entry_length {
            Some(_) => 0,
            None => EntryLayout::Variable.end_width(0) as u64,
        };
        let least_length = || {
            let ends = self.entry_count.checked_mul(end_width)?;
            if self.page_count == 0 {
                return self.entries_length.checked_add(ends);
            }
            if self.entry_count / 8 >= layout.directory_length(pages?) {
                return None;
            }
            // As one run, which takes the least.
            self.entries_length
                .checked_add(ends)?
                .checked_add(layout.entries_start(pages?))
        };
        let shortest = if entry_length.is_some() { 1 } else { 2 };
        self.entry_count
            .checked_mul(shortest)
            .is_some_and(|shortest| shortest <= self.entries_length)
            && least_length().is_some_and(|least| pages.is_some_and(|pages| least <= pages))
    }

    fn validate_sections(&self, tail: u64) -> Result<(), FormatError> {
        let mut expected = tail;
        let mut kinds = Vec::with_capacity(self.sections.len());
        for section in &self.sections {
            if section.offset != expected {
                return Err(FormatError::SectionOffsets);
            }
            let end = section
                .end()
                .and_then(|end| end.checked_next_multiple_of(Self::SECTION_ALIGNMENT));
            expected = end.ok_or(FormatError::SectionOffsets)?;
            if kinds.contains(&section.kind) {
                return Err(FormatError::DuplicateSection { kind: section.kind });
            }
            kinds.push(section.kind);
        }
        // The second header comes behind the last section.
        if expected.checked_add(Self::SIZE as u64).is_none() {
            return Err(FormatError::SectionOffsets);
        }
        match self.section(SectionKind::Metadata)?.length {
            0 => {
                return Err(FormatError::MissingSection {
                    kind: SectionKind::Metadata,
                });
            }
            length => length::check(length)?,
        }
        if self.page_count > 0 {
            self.section(SectionKind::PageIndex)?;
        }
        match self.section(SectionKind::Compression) {
            Ok(section) => CompressionDescription::check_length(section.length),
            Err(missing) if self.has_compressed_values() => Err(missing),
            Err(_) => Ok(()),
        }
    }

    /// Checks that the sections of known kinds come before all others. Readers need not check this.
    ///
    /// # Errors
    ///
    /// [`FormatError::SectionOrder`] if they do not.
    pub fn verify_section_order(&self) -> Result<(), FormatError> {
        let mut unknown = None;
        for &Section { kind, .. } in &self.sections {
            let is_known = SectionKind::ALL.iter().any(|known| *known as u32 == kind);
            match unknown {
                Some(unknown) if is_known => return Err(FormatError::SectionOrder { kind, unknown }),
                None if !is_known => unknown = Some(kind),
                _ => {}
            }
        }
        Ok(())
    }

    /// Sections begin at multiples of this offset: that of cache lines.
    pub const SECTION_ALIGNMENT: u64 = 64;

    /// Offset of page `page`, from 0, in the file; `None` beyond the largest offset.
    #[must_use]
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn page_offset(&self, page: u64) -> Option<u64> {
        page.checked_add(1)?.checked_mul(u64::from(self.page_size))
    }

    /// Offset in the file and length, in bytes, of a run of pages.
    ///
    /// # Errors
    ///
    /// [`FormatError::RunLength`] if the run extends beyond the last page, or is longer than 2³² − 1 bytes.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn extent_of(&self, run: &PageRun) -> Result<(u64, u32), FormatError> {
        let extent = || {
            let end = run.first_page.checked_add(run.pages)?;
            let length = run.pages.checked_mul(self.page_size.into())?;
            let offset = self.page_offset(run.first_page)?;
            (end <= self.page_count).then_some((offset, u32::try_from(length).ok()?))
        };
        match extent() {
            Some(extent) => Ok(extent),
            None => Err(FormatError::RunLength {
                first_page: run.first_page,
                pages: run.pages,
                page_size: self.page_size,
                page_count: self.page_count,
            }),
        }
    }

    /// Offset in the file and length, in bytes, of the tail, which holds all sections.
    #[must_use]
    pub fn tail(&self) -> (u64, u64) {
        let start = self.sections.first().map_or(0, |section| section.offset);
        let end = self.sections.last().and_then(Section::end).unwrap_or(start);
        (start, end.saturating_sub(start))
    }

    /// Offset of the second header in the file: behind the tail, at a multiple of
    /// [`SECTION_ALIGNMENT`](Self::SECTION_ALIGNMENT).
    #[must_use]
    pub fn second_header(&self) -> u64 {
        let (start, length) = self.tail();
        let end = start.saturating_add(length);
        // Headers that were decoded have room for it.
        end.checked_next_multiple_of(Self::SECTION_ALIGNMENT)
            .unwrap_or(u64::MAX)
    }

    /// Length of the file in bytes. It ends with the second header.
    #[must_use]
    pub fn file_length(&self) -> u64 {
        self.second_header().saturating_add(Self::SIZE as u64)
    }

    /// The section of this kind.
    ///
    /// # Errors
    ///
    /// [`FormatError::MissingSection`] if there is none.
    pub fn section(&self, kind: SectionKind) -> Result<&Section, FormatError> {
        self.sections
            .iter()
            .find(|section| section.kind == kind as u32)
            .ok_or(FormatError::MissingSection { kind })
    }
}

/// Takes little-endian fields of a header from the front.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    /// Leaves out everything before this offset in the header.
    fn skip_to(&mut self, offset: usize) {
        let skipped = self.0.len().saturating_sub(PagedHeader::SIZE - offset);
        self.0 = self.0.get(skipped..).unwrap_or_default();
    }

    fn take<const N: usize>(&mut self) -> [u8; N] {
        let (field, rest) = self
            .0
            .split_first_chunk()
            .expect("the fields are shorter than the header");
        self.0 = rest;
        *field
    }

    fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.take())
    }

    fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.take())
    }

    fn section(&mut self) -> Section {
        Section {
            kind: self.u32(),
            checksum: self.u32(),
            offset: self.u64(),
            length: self.u64(),
        }
    }
}

#[cfg(test)]
mod tests;
