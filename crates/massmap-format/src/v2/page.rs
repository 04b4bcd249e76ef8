//! A run of pages and the entries in it, `FORMAT.md` section 2.4.

use super::checksum::{crc32, crc32_behind, page_tweak};
use crate::walker::scalar_length;
use crate::{FormatError, RawEntry, Walker};

/// Offsets in a run up to this length take two bytes, in a longer one four.
const LONGEST_WITH_SHORT_OFFSETS: u64 = 1 << 16;

/// How many bytes an entry's end takes in a run of this length.
const fn offset_width(run_length: u64) -> usize {
    if run_length <= LONGEST_WITH_SHORT_OFFSETS {
        2
    } else {
        4
    }
}

/// How many pages of `page_size` bytes, a power of two, a run with `count` entries of `length` bytes in all takes, at
/// least 1.
///
/// `None` if a run cannot hold that much: it is at most 2³² − 1 bytes long.
#[must_use]
pub fn pages_needed(count: u64, length: u64, page_size: u32) -> Option<u64> {
    let page_size = u64::from(page_size);
    let run_length = |width: u64| {
        let directory = count.checked_mul(1 + width)?;
        let bytes = (HEADER_LENGTH as u64)
            .checked_add(directory)?
            .checked_add(length)?;
        bytes.checked_next_multiple_of(page_size)
    };
    let short = run_length(2)?;
    let length = if offset_width(short) == 2 {
        short
    } else {
        run_length(4)?
    };
    if length > u64::from(u32::MAX) {
        return None;
    }
    length.checked_div(page_size)
}

/// Appends a run of `pages` pages of `page_size` bytes to `out`: the entries' fingerprints and encodings (key, then
/// value), in their order. `first_page` is the number that the first of the pages will have in the file `file_id`.
///
/// # Panics
///
/// Panics if the entries do not fit, which [`pages_needed`] tells beforehand.
pub fn encode_run<'a>(
    entries: impl Iterator<Item = (u8, &'a [u8])> + Clone,
    pages: u64,
    page_size: u32,
    file_id: u64,
    first_page: u64,
    out: &mut Vec<u8>,
) {
    const FITS: &str = "the entries fit the run";
    let length = pages.checked_mul(u64::from(page_size)).expect(FITS);
    let width = offset_width(length);
    let start = out.len();
    out.extend_from_slice(&[0; HEADER_LENGTH]);
    out.extend(entries.clone().map(|(fingerprint, _)| fingerprint));
    let count = out.len() - start - HEADER_LENGTH;
    let mut ends = Vec::with_capacity(count);
    for (_, entry) in entries {
        out.extend_from_slice(entry);
        ends.push(u32::try_from(out.len() - start).expect(FITS));
    }
    let end = start + usize::try_from(length).expect(FITS);
    let directory = end.checked_sub(width * count).expect(FITS);
    assert!(out.len() <= directory, "{FITS}");
    out.resize(directory, 0);
    for end in ends.iter().rev() {
        out.extend(end.to_le_bytes().iter().take(width));
    }
    let run = out.get_mut(start..).expect(FITS);
    let (checksum, rest) = run.split_first_chunk_mut().expect("a page is longer");
    let (entry_count, _) = rest.split_first_chunk_mut().expect("a page is longer");
    *entry_count = u32::try_from(count).expect(FITS).to_le_bytes();
    *checksum = (crc32(rest) ^ page_tweak(file_id, first_page)).to_le_bytes();
}

/// Encodes a run of pages whose entries are too many, or too large, to be in memory together.
///
/// The bytes of a run are, one behind the other: [`header`](Self::header); the fingerprint of each entry; key and value of
/// each; as many zeros as [`padding`](Self::padding) says; and [`encode_end`](Self::encode_end) of each entry, the last one
/// first. All but the header are to be passed to [`add`](Self::add) too, for the checksum.
#[derive(Debug, Clone)]
pub struct RunEncoder {
    count: u32,
    padding: u64,
    entries_start: u64,
    width: usize,
    checksum: crc32fast::Hasher,
}

