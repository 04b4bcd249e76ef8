//! A run of pages and the entries in it, `FORMAT.md` section 2.4.

use super::checksum::{crc32, crc32_behind, page_tweak};
use crate::{EntryLayout, FormatError, RawEntry};

/// How many pages of `page_size` bytes, a power of two, a run with `count` entries of `length` bytes in all takes, at
/// least 1.
///
/// `None` if a run cannot hold that much: it is at most 2³² − 1 bytes long.
#[must_use]
pub fn pages_needed(layout: EntryLayout, count: u64, length: u64, page_size: u32) -> Option<u64> {
    let page_size = u64::from(page_size);
    let run_length = |directory_bytes: u64| {
        let directory = count.checked_mul(directory_bytes)?;
        let bytes = (HEADER_LENGTH as u64)
            .checked_add(directory)?
            .checked_add(length)?;
        bytes.checked_next_multiple_of(page_size)
    };
    // What an entry takes in the directory depends on the length of the run, which depends on that.
    let least = layout.directory_bytes(0);
    let short = run_length(least)?;
    let length = match layout.directory_bytes(short) {
        same if same == least => short,
        more => run_length(more)?,
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
/// Panics if the entries do not fit, which [`pages_needed`] tells beforehand, or have another length than `layout` says.
pub fn encode_run<'a>(
    entries: impl Iterator<Item = (u8, &'a [u8])> + Clone,
    layout: EntryLayout,
    pages: u64,
    page_size: u32,
    file_id: u64,
    first_page: u64,
    out: &mut Vec<u8>,
) {
    const FITS: &str = "the entries fit the run";
    let length = pages.checked_mul(u64::from(page_size)).expect(FITS);
    let width = layout.end_width(length);
    let start = out.len();
    out.extend_from_slice(&[0; HEADER_LENGTH]);
    out.extend(entries.clone().map(|(fingerprint, _)| fingerprint));
    let count = out.len() - start - HEADER_LENGTH;
    let mut ends = Vec::new();
    for (_, entry) in entries {
        out.extend_from_slice(entry);
        match layout {
            EntryLayout::Variable => ends.push(u32::try_from(out.len() - start).expect(FITS)),
            EntryLayout::Uniform(length) => {
                assert_eq!(
                    entry.len(),
                    length.get() as usize,
                    "uniform entries have one length"
                );
            }
        }
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
    pub fn new(layout: EntryLayout, count: u64, length: u64, page_size: u32) -> Option<Self> {
        let pages = pages_needed(layout, count, length, page_size)?;
        let run_length = pages.checked_mul(page_size.into())?;
        let width = layout.end_width(run_length);
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

    /// Appends what is stored of the end of an entry to `out`, nothing if entries are uniform: `end` is the length of all
    /// entries up to and with it, which is at most the length of all.
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
    layout: EntryLayout,
    /// The end of each entry, the last one first; empty if they are uniform.
    ends: &'a [u8],
    /// How many bytes an end takes.
    width: usize,
}

impl Page<'_> {
    /// How many bytes lie before the fingerprints: checksum and number of entries.
    pub const HEADER_LENGTH: usize = 8;
}

/// The same, for short.
const HEADER_LENGTH: usize = Page::HEADER_LENGTH;

impl<'a> Page<'a> {
    /// Takes `bytes` for a run of pages of a file whose entries are laid out like this. Checks that its directory fits, and
    /// its entries if they are uniform, not the checksum.
    ///
    /// # Errors
    ///
    /// [`FormatError::PageDirectory`] if the run is too short for as many entries as it says it has.
    #[inline(always)]
    pub fn decode(bytes: &'a [u8], layout: EntryLayout) -> Result<Self, FormatError> {
        match Self::parts(bytes, layout) {
            Some(page) => Ok(page),
            None => Err(FormatError::PageDirectory { length: bytes.len() }),
        }
    }

    // A function rather than a closure: what a call gives back goes through memory.
    #[inline(always)]
    fn parts(bytes: &'a [u8], layout: EntryLayout) -> Option<Self> {
        let width = layout.end_width(bytes.len() as u64);
        let (_, rest) = bytes.split_first_chunk::<4>()?;
        let (count, rest) = rest.split_first_chunk()?;
        let count = u32::from_le_bytes(*count) as usize;
        let (fingerprints, rest) = rest.split_at_checked(count)?;
        let directory = count.checked_mul(width)?;
        let (entries, ends) = rest.split_at_checked(rest.len().checked_sub(directory)?)?;
        if let EntryLayout::Uniform(length) = layout {
            entries.get(..count.checked_mul(length.get() as usize)?)?;
        }
        Some(Self {
            bytes,
            fingerprints,
            entries_start: HEADER_LENGTH + count,
            layout,
            ends,
            width,
        })
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
        match self.entry_bytes(index).and_then(RawEntry::decode) {
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
        if let EntryLayout::Uniform(length) = self.layout {
            if index >= self.len() {
                return None;
            }
            let length = length.get() as usize;
            // Nothing here can overflow: that all entries lie in the run has been checked.
            let start = self.entries_start + index * length;
            return self.bytes.get(start..start + length);
        }
        let end = self.end(index)?;
        let start = match index {
            0 => self.entries_start,
            _ => self.end(index - 1)?,
        };
        let entries = self.bytes.get(..self.bytes.len() - self.ends.len())?;
        entries.get(start..end).filter(|_| start >= self.entries_start)
    }

    /// What is stored of the end of the entry number `index`.
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

    /// Bytes between the last entry and the ends, or the end of the run if there are none; all of them must be zero.
    #[must_use]
    pub fn padding(&self) -> &'a [u8] {
        let end = match (self.layout, self.len().checked_sub(1)) {
            (EntryLayout::Uniform(length), _) => self.entries_start + self.len() * length.get() as usize,
            (EntryLayout::Variable, Some(last)) => self.end(last).unwrap_or(self.entries_start),
            (EntryLayout::Variable, None) => self.entries_start,
        };
        self.bytes
            .get(end..self.bytes.len() - self.ends.len())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
