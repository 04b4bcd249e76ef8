//! Checking a whole file: the ranges to read, and the problems of their bytes.

mod entries;
mod frame;
pub(crate) mod report;
mod same_hash;
mod tail;

use std::io;

use massmap_format::{DuplicateKeys, MassMapHeader, MassMapMeta, RawEntry};

use crate::Index;
use crate::block::Block;
use crate::error::fallback::LookupError;
use crate::index::extent::Extent;
use crate::index::extents::Extents;
use crate::index::placement_range::PlacementRange;

pub use entries::CheckedBlock;
use frame::FrameCheck;
use report::VerifyReport;

/// Checks everything about a file that can be checked. Says which ranges to read, and reports the problems found.
///
/// First come the extents, in order, then a few other ranges:
///
/// ```text
/// verification.check_index()
/// while let Some((extent, placement)) = verification.next_extent()
///     read the extent; block = index.block_with_policy(&extent, bytes, Some(ChecksumPolicy::EveryRead))
///     verification.add_block(&extent, the result of verification.check_block(&extent, &placement, &block, hash_of))
/// while let Some((offset, length)) = verification.next_range()
///     read the range; verification.add_range(the result of verification.check_range(bytes))
/// verification.finish()
/// ```
#[derive(Debug)]
pub struct Verification<'a> {
    index: &'a Index,
    meta: &'a MassMapMeta,
    duplicate_keys: DuplicateKeys,
    extents: Extents<'a>,
    /// Length of all keys and values so far, in bytes.
    entries_length: u64,
    /// `None` in format 1, and until the extents have been checked.
    frame: Option<FrameCheck<'a>>,
    frame_begun: bool,
    report: VerifyReport,
}

/// The result of checking a range, from [`Verification::check_range`].
#[derive(Debug)]
pub struct CheckedRange<'a>(frame::Checked<'a>);

impl<'a> Verification<'a> {
    /// Begins with the results of opening the file. `keys_checked` says whether [`check_block`](Self::check_block) will be given
    /// the hashes of keys.
    #[must_use]
    pub fn new(
        index: &'a Index,
        meta: &'a MassMapMeta,
        header: &MassMapHeader,
        duplicate_keys: DuplicateKeys,
        keys_checked: bool,
    ) -> Self {
        let mut report = VerifyReport::new(index.format(), keys_checked);
        if index.as_buckets().is_some() {
            // Opening has checked these bytes; this format allows any bytes after them.
            report.bytes = MassMapHeader::SIZE as u64 + header.meta_length;
        }
        Self {
            index,
            meta,
            duplicate_keys,
            extents: index.extents(),
            entries_length: 0,
            frame: None,
            frame_begun: false,
            report,
        }
    }

    /// Notes that lookups are refused, and why.
    pub fn refused(&mut self, error: &io::Error) {
        self.report.note_error(None, error);
    }

    /// Checks the page index. Lookups of missing keys also use parts of it that no entry leads to.
    pub fn check_index(&mut self) {
        if let Err(error) = self.index.verify() {
            self.report.note_error(None, &error.into());
        }
    }

    /// The next extent to read and the hashes that its entries may have. `None` if there are no more.
    pub fn next_extent(&mut self) -> Option<(Extent, PlacementRange<'a>)> {
        loop {
            match self.extents.next_with_range()? {
                Ok(next) => return Some(next),
                Err(error) => self.report.note_error(None, &error.into()),
            }
        }
    }

    /// Checks the entries of `block`, which is `extent`. `hash_of` gives the hash of an entry's key, or `None` if the type of the keys
    /// is not known.
    ///
    /// # Errors
    ///
    /// Those of `hash_of`; [`ReadError::DamagedBucket`](crate::ReadError::DamagedBucket) or
    /// [`ReadError::DamagedPage`](crate::ReadError::DamagedPage).
    pub fn check_block<'b, E: LookupError>(
        &self,
        extent: &Extent,
        placement: &PlacementRange<'_>,
        block: &Block<'b>,
        hash_of: impl FnMut(&RawEntry<'b>) -> Result<Option<u64>, E>,
    ) -> Result<CheckedBlock, E> {
        CheckedBlock::new(self.index, self.duplicate_keys, extent, placement, block, hash_of)
    }

    /// Adds the result for `extent`, or the error that prevented reading or checking it.
    pub fn add_block(&mut self, extent: &Extent, checked: io::Result<CheckedBlock>) {
        match checked {
            Ok(checked) => {
                self.report.blocks += 1;
                self.report.bytes += extent.length();
                self.report.entries += checked.entries;
                self.entries_length += checked.entries_length;
                self.report.add(checked.problems);
            }
            Err(error) => self.report.note_error(Some(extent.index as u64), &error),
        }
    }

    /// Offset and length of the next range to read, once all extents have been checked. `None` if there are no more.
    ///
    /// The last range lies beyond the end of the file and should not exist. Pass the failure to read it to
    /// [`add_range`](Self::add_range) as an error of kind [`UnexpectedEof`](io::ErrorKind::UnexpectedEof).
    pub fn next_range(&mut self) -> Option<(u64, u64)> {
        if !self.frame_begun {
            self.frame_begun = true;
            if self.report.is_ok() {
                self.check_counts();
            }
            self.frame = self.index.as_pages().map(FrameCheck::new);
        }
        self.frame.as_ref()?.next_range()
    }

    /// Checks the bytes of the range that [`next_range`](Self::next_range) has asked for.
    ///
    /// # Errors
    ///
    /// [`ReadError::Format`](crate::ReadError::Format).
    pub fn check_range<E: LookupError>(&self, bytes: &[u8]) -> Result<CheckedRange<'a>, E> {
        let checked = self.frame.as_ref().map(|frame| frame.check(bytes));
        match checked {
            Some(Ok(checked)) => Ok(CheckedRange(checked)),
            Some(Err(error)) => Err(error.into()),
            None => Ok(CheckedRange(frame::Checked::Beyond)),
        }
    }

    /// Adds the result for the range, or the error that prevented reading or checking it.
    pub fn add_range(&mut self, checked: io::Result<CheckedRange<'a>>) {
        if let Some(frame) = &mut self.frame {
            frame.accept(checked.map(|CheckedRange(checked)| checked), &mut self.report);
        }
    }

    /// The report.
    #[must_use]
    pub fn finish(self) -> VerifyReport {
        self.report
    }

    /// Compares the counts that a file of format 2 states with those found in it.
    fn check_counts(&mut self) {
        let Some(header) = self.index.paged_header() else {
            return;
        };
        let (meta, report) = (self.meta, &self.report);
        let counts = [
            ("entries", header.entry_count, report.entries),
            ("bytes of entries", header.entries_length, self.entries_length),
            ("runs of pages", meta.occupied_bucket_count, report.blocks),
            (
                "pages from the first",
                meta.occupied_bucket_range.end,
                header.page_count,
            ),
            ("pages before the first", meta.occupied_bucket_range.start, 0),
        ];
        for (what, stated, found) in counts {
            if stated != found {
                self.report
                    .note(|| format!("the file says that it has {stated} {what}, but it has {found}"));
            }
        }
    }
}