impl RunEncoder {
    /// An encoder for `count` entries of `length` bytes in all, in as many pages of `page_size` bytes as they need.
    ///
    /// `None` if a run cannot hold that much.
    #[must_use]
    pub fn new(count: u64, length: u64, page_size: u32) -> Option<Self> {
        let run_length = pages_needed(count, length, page_size)?.checked_mul(page_size.into())?;
        let width = offset_width(run_length);
        let entries_start = HEADER_LENGTH as u64 + count;
        let directory = count.checked_mul(width as u64)?;
        let count = u32::try_from(count).ok()?;
        let mut checksum = crc32fast::Hasher::new();
        checksum.update(&count.to_le_bytes());
        Some(Self {
            count,
            padding: run_length.checked_sub(entries_start + length + directory)?,
            entries_start,
            width,
            checksum,
        })
    }

    /// What the run begins with. The checksum follows from all that comes behind it; until then, any may stand there.
    #[must_use]
    pub fn header(&self, checksum: u32) -> [u8; HEADER_LENGTH] {
        (u64::from(checksum) | u64::from(self.count) << 32).to_le_bytes()
    }

    /// How many zeros lie behind the entries.
    #[must_use]
    pub const fn padding(&self) -> u64 {
        self.padding
    }

    /// Appends what is stored of the end of an entry to `out`: `end` is the length of all entries up to and with it, which is
    /// at most the length of all.
    pub fn encode_end(&self, end: u64, out: &mut Vec<u8>) {
        let end = (self.entries_start + end).to_le_bytes();
        out.extend(end.iter().take(self.width));
    }

    /// Adds bytes behind those so far.
    pub fn add(&mut self, bytes: &[u8]) {
        self.checksum.update(bytes);
    }

    /// The checksum of the run, if all bytes were added and its pages get the numbers from `first_page` on in the file
    /// `file_id`.
    #[must_use]
    pub fn checksum(self, file_id: u64, first_page: u64) -> u32 {
        self.checksum.finalize() ^ page_tweak(file_id, first_page)
    }
}

/// The bytes of a run of pages.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    bytes: &'a [u8],
    fingerprints: &'a [u8],
    /// Where the fingerprints end and the first entry begins.
    entries_start: usize,
    /// The end of each entry, the last one first.
    ends: &'a [u8],
    width: usize,
}

impl Page<'_> {
    /// How many bytes lie before the fingerprints: checksum and number of entries.
    pub const HEADER_LENGTH: usize = 8;
}

/// The same, for short.
const HEADER_LENGTH: usize = Page::HEADER_LENGTH;

impl<'a> Page<'a> {
    /// Takes `bytes` for a run of pages. Checks that its directory fits, not the checksum.
    ///
    /// # Errors
    ///
    /// [`FormatError::PageDirectory`] if the run is too short for as many entries as it says it has.
    #[inline(always)]
    pub fn decode(bytes: &'a [u8]) -> Result<Self, FormatError> {
        let length = bytes.len();
        let width = offset_width(length as u64);
        let parts = || {
            let (_, rest) = bytes.split_first_chunk::<4>()?;
            let (count, rest) = rest.split_first_chunk()?;
            let count = u32::from_le_bytes(*count) as usize;
            let (fingerprints, rest) = rest.split_at_checked(count)?;
            let directory = count.checked_mul(width)?;
            let (_, ends) = rest.split_at_checked(rest.len().checked_sub(directory)?)?;
            Some(Self {
                bytes,
                fingerprints,
                entries_start: HEADER_LENGTH + count,
                ends,
                width,
            })
        };
        match parts() {
            Some(page) => Ok(page),
            None => Err(FormatError::PageDirectory { length }),
        }
    }

    /// Checks the checksum of the run that begins at `first_page` of the file `file_id`.
    ///
    /// # Errors
    ///
    /// [`FormatError::PageChecksum`] if the bytes are not those that were written there.
    ///
    /// # Panics
    ///
    /// Does not: what was decoded has a checksum.
    pub fn verify(&self, file_id: u64, first_page: u64) -> Result<(), FormatError> {
        let Some(stored) = self.bytes.first_chunk() else {
            return Err(FormatError::PageDirectory {
                length: self.bytes.len(),
            });
        };
        let stored = u32::from_le_bytes(*stored);
        let computed = crc32_behind(stored, self.bytes) ^ page_tweak(file_id, first_page);
        if stored == computed {
            Ok(())
        } else {
            Err(FormatError::PageChecksum {
                page: first_page,
                stored,
                computed,
            })
        }
    }

