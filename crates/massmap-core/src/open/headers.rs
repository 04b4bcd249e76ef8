//! The two headers of a file of format 2.

use bytes::Bytes;
use massmap_format::{FormatError, MassMapHeader, PagedHeader};

use super::source::Parts;
use crate::ReadError;

/// One of the two copies of the header of a file of format 2. One is enough to open the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderCopy {
    /// The one at the beginning.
    First,
    /// The one at the end.
    Second,
}

impl HeaderCopy {
    /// Both, in the order of the file.
    pub const BOTH: [Self; 2] = [Self::First, Self::Second];

    /// Offset in the file and length, in bytes, of this copy of `header`.
    #[must_use]
    pub fn range(self, header: &PagedHeader) -> (u64, u64) {
        let offset = match self {
            Self::First => 0,
            Self::Second => header.second_header(),
        };
        (offset, PagedHeader::SIZE as u64)
    }
}

/// The header of a file of either format.
#[derive(Debug)]
pub(super) enum Header {
    Buckets(MassMapHeader),
    Pages(PagedHeader),
}

/// Decodes the header at the beginning of the file, from its first bytes: as many as either format has, or more.
pub(super) fn first(bytes: &[u8], file_length: Option<u64>) -> Result<Header, ReadError> {
    if !PagedHeader::is_magic(bytes) {
        let header = MassMapHeader::decode(bytes.get(..MassMapHeader::SIZE).unwrap_or(bytes))?;
        header.validate()?;
        return Ok(Header::Buckets(header));
    }
    let header = PagedHeader::decode(bytes)?;
    match file_length {
        // The end of a longer file that was written over may follow.
        Some(file_length) if file_length < header.file_length() => Err(ReadError::UnexpectedEnd {
            offset: header.second_header(),
            length: PagedHeader::SIZE as u64,
            file_length,
        }),
        _ => Ok(Header::Pages(header)),
    }
}

/// Whether a file whose first header has this error may have another one at its end.
pub(super) fn may_have_second(error: &ReadError, file_length: Option<u64>) -> bool {
    let is_long = file_length.is_some_and(|length| length >= PagedHeader::SIZE as u64);
    is_long && matches!(error, ReadError::Format(error) if is_damage(error))
}

/// Decodes the last bytes of the file. `None` if they are no header, or a damaged one.
pub(super) fn second(bytes: &[u8], file_length: u64) -> Result<Option<PagedHeader>, ReadError> {
    match PagedHeader::decode(bytes) {
        Ok(header) if header.file_length() == file_length => Ok(Some(header)),
        Ok(header) => Err(ReadError::FileLength {
            expected: header.file_length(),
            found: file_length,
        }),
        Err(error) if is_damage(&error) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The header at the end of the file, if it has been supplied, is intact, and counts.
///
/// It does not count where the one at the beginning is at hand and intact: a program that writes over a longer file and cannot know
/// that it is longer leaves the old end.
pub(super) fn supplied_second(parts: &Parts, file_length: u64) -> Result<Option<PagedHeader>, ReadError> {
    let size = PagedHeader::SIZE as u64;
    let offset = file_length.checked_sub(size);
    match offset.and_then(|offset| parts.get(offset, size)) {
        Some(bytes) if !has_first(parts) => second(&bytes, file_length),
        _ => Ok(None),
    }
}

/// Whether the beginning of the file has been supplied and is an intact header of either format.
fn has_first(parts: &Parts) -> bool {
    let is_of_buckets = |bytes: Bytes| MassMapHeader::decode(&bytes).is_ok();
    let is_of_pages = |bytes: Bytes| !PagedHeader::decode(&bytes).is_err_and(|error| is_damage(&error));
    parts
        .get(0, MassMapHeader::SIZE as u64)
        .is_some_and(is_of_buckets)
        || parts.get(0, PagedHeader::SIZE as u64).is_some_and(is_of_pages)
}

/// Whether bytes with this error are no header, or a damaged one. The other header may be intact.
fn is_damage(error: &FormatError) -> bool {
    matches!(
        error,
        FormatError::Magic { .. } | FormatError::HeaderChecksum { .. }
    )
}