    /// Length of the run, in bytes.
    #[must_use]
    pub const fn byte_length(&self) -> usize {
        self.bytes.len()
    }

    /// Number of entries.
    #[must_use]
    #[inline]
    pub const fn len(&self) -> usize {
        self.fingerprints.len()
    }

    /// Whether the run has no entries.
    #[must_use]
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.fingerprints.is_empty()
    }

    /// The entries' fingerprints, in order.
    #[must_use]
    #[inline]
    pub const fn fingerprints(&self) -> &'a [u8] {
        self.fingerprints
    }

    /// The bytes of the run from the first fingerprint on: the fingerprints, and all that follows.
    ///
    /// For a search that looks at a fixed number of bytes at a time, whether so many entries are left or not.
    #[must_use]
    #[inline]
    pub fn bytes_from_fingerprints(&self) -> &'a [u8] {
        self.bytes.get(HEADER_LENGTH..).unwrap_or_default()
    }

    /// The entry number `index`, from 0.
    ///
    /// # Errors
    ///
    /// [`FormatError::PageEntry`] if there is no such entry, or its bytes lie outside the run or are not exactly two
    /// MessagePack values.
    #[inline(always)]
    pub fn entry(&self, index: usize) -> Result<RawEntry<'a>, FormatError> {
        match self.entry_bytes(index).and_then(split) {
            Some(entry) => Ok(entry),
            None => Err(FormatError::PageEntry { index }),
        }
    }

    /// The bytes of the entry number `index`: its key and its value. Whether they are that is not checked.
    ///
    /// `None` if there is no such entry, or its bytes lie outside the run.
    #[must_use]
    #[inline(always)]
    pub fn entry_bytes(&self, index: usize) -> Option<&'a [u8]> {
        let end = self.end(index)?;
        let start = match index {
            0 => self.entries_start,
            _ => self.end(index - 1)?,
        };
        let entries = self.bytes.get(..self.bytes.len() - self.ends.len())?;
        entries.get(start..end).filter(|_| start >= self.entries_start)
    }

    #[inline(always)]
    fn end(&self, index: usize) -> Option<usize> {
        // No product here can overflow: there are fewer than 2^32 entries.
        let behind = self.ends.len().checked_sub(index.min(self.len()) * self.width)?;
        if self.width == 2 {
            let (_, bytes) = self.ends.get(..behind)?.split_last_chunk()?;
            Some(u16::from_le_bytes(*bytes).into())
        } else {
            let (_, bytes) = self.ends.get(..behind)?.split_last_chunk()?;
            usize::try_from(u32::from_le_bytes(*bytes)).ok()
        }
    }

    /// Bytes between the last entry and the directory of ends; all of them must be zero.
    #[must_use]
    pub fn padding(&self) -> &'a [u8] {
        let end = self
            .len()
            .checked_sub(1)
            .and_then(|last| self.end(last))
            .unwrap_or(self.entries_start);
        self.bytes
            .get(end..self.bytes.len() - self.ends.len())
            .unwrap_or_default()
    }
}

#[inline(always)]
fn split(bytes: &[u8]) -> Option<RawEntry<'_>> {
    // Most entries are pairs of values in which nothing nests.
    let of_scalars = || {
        let (key, value) = bytes.split_at_checked(scalar_length(bytes)?)?;
        (scalar_length(value)? == value.len()).then_some(RawEntry { key, value })
    };
    of_scalars().or_else(|| split_nested(bytes))
}

#[inline(never)]
fn split_nested(bytes: &[u8]) -> Option<RawEntry<'_>> {
    let mut walker = Walker::new(bytes);
    let key = walker.value().ok()?;
    let value = walker.value().ok()?;
    walker.finish().ok()?;
    Some(RawEntry { key, value })
}

#[cfg(test)]
mod tests;
